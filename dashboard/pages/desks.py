"""The staff's desks beside the board, and signing in elsewhere, as one router."""

from fastapi import APIRouter

from dashboard.pages import (
    audit,
    exports,
    follow_ups,
    oidc,
    outbox,
    outbox_acts,
    polls,
    reports,
    review,
    tokens,
    users,
    webhooks,
)

router = APIRouter(include_in_schema=False)
for desk in (
    *(review, reports, follow_ups, outbox, outbox_acts, webhooks, polls),
    *(users, tokens, audit, exports, oidc),
):
    router.include_router(desk.router)
