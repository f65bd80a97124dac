"""What the tests of the configuration share: the least configuration, and its refusals."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tracker.config import ConfigError, Settings, settings_from

REPOSITORY = Path(__file__).parents[1]
FOLDER = Path("/srv/campaign")
SECRET = "correct-horse-battery"
SEND: dict[str, Any] = {
    "mail": {"smtp_url": "smtps://mail.example.org", "sender": "us@example.org"},
    "privacy": {
        "controller": "The Campaign",
        "controller_address": "1 Example Street",
        "contact": "data@example.org",
        "complaints_contact": "chair@example.org",
    },
}


def tables(**changes: Any) -> dict[str, Any]:
    """Return the least that must be configured, with `changes` to its sections."""
    found: dict[str, Any] = {
        "motions": [{"number": 718, "session": "2014-15"}],
        "parliament": {"contact": "campaign@example.org"},
    }
    for name, value in changes.items():
        is_table = isinstance(value, dict)
        found[name] = found.get(name, {}) | value if is_table else value
    return found


def read(
    *,
    folder: Path = FOLDER,
    environ: dict[str, str] | None = None,
    rehearsal: bool = False,
    **changes: Any,
) -> Settings:
    return settings_from(
        tables(**changes), folder=folder, environ=environ, rehearsal=rehearsal
    )


def refusal(**arguments: Any) -> str:
    """Return the one line with which `read` refuses."""
    with pytest.raises(ConfigError) as caught:
        read(**arguments)
    line = str(caught.value)
    assert "\n" not in line
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return line


def at(key: str, value: Any) -> dict[str, Any]:
    """Return the changes that set a dotted key; [0] of a list gets what it needs."""
    section, _, name = key.partition(".")
    if not section.endswith("[0]"):
        return {section: {name: value}}
    section = section.removesuffix("[0]")
    least: dict[str, dict[str, Any]] = {
        "motions": {"number": 718, "session": "2014-15"},
        "recess": {"from": date(2026, 7, 1), "to": date(2026, 7, 31)},
        "follow_ups": {"name": "a", "send": "staff"},
        "webhooks": {"name": "crm", "url": "https://hooks.example.org/edm"},
    }
    if section == "follow_ups" and name not in ("after_days", "on_event"):
        is_settling = name == "settle_hours"
        least[section] |= (
            {"on_event": "member.left"} if is_settling else {"after_days": 1}
        )
    return {section: [least[section] | {name: value}]}


def value_of(settings: Settings, key: str) -> Any:
    found: Any = settings
    for part in key.replace("[0]", ".0").split("."):
        found = found[0] if part == "0" else getattr(found, part)
    return found
