"""`/staff/charts`: signatures against emails, how long MPs take, what came of the calls."""

from fastapi import APIRouter, Request, Response

from dashboard.charts import figure_json
from dashboard.desk import DeskDep, SessionDep
from dashboard.problems import ProblemError
from dashboard.sign_in import ViewerDep
from dashboard.staff_charts import outcome_chart, pace_chart, silence_chart
from dashboard.staff_desk import motion_query, named_motion
from dashboard.staff_figures import outcome_figure, pace_figure, silence_figure
from dashboard.staff_rendering import NO_STORE, staff_response
from tracker.board.answers import answers_view

PAGE = "/staff/charts"

router = APIRouter(include_in_schema=False)


@router.get(PAGE)
def charts(
    request: Request, desk: DeskDep, session: SessionDep, person: ViewerDep
) -> Response:
    """The charts, each with the table behind it."""
    now = desk.clock()
    watched = named_motion(desk, request.query_params.get("motion", ""))
    view = answers_view(session, desk.settings, watched, now=now)
    asked = motion_query(desk, watched)
    return staff_response(
        request,
        desk,
        person,
        "staff/charts.html",
        pace=pace_chart(view, now=now),
        silence=silence_chart(view.spans),
        outcomes=outcome_chart(view),
        motion_number=watched.number,
        query=f"?motion={asked}" if asked else "",
    )


@router.get(f"{PAGE}/{{name}}.json")
def figure(
    request: Request, desk: DeskDep, session: SessionDep, person: ViewerDep, name: str
) -> Response:
    """A chart as a plotly figure, without colours: those are the page's."""
    del person
    now = desk.clock()
    watched = named_motion(desk, request.query_params.get("motion", ""))
    drawn = {
        "pace": lambda view: pace_figure(pace_chart(view, now=now)),
        "silence": lambda view: silence_figure(silence_chart(view.spans)),
        "outcomes": lambda view: outcome_figure(outcome_chart(view)),
    }
    if name not in drawn:
        raise ProblemError(404, "There is no chart of this name.")
    view = answers_view(session, desk.settings, watched, now=now)
    return Response(
        figure_json(drawn[name](view)), media_type="application/json", headers=NO_STORE
    )
