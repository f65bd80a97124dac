"""What is wrong with a configuration, as one line for a person.

Owns the wording. Every key's `description` says what it takes, so that most lines read
"KEY must be DESCRIPTION, not VALUE". Values that may hold a secret are never repeated.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

Loc = tuple[str | int, ...]


class ConfigError(Exception):
    """The configuration can't be used; the text is one line, without secrets."""

    def __init__(self, text: str) -> None:
        super().__init__(" ".join(text.split()))


class Hidden:
    """Marks a field (in `Annotated`) whose value may hold a secret."""


def problem(sentence: str, key: str | None = None) -> PydanticCustomError:
    """Return an error whose line is "KEY sentence".

    `key` is for what concerns several sections; without it, it is where the check ran.
    """
    return PydanticCustomError(
        "config", "{sentence}", {"sentence": sentence, "of": key}
    )


def closest(word: str, words: Iterable[str]) -> str:
    """Return "; did you mean …?" with the word most like `word`, or ""."""
    match = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f"; did you mean {match[0]}?" if match else ""


def dotted(loc: Loc) -> str:
    """Return the key as people write it: `motions[0].number`."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def item_model(field: FieldInfo) -> type[BaseModel] | None:
    """Return the table that a field holds, alone or as a list of them, if any."""
    for annotation in (field.annotation, *get_args(field.annotation)):
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation
    return None


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a table by the names that config.toml uses."""
    return {f.alias or name: f for name, f in model.model_fields.items()}


def first_error(
    exc: ValidationError, model: type[BaseModel], given_by: Mapping[Loc, str]
) -> ConfigError:
    """Return the most telling of `exc`'s errors as a `ConfigError`.

    An unknown key comes first: it is often the reason why another one is missing.
    `given_by` tells which environment variable gave the value at a place.
    """
    errors = exc.errors(include_url=False)
    error = min(errors, key=lambda e: e["type"] != "extra_forbidden")
    line = _line(error, model)
    for length in range(len(error["loc"]), 0, -1):
        if name := given_by.get(error["loc"][:length]):
            return ConfigError(f"{name}: {line}")
    return ConfigError(line)


def _line(error: ErrorDetails, model: type[BaseModel]) -> str:
    loc = error["loc"]
    if error["type"] == "config":
        key = error["ctx"]["of"] or dotted(loc)
        return f"{key} {error['ctx']['sentence']}"
    table, field, depth = _find(loc, model)
    if error["type"] == "extra_forbidden":
        return f"{dotted(loc)} is not a key of the configuration" + closest(
            str(loc[-1]), keys_of(table)
        )
    takes = field.description if field else "something else"
    if error["type"] == "missing":
        return f"{dotted(loc)} is missing: it must be {takes}"
    shown = _shown(error["input"], field)
    if len(loc) > depth and isinstance(loc[depth], int) and not _holds_tables(field):
        place = f"item {int(loc[depth]) + 1} is {shown or 'not'}"
        return f"{dotted(loc[:depth])} must be {takes}; {place}"
    if len(loc) > depth:  # an item of a list of tables that is no table
        takes, shown = "a table", ""
    return f"{dotted(loc)} must be {takes}" + (f", not {shown}" if shown else "")


def _find(
    loc: Loc, model: type[BaseModel]
) -> tuple[type[BaseModel], FieldInfo | None, int]:
    """Return the innermost table on the way to `loc`, its field, and the field's depth."""
    field, depth = None, 0
    for index, part in enumerate(loc):
        if isinstance(part, int):
            continue
        if field is not None and (inner := item_model(field)):
            model, field = inner, None
        field, depth = keys_of(model).get(part), index + 1
        if field is None:
            break
    return model, field, depth


def _holds_tables(field: FieldInfo | None) -> bool:
    return field is not None and item_model(field) is not None


def _shown(value: Any, field: FieldInfo | None) -> str:
    """Return the value as it may be repeated, or "" where it may not."""
    if field is None or item_model(field) or not _is_plain(value):
        return ""
    if SecretStr in (field.annotation, *get_args(field.annotation)):
        return ""
    if any(m is Hidden or isinstance(m, Hidden) for m in field.metadata):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 80 else text[:77] + "…"


def _is_plain(value: Any) -> bool:
    return value is not None and not isinstance(value, (dict, list, tuple, BaseModel))
