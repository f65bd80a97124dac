"""Where the configuration comes from: config.toml, and the environment over it.

Owns finding and reading the file and putting both together; environment.py owns what
the variables mean.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tracker.config.environment import Given, read_environment, read_webhook_secrets
from tracker.config.errors import ConfigError, first_error, item_model
from tracker.config.fields import has_password
from tracker.config.settings import Settings

SECRET_KEYS = (
    ("mail", "smtp_password"),
    ("mail", "imap_password"),
    ("web", "secret_key"),
    ("oidc", "client_secret"),
)


def load_settings(
    path: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    rehearsal: bool = False,
) -> Settings:
    """Return the configuration from `path`, else TRACKER_CONFIG, else ./config.toml.

    ./config.toml may be absent when the environment gives the motions and the contact.
    `environ` is os.environ unless told. `rehearsal` allows polling every second.
    ConfigError for whatever can't be used.
    """
    environ = os.environ if environ is None else environ
    if path is None and environ.get("TRACKER_CONFIG"):
        path = Path(environ["TRACKER_CONFIG"])
    is_named = path is not None
    source = (path or Path("config.toml")).absolute()
    tables = {} if not is_named and not source.exists() else _read_toml(source)
    if not is_named and not tables and not source.exists():
        _refuse_without_file(read_environment(environ, source.parent))
    return settings_from(
        tables, folder=source.parent, environ=environ, rehearsal=rehearsal
    )


def settings_from(
    tables: Mapping[str, Any],
    *,
    folder: Path,
    environ: Mapping[str, str] | None = None,
    rehearsal: bool = False,
) -> Settings:
    """Return the configuration from what config.toml holds, as `tomllib` gives it.

    Relative paths start at `folder`. The environment is empty unless told.
    """
    environ = {} if environ is None else environ
    folder = folder.absolute()
    _refuse_secrets(tables)
    given = read_environment(environ, folder)
    data = _put_together(tables, given)
    given_by = read_webhook_secrets(data["webhooks"], environ, folder)
    given_by |= {place: variable for place, (variable, _) in given.items()}
    try:
        return Settings.model_validate(
            _frozen(data), context={"folder": folder, "rehearsal": rehearsal}
        )
    except ValidationError as exc:
        # `from None`: the cause would show what was read, secrets included.
        raise first_error(exc, Settings, given_by) from None


def _refuse_without_file(given: Given) -> None:
    if ("motions",) in given and ("parliament", "contact") in given:
        return
    raise ConfigError(
        "config.toml was not found in this folder: name one with"
        " `tracker --config PATH` or TRACKER_CONFIG"
    )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        # utf-8-sig: Windows' Notepad writes a mark first.
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path} was not found") from None
    except OSError as exc:
        raise ConfigError(f"{path} can't be read: {exc.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{path} is not TOML: {exc}{_slip(exc, text)}") from None


_CURLY = "\u201c\u201d\u201e\u2018\u2019\u00ab"


def _slip(error: tomllib.TOMLDecodeError, text: str) -> str:
    """Return what was probably meant, or nothing.

    Only the key is named: the value may hold a password.
    """
    at = re.search(r"\(at line (\d+)", str(error))
    lines = text.split("\n")
    line = lines[int(at[1]) - 1] if at and int(at[1]) <= len(lines) else ""
    key = re.match(r"""\s*([\w-]+)\s*=\s*([^\s"'\[{])?""", line)
    if key is None:
        return ""
    if "overwrite" in str(error):
        return f"; {key[1]} is given twice"
    if key[2] is None:
        return ""
    if key[2] in _CURLY:
        return f'; the quotation marks of {key[1]} must be straight ones: "…"'
    return (
        f'; {key[1]} needs "quotation marks" if it is text, none if it is a number,'
        " true, false or a day such as 2026-03-26"
    )


def _refuse_secrets(tables: Mapping[str, Any]) -> None:
    for section, key in SECRET_KEYS:
        if key in _table(tables, section):
            _refuse(f"{section}.{key}", f"TRACKER__{section}__{key}".upper())
    url = _table(tables, "database").get("url")
    if isinstance(url, str) and has_password(url):
        _refuse("database.url with a password", "TRACKER__DATABASE__URL")
    urls = _table(tables, "notify").get("urls")
    for url in urls if isinstance(urls, list) else ():
        if isinstance(url, str) and has_password(url):
            _refuse("notify.urls with a password", "TRACKER__NOTIFY__URLS")


def _refuse(what: str, variable: str) -> None:
    raise ConfigError(
        f"{what} is a secret and must not be in config.toml:"
        f" set {variable}, or {variable}_FILE with the name of a file that holds it"
    )


def _table(tables: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = tables.get(name)
    return table if isinstance(table, Mapping) else {}


def _put_together(tables: Mapping[str, Any], given: Given) -> dict[str, Any]:
    """Return the file's tables, every section present, the environment's values over."""
    data = dict(tables)
    for name, field in Settings.model_fields.items():
        if item_model(field) is field.annotation:
            found = data.get(name, {})
            data[name] = dict(found) if isinstance(found, Mapping) else found
    for place, (_, value) in given.items():
        table: Any = data if len(place) == 1 else data[place[0]]
        if isinstance(table, dict):
            table[place[-1]] = value
    hooks = data.get("webhooks", [])
    if isinstance(hooks, list):
        hooks = [dict(h) if isinstance(h, Mapping) else h for h in hooks]
    data["webhooks"] = hooks
    return data


def _frozen(value: Any) -> Any:
    """Return `value` with tuples for lists, which strict sections ask for."""
    if isinstance(value, Mapping):
        return {key: _frozen(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(item) for item in value)
    return value
