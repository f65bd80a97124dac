"""Text that people typed, before it goes into an email. Pure.

Owns what a single line and a longer text may hold, and how an unfilled placeholder is
told. Every refusal is a TextError of one sentence, to be shown to whoever typed.
"""

import re
import unicodedata

MAX_LINE_LENGTH = 200
MAX_TEXT_LENGTH = 10_000

_PLACEHOLDER = re.compile(r"\[[^\[\]\n]{0,80}\]|\{[^{}\n]{0,80}\}|\binsert\b", re.I)
# Cc: NUL, CR, LF, escapes. Zl, Zp: U+2028, U+2029. Cs: half a character.
_FORBIDDEN = {"Cc", "Zl", "Zp", "Cs"}
_TURNS_WRITING = set(
    "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


class TextError(ValueError):
    """A text that can't go into an email; `str()` is one sentence for who typed it."""


def clean_line(text: str, what: str, *, max_length: int = MAX_LINE_LENGTH) -> str:
    """Return the text as one line for a header or a sentence, spaces at the ends gone.

    `what` names it in the sentence ("The name"). TextError for nothing, for more than
    `max_length` characters, and for anything that ends a line or can't be seen: that is
    how headers are forged (checks.md M7).
    """
    line = unicodedata.normalize("NFC", text.strip(" "))
    if any(_is_forbidden(char) for char in line):
        raise TextError(f"{what} must be one line, without control characters.")
    line = line.strip()
    if not line:
        raise TextError(f"{what} is missing.")
    if len(line) > max_length:
        raise TextError(f"{what} must have at most {max_length} characters.")
    if "=?" in line and "?=" in line:
        raise TextError(f"{what} must be plain text, not an encoded word (=?…?=).")
    return line


def fitted_line(text: str, *, max_length: int = MAX_LINE_LENGTH) -> str:
    """Return a line made fit for a header: what must not be in one is a space, the end
    is cut.

    For what nobody here can put right, such as a name as Parliament has it; what
    somebody typed is refused instead, with a sentence (`clean_line`).
    """
    line = "".join(" " if _is_forbidden(char) else char for char in text)
    line = " ".join(line.replace("=?", "= ?").split())
    return line if len(line) <= max_length else line[: max_length - 1].rstrip() + "…"


def clean_text(text: str, what: str) -> str:
    """Return a longer text with lines ended by \\n; empty is allowed.

    TextError for more than MAX_TEXT_LENGTH characters and for control characters.
    """
    lines = re.sub("\r\n?|[\u2028\u2029\x85]", "\n", text)
    clean = unicodedata.normalize("NFC", lines).strip()
    if len(clean) > MAX_TEXT_LENGTH:
        raise TextError(f"{what} must have at most {MAX_TEXT_LENGTH} characters.")
    if any(_is_forbidden(char) for char in clean if char not in "\n\t"):
        raise TextError(f"{what} must not have control characters in it.")
    return clean


def refuse_placeholder(text: str, what: str) -> None:
    """Raise TextError if a placeholder was left unfilled: […], {…} or "insert"."""
    found = _PLACEHOLDER.search(text)
    if found:
        raise TextError(
            f'{what} still has a placeholder, "{found[0]}":'
            " put your own words there, or take it away."
        )


def _is_forbidden(char: str) -> bool:
    return unicodedata.category(char) in _FORBIDDEN or char in _TURNS_WRITING
