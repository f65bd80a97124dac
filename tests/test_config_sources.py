"""Where the configuration comes from: files, the environment over them, and secrets."""

import json
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import SecretStr

from tests.config_cases import REPOSITORY, SECRET, SEND, at, read, refusal, value_of
from tracker.config import ConfigError, Settings, load_settings
from tracker.config.environment import variables
from tracker.config.sources import SECRET_KEYS

# --- the environment ---------------------------------------------------------------------

LISTS: dict[str, list[Any]] = {
    "TRACKER__MOTIONS": [
        {"number": 1, "session": "2026-27", "closes_on": date(2027, 1, 2)}
    ],
    "TRACKER__RECESS": [{"from": date(2026, 12, 17), "to": date(2027, 1, 4)}],
    "TRACKER__FOLLOW_UPS": [{"name": "a", "after_days": 2, "send": "staff"}],
    "TRACKER__WEBHOOKS": [{"name": "x", "url": "https://h.example"}],
    "TRACKER__NOTIFY__URLS": ["slack://a/b"],
    "TRACKER__WEB__TRUSTED_PROXIES": ["10.0.0.1"],
    "TRACKER__PRIVACY__JOINT_WITH": ["Others"],
    "TRACKER__OIDC__USERS": ["bo@example.org"],
}
TEXTS = {
    "TRACKER__DATABASE__URL": f"postgresql+psycopg://u:{SECRET}@h/edm",
    "TRACKER__CAMPAIGN__MESSAGE_SUBJECT": "EDM {number}",
    "TRACKER__CAMPAIGN__MESSAGE_TEMPLATE": str(REPOSITORY / "config.toml"),
    "TRACKER__MAIL__MODE": "send",
    "TRACKER__OIDC__ISSUER": "https://id.example.org",
    "TRACKER__MAIL__SMTP_URL": "smtps://other.example.org",
    "TRACKER__MAIL__IMAP_URL": "imaps://mail.example.org",
}
READY = SEND | {"oidc": {"client_id": "tracker", "users": ["ann@example.org"]}}
"""What lets every single key be given."""
LEAST_ENVIRON = {
    "TRACKER__MOTIONS": json.dumps(LISTS["TRACKER__MOTIONS"], default=str),
    "TRACKER__PARLIAMENT__CONTACT": "other@example.org",
}


def sample(name: str) -> tuple[str, Any]:
    """Return a text for the variable and what it means; another than the default.

    A key without a sample here fails its test: new keys can't be forgotten.
    """
    place, field = variables()[name]
    kind: Any = field.annotation
    if name in LISTS:
        value: Any = LISTS[name]
        changes: dict[str, Any] = {
            place[0]: value if len(place) == 1 else {place[1]: value}
        }
        return json.dumps(value, default=str), value_of(
            read(**changes), ".".join(place)
        )
    if kind is bool:
        return "true", True
    if kind in (int, float):
        return str(kind(field.default) + 1), field.default + 1
    if SecretStr in get_args(kind):
        return SECRET, SecretStr(SECRET)
    is_address = place[-1].endswith("_url") and name not in TEXTS
    text = "https://other.example.org" if is_address else "other@example.org"
    if kind is SecretStr:
        return text, SecretStr(text)
    return (TEXTS.get(name, text),) * 2


def check_given(settings: Settings, name: str, wanted: Any) -> None:
    key = ".".join(variables()[name][0])
    assert value_of(settings, key) == wanted
    assert value_of(settings, key) != value_of(read(**READY), key)


@pytest.mark.parametrize("name", variables())
def test_the_environment_wins_over_the_file_for_every_key(name):
    text, wanted = sample(name)
    check_given(read(environ={name: text}, **READY), name, wanted)


@pytest.mark.parametrize("name", variables())
def test_a_file_can_hold_every_value_instead(name, tmp_path):
    text, wanted = sample(name)
    (tmp_path / "value").write_text(f"{text}\n", encoding="utf-8")
    settings = read(folder=tmp_path, environ={f"{name}_FILE": "value"}, **READY)
    check_given(settings, name, wanted)
    assert refusal(environ={f"{name}_FILE": "value", name: text}) == (
        f"{name} and {name}_FILE are both set: only one can be"
    )


@pytest.mark.parametrize("name", variables())
def test_what_is_wrong_in_a_variable_is_said_of_the_variable(name):
    _, field = variables()[name]
    is_any_text = name.startswith("TRACKER__PRIVACY__C") or name.endswith(
        ("PASSWORD", "KEY", "SECRET", "CLIENT_ID")
    )
    if is_any_text:
        assert read(environ={name: "anything"})
        return
    is_address = "address" in (field.description or "")
    bad = " " if not is_address else "no address"
    if name in ("TRACKER__WEB__HOST", "TRACKER__PARLIAMENT__CONTACT"):
        bad = ""
    assert refusal(environ={name: bad}).startswith(name)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("False", False), ("1", True), ("0", False)]
)
def test_truth_can_be_written_in_four_ways(text, value):
    environ = {"TRACKER__NETWORK__ALLOW_PRIVATE_WEBHOOKS": text}
    assert read(environ=environ).network.allow_private_webhooks is value
    assert refusal(environ={"TRACKER__NETWORK__ALLOW_PRIVATE_WEBHOOKS": "yes"})


@pytest.mark.parametrize(
    "text", ["", "60.0", "1e3", "6_0", "0x40", "\u0666\u0660", "sixty"]
)
def test_a_text_that_is_no_number_is_refused(text):
    line = refusal(environ={"TRACKER__PARLIAMENT__POLL_SECONDS": text})
    assert line.startswith("TRACKER__PARLIAMENT__POLL_SECONDS: parliament.poll_seconds")


@pytest.mark.parametrize("text", ["718", "{", "{}", '"a"', "null"])
def test_a_list_is_given_as_json(text):
    line = refusal(environ={"TRACKER__MOTIONS": text})
    assert line.startswith("TRACKER__MOTIONS must be a JSON list")


def test_the_key_inside_a_list_from_the_environment_is_named():
    line = refusal(environ={"TRACKER__MOTIONS": '[{"number": "7", "session": "2019"}]'})
    assert line.startswith("TRACKER__MOTIONS: motions[0].number must be")
    text = '[{"from": "2026-12-17", "to": "soon"}]'
    line = refusal(environ={"TRACKER__RECESS": text})
    assert line.startswith("TRACKER__RECESS: recess[0].to must be a date")


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("TRACKER__PARLIAMENT__POL_SECONDS", "TRACKER__PARLIAMENT__POLL_SECONDS"),
        ("TRACKER__MAIL__SMTP_PASWORD_FILE", "TRACKER__MAIL__SMTP_PASSWORD"),
        ("TRACKER__WEB__PORT_", "TRACKER__WEB__PORT"),
        ("TRACKER__MOTION", "TRACKER__MOTIONS"),
    ],
)
def test_an_unknown_variable_is_named_with_the_nearest_right_one(name, suggestion):
    line = refusal(environ={name: SECRET})
    assert line == f"{name} is no name of a setting; did you mean {suggestion}?"


def test_other_variables_are_nobodys_business():
    environ = {"TRACKERS": "x", "TRACKER_WEBHOOK_GONE_SECRET": "x", "PATH": "/bin"}
    assert read(environ=environ) == read()


def test_an_unreadable_file_of_a_value_is_named(tmp_path):
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for file_name in ("none", ".", "bytes"):
        environ = {"TRACKER__WEB__SECRET_KEY_FILE": file_name}
        line = refusal(folder=tmp_path, environ=environ)
        assert line.startswith("TRACKER__WEB__SECRET_KEY_FILE: ")


# --- secrets -----------------------------------------------------------------------------


@pytest.mark.parametrize(("section", "key"), SECRET_KEYS)
def test_a_secret_in_the_file_is_refused_with_the_variables_name(section, key):
    line = refusal(**{section: {key: SECRET}})
    assert f"TRACKER__{section}__{key}".upper() in line
    assert line.startswith(f"{section}.{key} is a secret")
    assert SECRET not in line


@pytest.mark.parametrize(
    ("key", "value", "variable"),
    [
        ("database.url", "postgresql://u:{}@h/x", "TRACKER__DATABASE__URL"),
        ("database.url", "postgresql://u:a/{}@h/x", "TRACKER__DATABASE__URL"),
        ("database.url", "postgresql://h/x?password={}", "TRACKER__DATABASE__URL"),
        ("mail.smtp_url", "smtps://u:{}@h", "TRACKER__MAIL__SMTP_PASSWORD"),
        ("mail.smtp_url", "smtps://u@h.example:{}@h", "TRACKER__MAIL__SMTP_PASSWORD"),
        ("mail.imap_url", "imaps://u:{}@h", "TRACKER__MAIL__IMAP_PASSWORD"),
        ("notify.urls", ["mailto://u:{}@h"], "TRACKER__NOTIFY__URLS"),
        ("webhooks[0].secret", "{}", "TRACKER_WEBHOOK_CRM_SECRET"),
    ],
)
def test_a_password_in_an_address_in_the_file_is_refused(key, value, variable):
    is_list = isinstance(value, list)
    filled = [v.format(SECRET) for v in value] if is_list else value.format(SECRET)
    line = refusal(**at(key, filled))
    assert line.startswith(key)
    assert variable in line
    assert SECRET not in line


@pytest.mark.parametrize(
    "environ",
    [
        {"TRACKER__DATABASE__URL": f"oracle://u:{SECRET}@h/x"},
        {"TRACKER__DATABASE__URL": f"postgresql://u:{SECRET}@h:port/x"},
        {"TRACKER__NOTIFY__URLS": f'["{SECRET}"]'},
        {"TRACKER__NOTIFY__URLS": SECRET},
        {"TRACKER__WEBHOOKS": f'[{{"name": "a", "url": "https://u:{SECRET}@h"}}]'},
        {"TRACKER__MAIL__SMTP_URL": f"smtps://u:{SECRET}@h"},
        {"TRACKER__MAIL__SMTP_URL": f"smtps:/u:{SECRET}@h"},
        {"TRACKER__MAIL__IMAP_URL": f"imaps//u:{SECRET}@h"},
        {"TRACKER__WEB__SECRET_KEYS": SECRET},
    ],
)
def test_no_error_repeats_a_secret(environ):
    assert SECRET not in refusal(environ=environ)


def test_secrets_are_in_no_representation():
    settings = read(
        environ={
            "TRACKER__DATABASE__URL": f"postgresql://u:{SECRET}@h/x",
            "TRACKER__MAIL__SMTP_PASSWORD": SECRET,
            "TRACKER__MAIL__IMAP_PASSWORD": SECRET,
            "TRACKER__WEB__SECRET_KEY": SECRET,
            "TRACKER__NOTIFY__URLS": f'["slack://{SECRET}/b"]',
            "TRACKER__HEALTH__POLL_PING_URL": f"https://watch.example/{SECRET}",
            "TRACKER_WEBHOOK_CRM_SECRET": SECRET,
        },
        webhooks=[{"name": "crm", "url": f"https://h.example/{SECRET}"}],
    )
    assert settings.mail.smtp_password == SecretStr(SECRET)
    assert settings.webhooks[0].secret == SecretStr(SECRET)
    shown = [repr(settings), str(settings), settings.database.shown_url]
    assert not [text for text in shown if SECRET in text]
    assert settings.database.shown_url == "postgresql+psycopg://u:***@h/x"


def test_an_empty_secret_is_none():
    assert read(environ={"TRACKER__WEB__SECRET_KEY": ""}).web.secret_key is None


def test_missing_secrets_of_webhooks_are_listed_and_no_error():
    url = "https://h.example"
    hooks = [{"name": "crm", "url": url}, {"name": "my-list", "url": url}]
    settings = read(webhooks=hooks, environ={"TRACKER_WEBHOOK_CRM_SECRET": "s"})
    assert settings.missing_webhook_secrets() == ("TRACKER_WEBHOOK_MY_LIST_SECRET",)


def test_a_webhooks_secret_may_come_from_a_file(tmp_path):
    (tmp_path / "s").write_text(f"{SECRET}\r\n", encoding="utf-8")
    settings = read(
        folder=tmp_path,
        webhooks=[{"name": "crm", "url": "https://h.example"}],
        environ={"TRACKER_WEBHOOK_CRM_SECRET_FILE": "s"},
    )
    assert settings.webhooks[0].secret == SecretStr(SECRET)


# --- finding the file --------------------------------------------------------------------

LEAST = (
    '[[motions]]\nnumber = {}\nsession = "2014-15"\n[parliament]\ncontact = "a@b.org"\n'
)


def write(path: Path, number: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(LEAST.format(number), encoding="utf-8")
    return path


def test_the_argument_wins_over_the_variable_and_that_over_the_folder(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "config.toml", 1)
    write(tmp_path / "b" / "two.toml", 2)
    named = write(tmp_path / "three.toml", 3)
    environ = {"TRACKER_CONFIG": "b/two.toml"}
    assert load_settings(environ={}).motions[0].number == 1
    assert load_settings(environ={"TRACKER_CONFIG": ""}).motions[0].number == 1
    assert load_settings(environ=environ).motions[0].number == 2
    assert load_settings(environ=environ).source_folder == tmp_path / "b"
    assert load_settings(named, environ=environ).motions[0].number == 3


def test_the_process_environment_is_read_unless_another_is_given(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKER__WEB__PORT", "9000")
    path = write(tmp_path / "config.toml", 1)
    assert load_settings(path).web.port == 9000
    assert load_settings(path, environ={}).web.port == 8000


def test_a_named_file_that_is_missing_is_named(tmp_path):
    missing = tmp_path / "no.toml"
    with pytest.raises(ConfigError, match=r"no\.toml was not found"):
        load_settings(missing, environ=LEAST_ENVIRON)
    with pytest.raises(ConfigError, match=r"no\.toml was not found"):
        load_settings(environ=LEAST_ENVIRON | {"TRACKER_CONFIG": str(missing)})


def test_no_config_here_says_how_to_name_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"config\.toml was not found.*--config"):
        load_settings(environ=dict([*LEAST_ENVIRON.items()][:1]))


def test_the_environment_alone_can_be_enough(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load_settings(environ=LEAST_ENVIRON)
    assert settings.motions[0].closes_on == date(2027, 1, 2)
    assert settings.source_folder == tmp_path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[[motions]]\nnumber = \n", r"is not TOML: .*line 2, column 10"),
        (b"a = 1\na = 2\n", r"is not TOML: .*line 2"),
        (
            b"a = 1\nname = 2014-15\n",
            r'2.*; name needs "quotation marks" if it is text',
        ),
        (
            b"a = 1\nname = yes\n",
            r"line 2.*none if it is a number, true, false or a day",
        ),
        (b"a = 1\nday = 26 March 2015\n", r"day such as 2026-03-26$"),
        ("name = \u201cours\u201d\n".encode(), r"marks of name must be straight ones"),
        (b'name = "a"\nname = "b"\n', r"; name is given twice$"),
        (b'name = "\xe9"\n', "is not UTF-8 text"),
    ],
)
def test_a_broken_file_is_one_line_with_the_place(tmp_path, content, words):
    (tmp_path / "config.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=words) as caught:
        load_settings(tmp_path / "config.toml", environ={})
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_config(tmp_path):
    with pytest.raises(ConfigError, match="can't be read"):
        load_settings(tmp_path, environ={})


def test_the_mark_that_notepad_writes_is_no_error(tmp_path):
    text = LEAST.format(7)
    (tmp_path / "config.toml").write_text(text, encoding="utf-8-sig")
    assert load_settings(tmp_path / "config.toml", environ={}).motions[0].number == 7
