"""The borders of the house: who may import what, read from the sources (house style 10)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RULES = sorted((ROOT / "tracker" / "rules").glob("*.py"))
ASKING = ("http", "motion_requests", "member_requests", "connection")
PARSERS = sorted(
    path
    for path in (ROOT / "tracker" / "parliament").glob("*.py")
    if path.stem not in ASKING
)
EVERYTHING = sorted(
    [*(ROOT / "tracker").rglob("*.py"), *(ROOT / "dashboard").rglob("*.py")]
)

PURE = {
    "bisect",
    "collections",
    "csv",
    "dataclasses",
    "datetime",
    "difflib",
    "email",
    "enum",
    "functools",
    "importlib.resources",  # tables that are part of the program, read once
    "ipaddress",
    "itertools",
    "json",
    "math",
    "re",
    "statistics",
    "string",
    "typing",
    "unicodedata",
    "urllib.parse",
    "zoneinfo",
}
"""What pure code may import of the standard library: nothing that reads the world."""

FOR_DASHBOARD = {
    "tracker.accepting",  # records an answer that is stored, asks for none
    "tracker.board",
    "tracker.clock",
    "tracker.config",
    "tracker.contacts",
    "tracker.corrections",
    "tracker.due",
    "tracker.emails_export",
    "tracker.exports",
    "tracker.following",  # plans and writes down; the outbox sends
    "tracker.keys",
    "tracker.logs",
    "tracker.outbox.compose",
    "tracker.outbox.links",
    "tracker.outbox.templates",
    "tracker.outbox.wording",
    "tracker.parliament.seats",
    "tracker.passwords",
    "tracker.reported",
    "tracker.rules",
    "tracker.store",
    "tracker.supporters",
}
"""What the dashboard may import of the tracker: nothing that asks Parliament or sends."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    """Give every module that a file imports, wherever in it, in full."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if module in ("tracker", "dashboard"):
                yield from (f"{module}.{alias.name}" for alias in node.names)
            else:
                yield module


def is_within(module: str, allowed: set[str]) -> bool:
    """Return whether a module is one of those allowed, or inside one."""
    return any(module == name or module.startswith(f"{name}.") for name in allowed)


def strangers(path: Path, allowed: set[str]) -> list[str]:
    return [module for module in imports(path) if not is_within(module, allowed)]


@pytest.mark.parametrize("path", RULES, ids=name_of)
def test_rules_import_only_what_is_pure(path):
    own = {
        "tracker.rules",
        "tracker.clock",
        "tracker.parliament.seats",
        "tracker.parliament.snapshot",
    }
    assert strangers(path, PURE | own) == []


@pytest.mark.parametrize("path", PARSERS, ids=name_of)
def test_parsers_import_only_what_is_pure(path):
    own = {f"tracker.parliament.{other.stem}" for other in PARSERS}
    own |= {"tracker.clock", "tracker.rules.outcomes"}
    assert strangers(path, PURE | own) == []


@pytest.mark.parametrize("path", [*RULES, *PARSERS], ids=name_of)
def test_pure_code_opens_no_file_and_reads_no_clock(path):
    called = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called.isdisjoint({"open", "input", "print", "exec", "eval", "utc_now"})


def test_the_tracker_does_not_know_the_dashboard():
    knowing = {
        name_of(path)
        for path in (ROOT / "tracker").rglob("*.py")
        if any(is_within(module, {"dashboard"}) for module in imports(path))
    }
    assert knowing <= {"tracker/__main__.py", "tracker/cli/serve.py"}


def test_the_dashboard_asks_nobody_and_sends_nothing():
    found = {
        f"{name_of(path)} imports {module}"
        for path in (ROOT / "dashboard").rglob("*.py")
        for module in imports(path)
        if is_within(module, {"tracker"}) and not is_within(module, FOR_DASHBOARD)
    }
    assert found == set()


def test_only_the_store_speaks_sql():
    speaking = {
        name_of(path)
        for path in EVERYTHING
        if any(
            is_within(module, {"sqlalchemy", "sqlmodel"}) for module in imports(path)
        )
    }
    assert {name for name in speaking if not name.startswith("tracker/store/")} == set()


def test_only_one_module_speaks_http_to_parliament():
    asking = {
        name_of(path)
        for path in (ROOT / "tracker").rglob("*.py")
        if any(
            is_within(module, {"httpx", "requests", "urllib.request"})
            for module in imports(path)
        )
    }
    inside = {name for name in asking if not name.startswith("tracker/outbox/")}
    assert inside == {"tracker/parliament/http.py"}


def test_only_signing_in_elsewhere_asks_another_server_in_the_dashboard():
    asking = {
        name_of(path)
        for path in (ROOT / "dashboard").rglob("*.py")
        if any(
            is_within(module, {"httpx", "requests", "urllib.request", "smtplib"})
            for module in imports(path)
        )
    }
    assert asking == {"dashboard/oidc.py"}


def test_only_one_module_reads_the_wall_clock():
    readers = {
        name_of(path)
        for path in EVERYTHING
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "utcnow", "today")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("datetime", "date")
    }
    assert readers == {"tracker/clock.py"}


def test_the_store_commits_nowhere_but_at_the_outermost_layer():
    """Queries and writes take a Session; only engine.py and schema's kin end transactions."""
    committing = {
        name_of(path)
        for path in EVERYTHING
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    }
    assert committing <= {"tracker/store/copies.py"}


def test_events_are_never_changed_or_deleted():
    for path in (ROOT / "tracker" / "store").rglob("*.py"):
        source = path.read_text("utf-8")
        assert "delete(SignatureEvent)" not in source, name_of(path)
        assert "update(SignatureEvent)" not in source, name_of(path)


def test_no_module_hides_the_installed_alembic():
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_nothing_swallows_every_error():
    """`except Exception` is only for what is logged or raised again, and says why."""
    bare = {
        name_of(path)
        for path in EVERYTHING
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler) and node.type is None
    }
    assert bare == set()
