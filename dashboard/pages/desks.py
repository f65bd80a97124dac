"""The staff's desks beside the board, put together: review, outbox, polls."""

from fastapi import APIRouter

from dashboard.pages import outbox, polls, review

router = APIRouter(include_in_schema=False)
for desk in (review, outbox, polls):
    router.include_router(desk.router)
