"""The addresses by which pages are handed on: pictures, the widget, the share page."""

from fastapi import APIRouter

from dashboard.pages import pictures

router = APIRouter()
for page in (pictures,):
    router.include_router(page.router)
