"""What goes out beside the pages: pictures and photos, the widget, the share page."""

from fastapi import APIRouter

from dashboard.api import oembed
from dashboard.pages import embed, photos, pictures

router = APIRouter()
for page in (pictures, photos, embed, oembed):
    router.include_router(page.router)
