"""The README's pictures: there, small, and made small without end."""

import io
import random
import re
from pathlib import Path

import pytest
from PIL import Image

from tools.screenshots.small import MOST_BYTES, small_png

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SHOWN = re.findall(r"\]\((docs/screenshots/[^)]+\.png)\)", README)


def png(image: Image.Image) -> bytes:
    body = io.BytesIO()
    image.save(body, "PNG")
    return body.getvalue()


def test_the_readme_shows_every_picture_and_no_other():
    kept = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "docs" / "screenshots").glob("*.png")
    }
    assert set(SHOWN) == kept
    assert len(kept) >= 6


@pytest.mark.parametrize("path", SHOWN)
def test_each_picture_is_small_and_can_be_read(path):
    assert (ROOT / path).stat().st_size <= MOST_BYTES
    with Image.open(ROOT / path) as image:
        assert image.width >= 640
        image.verify()


def test_a_flat_page_keeps_its_pixels_and_noise_is_scaled_until_it_fits():
    flat = Image.new("RGB", (1280, 800), "#fcfcfa")
    assert Image.open(io.BytesIO(small_png(png(flat)))).size == (1280, 800)
    noise = Image.frombytes(
        "RGB", (900, 600), random.Random(1).randbytes(900 * 600 * 3)
    )
    made = small_png(png(noise))
    assert len(made) <= MOST_BYTES
    assert Image.open(io.BytesIO(made)).width < 900
