"""The addresses by which pages are handed on: pictures, the widget, the share page."""

from fastapi import APIRouter

from dashboard.api import oembed
from dashboard.pages import embed, pictures

router = APIRouter()
for page in (pictures, embed, oembed):
    router.include_router(page.router)
