"""What the environment variables mean: TRACKER__SECTION__KEY and the webhooks' secrets.

Owns names, texts to values, and the `_FILE` form; not whether a value is allowed.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from tracker.config.errors import (
    ConfigError,
    Loc,
    closest,
    dotted,
    item_model,
    keys_of,
)
from tracker.config.outgoing import secret_variable
from tracker.config.settings import Settings

PREFIX = "TRACKER__"
Place = tuple[str, ...]
"""A section, or a section and its key."""
Given = dict[Place, tuple[str, Any]]
"""For each place in the configuration: the variable that gave it, and the value."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


@cache
def variables() -> dict[str, tuple[Place, FieldInfo]]:
    """Return every TRACKER__ variable, with the place and the field it stands for."""
    found: dict[str, tuple[Place, FieldInfo]] = {}
    for section, field in Settings.model_fields.items():
        model = item_model(field)
        if model is not field.annotation or model is None:
            found[f"{PREFIX}{section}".upper()] = ((section,), field)
            continue
        for key, inner in keys_of(model).items():
            found[f"{PREFIX}{section}__{key}".upper()] = ((section, key), inner)
    return found


def read_environment(environ: Mapping[str, str], folder: Path) -> Given:
    """Return what the TRACKER__ variables give; ConfigError for an unknown one."""
    known = variables()
    names = {}
    for name in sorted(n for n in environ if n.startswith(PREFIX)):
        base = name if name in known else name.removesuffix("_FILE")
        if base not in known:
            raise ConfigError(f"{name} is no name of a setting{closest(name, known)}")
        names[base] = known[base]
    given: Given = {}
    for base, (loc, field) in names.items():
        text = _text(base, environ, folder)
        if text is not None:
            given[loc] = (base, _value(text, field, base))
    return given


def read_webhook_secrets(
    webhooks: Any, environ: Mapping[str, str], folder: Path
) -> dict[Loc, str]:
    """Put each webhook's secret into its table; return which variables gave them.

    `webhooks` is unchecked: what is no table with a name is left to the checks.
    """
    given_by: dict[Loc, str] = {}
    for index, webhook in enumerate(webhooks if isinstance(webhooks, list) else ()):
        if not isinstance(webhook, dict) or not isinstance(webhook.get("name"), str):
            continue
        variable = secret_variable(webhook["name"])
        if "secret" in webhook:
            raise ConfigError(
                f"{dotted(('webhooks', index, 'secret'))} is a secret and must not be"
                f" there: set {variable}, or {variable}_FILE"
            )
        webhook["secret"] = None
        if (text := _text(variable, environ, folder)) is not None:
            webhook["secret"] = SecretStr(text)
            given_by["webhooks", index, "secret"] = variable
    return given_by


def _text(name: str, environ: Mapping[str, str], folder: Path) -> str | None:
    """Return the variable's text, given directly or as a file; None if not given."""
    file_name = environ.get(f"{name}_FILE")
    if file_name is None:
        return environ.get(name)
    if name in environ:
        raise ConfigError(f"{name} and {name}_FILE are both set: only one can be")
    try:
        text = (folder / file_name).read_text(encoding="utf-8")
    except OSError as exc:
        raise ConfigError(
            f"{name}_FILE: {folder / file_name} can't be read: {exc.strerror}"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{name}_FILE: {file_name} is not UTF-8 text") from None
    return text.rstrip("\r\n")


def _value(text: str, field: FieldInfo, name: str) -> Any:
    """Return the text as the field's type, or as it is: then the check names it."""
    kind: Any = field.annotation
    if kind is int and _WHOLE.fullmatch(text.strip()):
        return int(text)
    if kind is float:
        with suppress(ValueError):
            return float(text)
    if kind is bool:
        return _TRUTH.get(text.strip().lower(), text)
    if get_origin(kind) is tuple:
        return _list(text, field, name)
    return text


def _list(text: str, field: FieldInfo, name: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, list):
        raise ConfigError(f"{name} must be a JSON list: {field.description}")
    if model := item_model(field):
        for item in value:
            _read_dates(item, keys_of(model))
    return value


def _read_dates(item: Any, fields: Mapping[str, FieldInfo]) -> None:
    """Turn the texts of date keys into dates: JSON has none."""
    if not isinstance(item, dict):
        return
    for key, field in fields.items():
        if date in (field.annotation, *get_args(field.annotation)):
            with suppress(ValueError, TypeError, KeyError):
                item[key] = date.fromisoformat(item[key])
