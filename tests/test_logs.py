"""A record is one line, in UTC, whatever is in it (W26)."""

import logging
import re

import pytest

from tests.program import log_as_it_was
from tracker.logs import LevelError, set_up_logs, visible


@pytest.fixture
def written(capsys):
    """Returns what the log wrote to stderr."""
    chatty = logging.getLogger("httpx").level
    with log_as_it_was():
        yield lambda: capsys.readouterr().err
    logging.getLogger("httpx").setLevel(chatty)


def test_a_record_is_one_line_in_utc(written):
    set_up_logs("info", {})
    logging.getLogger("tracker.x").info("a %s", "b")
    line = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO tracker\.x: a b\n"
    assert re.fullmatch(line, written())


def test_a_name_cannot_forge_a_line_or_drive_a_terminal(written):
    set_up_logs("info", {})
    logging.getLogger("x").info("name %s", "Ann\nERROR forged\r\x1b[2J\u2028\u202e")
    [line] = written().splitlines()
    assert r"Ann\nERROR forged\r\x1b[2J\u2028\u202e" in line


def test_a_traceback_stays_on_its_line(written):
    set_up_logs("info", {})
    try:
        raise ValueError("a\nb")
    except ValueError:
        logging.getLogger("x").exception("failed")
    [line] = written().splitlines()
    assert "Traceback" in line
    assert r"ValueError: a\nb" in line


def test_a_traceback_names_no_address(written):
    """P7: what could not be read is often quoted by the error that says so."""
    set_up_logs("info", {})
    try:
        raise ValueError("no header: 'Zq <zq.canary@example.org>', x=o'zq@example.org")
    except ValueError:
        logging.getLogger("x").warning("UID %s can't be read", 7, exc_info=True)
    [line] = written().splitlines()
    assert "ValueError: no header: 'Zq <(an address)>'" in line
    assert "@" not in line


@pytest.mark.parametrize(
    ("default", "environ", "shown"),
    [
        ("info", {}, ["info", "warning", "error"]),
        ("warning", {}, ["warning", "error"]),
        ("error", {"TRACKER_LOG": "debug"}, ["debug", "info", "warning", "error"]),
        ("info", {"TRACKER_LOG": "ERROR"}, ["error"]),
        ("info", {"TRACKER_LOG": ""}, ["info", "warning", "error"]),
    ],
)
def test_the_level_is_the_commands_or_what_is_asked_for(
    written, default, environ, shown
):
    set_up_logs(default, environ)
    for name in ("debug", "info", "warning", "error"):
        logging.getLogger("x").log(getattr(logging, name.upper()), "said")
    assert [line.split()[1].lower() for line in written().splitlines()] == shown


def test_libraries_that_tell_of_every_request_are_quiet(written):
    set_up_logs("info", {})
    logging.getLogger("httpx").info("GET /confirm/secret-token")
    assert written() == ""


def test_what_is_asked_of_parliament_is_in_no_log_not_even_to_find_a_fault(written):
    set_up_logs("debug", {})
    for name in ("httpx", "httpcore.http11"):
        logging.getLogger(name).info("GET /Search?searchText=ZZ1 1AA")
        logging.getLogger(name).debug("send_request_headers")
    assert written() == ""


def test_an_unknown_level_is_refused_in_a_sentence():
    with pytest.raises(LevelError, match=r"one of debug, info, .*, not lo\\nud"):
        set_up_logs("info", {"TRACKER_LOG": "lo\nud"})


@pytest.mark.parametrize("text", ["", "Siân “Lee” 50 %", "日本"])
def test_what_can_be_seen_stays_as_it_is(text):
    assert visible(text) == text
