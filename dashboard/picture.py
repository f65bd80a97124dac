"""The picture of a page for networks: a value in, a small PNG out.

Owns the layout of its 1200 by 630 pixels and the marks of the statuses, which are those
of `templates/parts.html`. What it says is decided in `picture_views.py`.
"""

from functools import cache
from importlib.resources import files
from io import BytesIO
from unicodedata import category

from PIL import Image, ImageDraw, ImageFont

from dashboard.picture_views import Picture, Standing
from dashboard.share_views import PICTURE_SIZE

_PAPER, _INK, _MUTED, _TRACK = "#fcfcfa", "#1a1f24", "#555d66", "#e3e6e4"
_BAND, _ON_BAND = "#1a1f24", "#ffd75e"
_ACCENT = "#0b7a5b"
_COLOURS = {
    "signed": _ACCENT,
    "needs_nudge": "#b45309",
    "withdrew": "#a61b3f",
    "chased": "#3b5b92",
    "waiting": "#3b5b92",
    "not_asked": "#7b828b",
    "cannot_sign": "#6c7179",
    "declined": "#6c7179",
}
"""design.md's, the greys darkened so that large words in them can be read on paper."""

_EDGE = 72
_WIDTH = PICTURE_SIZE[0] - 2 * _EDGE
_MOST_LETTERS = 400
_COLOURS_KEPT = 64

Font = ImageFont.FreeTypeFont


def picture_png(picture: Picture) -> bytes:
    """Return the picture as PNG, some 20 KB; takes a tenth of a second of a processor."""
    image = Image.new("RGB", PICTURE_SIZE, _PAPER)
    draw = ImageDraw.Draw(image)
    if picture.is_rehearsal:
        draw.rectangle((0, 0, PICTURE_SIZE[0], 56), fill=_BAND)
        _centred(draw, "REHEARSAL: everybody here is invented", 28, 28, _ON_BAND)
    top = 88 if picture.is_rehearsal else 64
    campaign, size = _fitting(picture.campaign, "Regular", (34, 28), 1)
    _lines(draw, campaign, (_EDGE, top), size, "Regular", _MUTED)
    if picture.mp is None:
        _motion(draw, picture, top + 76)
    else:
        _member(draw, picture.mp, top + 76)
        _count_line(draw, picture)
    _goal(draw, picture)
    kept = image.quantize(_COLOURS_KEPT, Image.Quantize.MEDIANCUT)
    body = BytesIO()
    kept.save(body, "PNG", optimize=True)
    return body.getvalue()


def _motion(draw: ImageDraw.ImageDraw, picture: Picture, top: int) -> None:
    number = "?" if picture.count is None else f"{picture.count:,}"
    big = _font("Bold", 200)
    draw.text((_EDGE - 8, top + 190), number, _ACCENT, big, anchor="ls")
    beside = _EDGE + int(big.getlength(number)) + 28
    draw.text((beside, top + 110), picture.count_words, _INK, _font("Bold", 54), "ls")
    draw.text((beside, top + 180), picture.edm, _MUTED, _font("Regular", 42), "ls")
    title, size = _fitting(picture.title, "Bold", (42, 36), 2)
    _lines(draw, title, (_EDGE, top + 226), size, "Bold", _INK)


def _member(draw: ImageDraw.ImageDraw, mp: Standing, top: int) -> None:
    name, size = _fitting(mp.name, "Bold", (92, 76, 60, 48), 2)
    below = _lines(draw, name, (_EDGE, top), size, "Bold", _INK)
    place, size = _fitting(mp.place, "Regular", (40, 34), 1)
    below = _lines(draw, place, (_EDGE, below + 8), size, "Regular", _MUTED)
    colour = _COLOURS[mp.status]
    middle = below + 58
    _mark(draw, mp.status, (_EDGE + 30, middle), 30, colour)
    font = _font("Bold", 56)
    draw.text((_EDGE + 80, middle), mp.words, colour, font, anchor="lm")


def _count_line(draw: ImageDraw.ImageDraw, picture: Picture) -> None:
    number = "" if picture.count is None else f"{picture.count:,} "
    said = f"{picture.edm}: {number}{picture.count_words}"
    draw.text((_EDGE, 512), said, _INK, _font("Bold", 34), anchor="ls")


def _goal(draw: ImageDraw.ImageDraw, picture: Picture) -> None:
    """Draw the bar and its scale: how far it is to the goal."""
    top, height = 536, 22
    whole = (_EDGE, top, _EDGE + _WIDTH, top + height)
    draw.rounded_rectangle(whole, height // 2, fill=_TRACK)
    share = min(1.0, (picture.count or 0) / picture.goal)
    if share:
        end = _EDGE + max(height, round(_WIDTH * share))
        draw.rounded_rectangle((_EDGE, top, end, top + height), height // 2, _ACCENT)
    small = _font("Regular", 28)
    goal = f"goal {picture.goal:,}"
    draw.text((_EDGE + _WIDTH, top + 34), goal, _MUTED, small, anchor="ra")


def _mark(
    draw: ImageDraw.ImageDraw, status: str, at: tuple[int, int], r: int, colour: str
) -> None:
    """Draw the shape of a status, `r` pixels around `at`."""
    x, y = at
    circle = (x - r, y - r, x + r, y + r)
    if status in ("signed", "needs_nudge", "not_asked"):
        draw.ellipse(circle, fill=colour)
    else:
        draw.ellipse(circle, outline=colour, width=7)
    half = r * 0.4
    if status == "signed":
        tick = ((x - 15, y + 1), (x - 5, y + 11), (x + 15, y - 11))
        draw.line(tick, _PAPER, 7, joint="curve")
    elif status == "needs_nudge":
        draw.ellipse((x - 10, y - 10, x + 10, y + 10), fill=_PAPER)
    elif status == "withdrew":
        draw.line((x - half, y - half, x + half, y + half), colour, 7)
        draw.line((x - half, y + half, x + half, y - half), colour, 7)
    elif status in ("cannot_sign", "declined"):
        for shift in (-9, 9):
            draw.line(
                (x - 14 + shift, y + 14 + shift, x + 14 + shift, y - 14 + shift),
                colour,
                6,
            )


def _centred(
    draw: ImageDraw.ImageDraw, text: str, y: int, size: int, colour: str
) -> None:
    middle = PICTURE_SIZE[0] // 2
    draw.text((middle, y), text, colour, _font("Bold", size), anchor="mm")


def _lines(
    draw: ImageDraw.ImageDraw,
    lines: list[str],
    at: tuple[int, int],
    size: int,
    weight: str,
    colour: str,
) -> int:
    """Draw lines under each other, and return where the next thing can begin."""
    x, y = at
    for line in lines:
        draw.text((x, y), line, colour, _font(weight, size), anchor="la")
        y += round(size * 1.18)
    return y


def _fitting(
    text: str, weight: str, sizes: tuple[int, ...], most_lines: int
) -> tuple[list[str], int]:
    """Return the text in lines, and the largest size in which it fits.

    What fits in none of the sizes is cut in the smallest, with an ellipsis.
    """
    words = " ".join(_printable(text).split())[:_MOST_LETTERS]
    for size in sizes:
        lines = _wrapped(words, _font(weight, size))
        if len(lines) <= most_lines:
            return lines, size
    font = _font(weight, sizes[-1])
    lines = _wrapped(words, font)[:most_lines]
    last = lines[-1]
    while last and font.getlength(last + "…") > _WIDTH:
        last = last[:-1]
    return [*lines[:-1], last.rstrip() + "…"], sizes[-1]


def _printable(text: str) -> str:
    """Return the text without what only steers it, such as marks of direction."""
    return "".join(" " if category(letter)[0] == "C" else letter for letter in text)


def _wrapped(words: str, font: Font) -> list[str]:
    """Return the words in lines of the picture's width; a word too long is broken."""
    lines = [""]
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= _WIDTH:
            lines[-1] = longer
            continue
        lines.append(word)
        while font.getlength(lines[-1]) > _WIDTH:
            keep = _fitting_letters(lines[-1], font)
            lines[-1:] = [lines[-1][:keep], lines[-1][keep:]]
    return [line for line in lines if line]


def _fitting_letters(word: str, font: Font) -> int:
    keep = 1
    while font.getlength(word[: keep + 1]) <= _WIDTH:
        keep += 1
    return keep


@cache
def _font(weight: str, size: int) -> Font:
    body = files("dashboard").joinpath("fonts", f"Roboto-{weight}-latin.ttf")
    return ImageFont.truetype(BytesIO(body.read_bytes()), size)
