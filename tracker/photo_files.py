"""A photo made small: whatever Parliament sent becomes a plain square JPEG.

Drawn anew, so that nothing else of the file is kept or served: no metadata, no hidden
data, no other format.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

SIDE = 160
"""Pixels: 56 on a page, and sharp on any screen."""
_MOST_PIXELS = 16_000_000
_FORMATS = ("JPEG", "PNG")
_QUALITY = 78


class PhotoError(ValueError):
    """What came is no photo that can be shown; the text says why."""


@dataclass(frozen=True, slots=True)
class SmallPhoto:
    """A square JPEG, and a tag made of its bytes."""

    body: bytes
    tag: str


def small_photo(body: bytes) -> SmallPhoto:
    """Return the photo, cut to a square around its upper middle, in SIDE pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=_FORMATS) as image:
                if image.width * image.height > _MOST_PIXELS:
                    raise PhotoError("the photo has too many pixels")
                square = ImageOps.fit(
                    image.convert("RGB"), (SIDE, SIDE), centering=(0.5, 0.2)
                )
    except UnidentifiedImageError:
        raise PhotoError("the photo is neither JPEG nor PNG") from None
    except (
        OSError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise PhotoError(f"the photo can't be read ({type(error).__name__})") from error
    made = io.BytesIO()
    square.save(made, "JPEG", quality=_QUALITY, optimize=True)
    return SmallPhoto(made.getvalue(), hashlib.sha256(made.getvalue()).hexdigest()[:16])
