"""`…/signatures.csv`, `.json` and `.xlsx`: every signature row as it is held now."""

from fastapi import APIRouter, Response

from dashboard.api.models import problem_answers
from dashboard.api.motions import PREFIX
from dashboard.desk import SessionDep, WatchedDep
from tracker import board, store
from tracker.config import MotionSettings
from tracker.exports import Format, render, signatures_table
from tracker.store import Session

MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

router = APIRouter(
    prefix=PREFIX, tags=["files"], responses=problem_answers(404, 422, 503)
)


@router.get(
    "/signatures.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
)
def signatures_csv(session: SessionDep, watched: WatchedDep) -> Response:
    """One line per signature row, in UTF-8 with a byte order mark."""
    return _file(session, watched, "csv")


@router.get(
    "/signatures.json",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}},
)
def signatures_json(session: SessionDep, watched: WatchedDep) -> Response:
    """A list with one object per signature row."""
    return _file(session, watched, "json")


@router.get(
    "/signatures.xlsx",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPES["xlsx"]: {}}}},
)
def signatures_xlsx(session: SessionDep, watched: WatchedDep) -> Response:
    """A workbook with one sheet."""
    return _file(session, watched, "xlsx")


def _file(session: Session, watched: MotionSettings, fmt: Format) -> Response:
    found = store.motion_by_number(session, watched.session, watched.number)
    table = signatures_table(board.signature_lines(session, found))
    name = f"edm-{watched.number}-{watched.session}-{table.name}.{fmt}"
    return Response(
        render(table, fmt),
        media_type=MEDIA_TYPES[fmt],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
