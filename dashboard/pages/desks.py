"""The staff's desks beside the board, put together: review, outbox."""

from fastapi import APIRouter

from dashboard.pages import outbox, review

router = APIRouter(include_in_schema=False)
for desk in (review, outbox):
    router.include_router(desk.router)
