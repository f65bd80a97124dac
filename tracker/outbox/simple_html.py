"""A plain text as simple HTML: paragraphs, quotations, links. Pure.

The alternative of a follow-up's text, with the same words in the same order, no picture
and no style of ours: mail programs show it as they show their own.
"""

import re
from html import escape

_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:)]")


def simple_html(text: str) -> str:
    """Return an HTML document that says what the text says.

    Paragraphs are parted by an empty line; one whose lines begin with "> " or with four
    blanks is a quotation.
    """
    parts = [_paragraph(part) for part in text.strip("\n").split("\n\n") if part]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<title></title></head>\n<body>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _paragraph(part: str) -> str:
    groups: list[tuple[bool, list[str]]] = []
    for line in part.split("\n"):
        is_quoted = line.startswith((">", "    "))
        plain = line.removeprefix(">").strip() if is_quoted else line.rstrip()
        if not groups or groups[-1][0] is not is_quoted:
            groups.append((is_quoted, []))
        groups[-1][1].append(plain)
    return "\n".join(_group(is_quoted, lines) for is_quoted, lines in groups)


def _group(is_quoted: bool, lines: list[str]) -> str:
    inside = "<br>\n".join(_linked(line) for line in lines if line != "--")
    paragraph = f"<p>{inside}</p>"
    return f"<blockquote>{paragraph}</blockquote>" if is_quoted else paragraph


def _linked(line: str) -> str:
    done, parts = 0, []
    for found in _LINK.finditer(line):
        url = escape(found[0])
        parts += [escape(line[done : found.start()]), f'<a href="{url}">{url}</a>']
        done = found.end()
    return "".join([*parts, escape(line[done:])])
