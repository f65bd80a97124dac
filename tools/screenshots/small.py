"""A PNG made small: few colours, and scaled down until it fits."""

import io

from PIL import Image

MOST_BYTES = 150_000
_COLOURS = (256, 128, 64)
_SMALLER = 0.85


def small_png(body: bytes) -> bytes:
    """Return the picture in at most MOST_BYTES: first fewer colours, then fewer pixels."""
    image = Image.open(io.BytesIO(body)).convert("RGB")
    while True:
        for colours in _COLOURS:
            made = io.BytesIO()
            kept = image.quantize(colours, dither=Image.Dither.NONE)
            kept.save(made, "PNG", optimize=True)
            if made.tell() <= MOST_BYTES:
                return made.getvalue()
        size = (round(image.width * _SMALLER), round(image.height * _SMALLER))
        image = image.resize(size, Image.Resampling.LANCZOS)
