"""The configuration: every key of product.md section 2, and each limit from both sides."""

import re
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.config_cases import (
    FOLDER,
    REPOSITORY,
    SEND,
    at,
    read,
    refusal,
    tables,
    value_of,
)
from tracker.config import (
    DEFAULT_FOLLOW_UPS,
    ConfigError,
    Settings,
    load_settings,
    settings_from,
)
from tracker.config.environment import variables
from tracker.config.errors import item_model
from tracker.config.outgoing import FollowUpRule
from tracker.config.sources import SECRET_KEYS
from tracker.rules.event_types import MEMBER_EVENT_TYPES, EventType
from tracker.rules.follow_ups import WITHDRAWN_NOTE
from tracker.rules.status import NudgeStatus

PRODUCT = Path(__file__).parents[2] / "shared" / "product.md"

# --- what product.md shows -------------------------------------------------------------

DEFAULTS = {
    "parliament.motions_url": "https://oralquestionsandmotions-api.parliament.uk",
    "parliament.members_url": "https://members-api.parliament.uk",
    "parliament.calendar_url": "https://whatson-api.parliament.uk",
    "parliament.poll_seconds": 60,
    "parliament.quiet_poll_seconds": 600,
    "parliament.requests_per_second": 2,
    "parliament.timeout_seconds": 20,
    "parliament.missing_polls": 3,
    "parliament.missing_seconds": 100,
    "recess": (),
    "database.url": "sqlite:////srv/campaign/data/tracker.db",
    "campaign.name": "Free Azerbaijan's political prisoners",
    "campaign.goal": 100,
    "campaign.nudge_after_days": 4,
    "campaign.chase_days": 7,
    "campaign.message_subject": (
        "EDM {number}: from your constituent {name}, {postcode}"
    ),
    "campaign.message_template": "",
    "mail.mode": "hold",
    "mail.smtp_url": "",
    "mail.sender": "",
    "mail.per_member_per_hour": 30,
    "mail.drop_address": "",
    "mail.imap_url": "",
    "mail.drop_retention_days": 28,
    "mail.smtp_password": None,
    "mail.imap_password": None,
    "web.host": "127.0.0.1",
    "web.port": 8000,
    "web.base_url": "http://127.0.0.1:8000",
    "web.trusted_proxies": (),
    "web.secret_key": None,
    "follow_ups": DEFAULT_FOLLOW_UPS,
    "webhooks": (),
    "notify.urls": (),
    "privacy.controller": "",
    "privacy.controller_address": "",
    "privacy.contact": "",
    "privacy.complaints_contact": "",
    "privacy.joint_with": (),
    "privacy.message_days": 28,
    "privacy.retention_days": 90,
    "privacy.max_retention_days": 400,
    "network.allow_private_webhooks": False,
    "oidc.issuer": "",
    "oidc.client_id": "",
    "oidc.name": "OpenID Connect",
    "oidc.users": (),
    "oidc.client_secret": None,
    "health.poll_ping_url": SecretStr(""),
    "health.send_ping_url": SecretStr(""),
    "health.backup_ping_url": SecretStr(""),
}


@pytest.mark.parametrize(("key", "value"), DEFAULTS.items())
def test_a_key_left_out_has_its_default(key, value):
    assert value_of(read(), key) == value


def test_every_key_is_in_the_table_of_defaults():
    keys = {".".join(place) for place, _ in variables().values()}
    assert keys == set(DEFAULTS) | {"motions", "parliament.contact"}


@pytest.mark.parametrize(
    ("number", "campaign", "name"),
    [
        (718, {}, DEFAULTS["campaign.name"]),
        (719, {}, "The campaign for EDM 719"),
        (719, {"goal": 5}, "The campaign for EDM 719"),
        (719, {"name": "Libraries"}, "Libraries"),
    ],
)
def test_no_other_motion_bears_the_first_campaigns_name(number, campaign, name):
    motions = [{"number": number, "session": "2014-15"}]
    assert read(motions=motions, campaign=campaign).campaign.name == name


@pytest.mark.parametrize("key", FollowUpRule.model_fields)
def test_the_file_that_comes_with_the_program_shows_every_key_of_a_follow_up(key):
    assert f"\n# {key} = " in (Path(__file__).parents[1] / "config.toml").read_text()


@pytest.mark.parametrize(
    ("web", "base_url"),
    [
        ({"port": 8011}, "http://127.0.0.1:8011"),
        ({"port": 8011, "host": "0.0.0.0"}, "http://127.0.0.1:8011"),
        ({"port": 8011, "base_url": "https://example.org"}, "https://example.org"),
        ({"port": 0}, "http://127.0.0.1:8000"),
    ],
)
def test_links_lead_to_the_port_that_is_served(web, base_url):
    assert read(web=web).web.base_url == base_url


def test_a_wrong_port_is_told_by_its_own_name():
    with pytest.raises(ConfigError, match=r"^web\.port must be"):
        read(web={"port": -1})


def test_the_file_that_comes_with_the_program_names_the_follow_up_that_is_ours():
    text = (Path(__file__).parents[1] / "config.toml").read_text()
    assert f'"{WITHDRAWN_NOTE}" is there by itself' in text


def test_a_motion_needs_only_number_and_session():
    [motion] = read().motions
    assert (motion.number, motion.session) == (718, "2014-15")
    assert (motion.id, motion.closes_on, motion.continues) == (None, None, None)
    assert motion.related == ()


@pytest.mark.parametrize(
    "key", ["motions[0].number", "motions[0].session", "parliament.contact"]
)
def test_the_three_required_keys_are_named_when_missing(key):
    section, _, name = key.replace("[0]", "").partition(".")
    found = tables()
    table = found[section][0] if "[0]" in key else found[section]
    del table[name]
    with pytest.raises(ConfigError, match=re.escape(f"{key} is missing")):
        settings_from(found, folder=FOLDER)


def test_without_motions_the_section_is_named():
    with pytest.raises(ConfigError, match=r"motions is missing.*\[\[motions\]\]"):
        settings_from({"parliament": {"contact": "a@example.org"}}, folder=FOLDER)
    assert refusal(motions=[]).startswith("motions must be one or more")


def test_the_three_default_follow_ups_are_those_of_the_product_page():
    late = (NudgeStatus.NEEDS_NUDGE, NudgeStatus.CHASED)
    found = [
        (r.name, r.after_days, r.on_event, r.while_status, r.settle_hours, r.send)
        for r in read().follow_ups
    ]
    assert found == [
        ("ask-and-ring", 4, None, late, 0, "supporter"),
        ("second-email", 10, None, late, 0, "supporter"),
        ("thank-you", None, EventType.SIGNATURE_SIGNED, (), 24, "supporter"),
    ]


def test_an_empty_list_of_follow_ups_means_none():
    assert read(follow_ups=[]).follow_ups == ()


@pytest.mark.skipif(not PRODUCT.exists(), reason="product.md is not beside this folder")
def test_the_listing_of_the_product_page_loads_and_equals_the_defaults():
    block = PRODUCT.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    listed = tomllib.loads(block)
    listing = settings_from(listed, folder=FOLDER)
    [webhook] = listing.webhooks
    assert (webhook.name, webhook.url) == ("crm", "https://hooks.example.org/edm")
    short = read(webhooks=[{"name": webhook.name, "url": webhook.url}])
    assert listing == short
    keys = {f"{s}.{k}" for s, t in listed.items() if isinstance(t, dict) for k in t}
    left_out = {".".join(key) for key in SECRET_KEYS}
    # The page does not have these tables: both are off unless asked for.
    left_out |= {key for key in DEFAULTS if key.startswith(("oidc.", "health."))}
    assert keys == {k for k in DEFAULTS if "." in k} - left_out | {"parliament.contact"}


# --- the repository's own file ---------------------------------------------------------


def test_the_repositorys_config_watches_edm_718():
    settings = load_settings(REPOSITORY / "config.toml", environ={})
    motion = settings.motion("2014-15", 718)
    assert motion == settings.motions[0]
    assert settings.motion("2015-16", 718) is None
    assert settings.motion("2014-15", 719) is None
    assert settings.source_folder == REPOSITORY
    assert settings.sqlite_path == REPOSITORY / "data" / "tracker.db"
    assert settings == settings_from(tables(), folder=REPOSITORY)


def test_every_comment_in_the_repositorys_config_shows_a_key_and_its_default():
    text = (REPOSITORY / "config.toml").read_text(encoding="utf-8")
    shown = re.sub(r"(?m)^# (?=\[\[?[a-z]|[a-z_]+ = )", "", text)
    found = tomllib.loads(shown)
    settings = settings_from(found, folder=REPOSITORY)
    for name, field in Settings.model_fields.items():
        if item_model(field) is field.annotation:
            keys = set(type(getattr(settings, name)).model_fields)
            assert set(found[name]) == keys - {k for s, k in SECRET_KEYS if s == name}
            assert getattr(settings, name) == getattr(read(folder=REPOSITORY), name)
    assert settings.follow_ups == DEFAULT_FOLLOW_UPS
    assert set(found["motions"][0]) == set(type(settings.motions[0]).model_fields)
    assert len(settings.recess) == len(settings.webhooks) == 1


# --- values ----------------------------------------------------------------------------

MAX_ID = 2**31 - 1
ACCEPTED = [
    ("motions[0].number", [1, MAX_ID]),
    ("motions[0].session", ["2014-15", "2017-19", "1999-00", "1998-01", "2019"]),
    ("motions[0].id", [1, MAX_ID]),
    ("motions[0].closes_on", [date(2015, 3, 26)]),
    ("motions[0].continues", ["2013-14/501", "2019/1"]),
    ("parliament.motions_url", ["http://127.0.0.1:8001", "https://proxy.example/edm"]),
    ("parliament.members_url", ["http://[::1]:8001"]),
    ("parliament.calendar_url", ["", "https://whatson.example"]),
    ("parliament.poll_seconds", [60, 61, 86_400]),
    ("parliament.quiet_poll_seconds", [60, 86_400]),
    ("parliament.requests_per_second", [0.1, 1, 2.5, 1000]),
    ("parliament.timeout_seconds", [0.1, 600]),
    ("parliament.missing_polls", [1]),
    ("parliament.missing_seconds", [0, 0.5]),
    ("parliament.contact", ["https://campaign.example.org/", "Us <us@example.org>"]),
    ("recess[0].to", [date(2026, 7, 1)]),
    ("campaign.goal", [1]),
    ("campaign.nudge_after_days", [0, 36_500]),
    ("campaign.chase_days", [0, 36_500]),
    ("campaign.message_subject", ["{session} {title} {constituency} {mp}", "{{}}"]),
    ("mail.smtp_url", ["smtp://h", "smtps://u@h:465", "smtp+starttls://u%40h@h:587"]),
    ("mail.imap_url", ["imap://h", "imaps://u@h:993", "imap+starttls://h:143"]),
    ("mail.sender", ["", "us@example.org", "us+edm@localhost"]),
    ("mail.drop_address", ["", "o'hara@mail.example.org"]),
    ("mail.per_member_per_hour", [1]),
    ("mail.drop_retention_days", [1]),
    ("web.host", ["0.0.0.0", "::"]),
    ("web.port", [0, 65_535]),
    ("web.base_url", ["https://edm.example.org", "https://example.org/edm"]),
    ("follow_ups[0].name", ["a", "ring_2"]),
    ("follow_ups[0].after_days", [0]),
    ("follow_ups[0].on_event", list(MEMBER_EVENT_TYPES)),
    ("follow_ups[0].settle_hours", [0]),
    ("follow_ups[0].send", ["supporter", "staff", "webhook"]),
    ("webhooks[0].name", ["crm", "crm_2-b"]),
    ("webhooks[0].url", ["https://h.example/", "https://h.example:443/x?y=z"]),
    ("privacy.message_days", [1, 36_500]),
    ("privacy.retention_days", [1]),
    ("privacy.max_retention_days", [1]),
    ("network.allow_private_webhooks", [True]),
]

REFUSED = [
    ("motions[0].number", [0, -1, MAX_ID + 1, "718", 718.0, True]),
    ("motions[0].session", ["2014-14", "2014-18", "2014-2015", "2014/15", "14-15", ""]),
    ("motions[0].session", ["2014-15 ", "\u0662\u0660\u0661\u0664-15", 2014]),
    ("motions[0].id", [0, MAX_ID + 1, "1"]),
    ("motions[0].closes_on", ["2015-03-26", datetime(2015, 3, 26)]),  # noqa: DTZ001
    ("motions[0].continues", ["2013-14", "2013-14/0", "501", "2013-15x/501"]),
    ("motions[0].related", ["51092", 51092]),
    ("motions[0].tittle", ["x"]),
    ("parliament.motions_url", ["", "ftp://h", "https://", "https://h:x", "h", 1]),
    ("parliament.members_url", ["https://h?a=b", "https://h#a", "https://u:p@h"]),
    ("parliament.members_url", ["https://h/a b", "https://h\n", "https://h:0"]),
    ("parliament.calendar_url", ["whatson", False]),
    ("parliament.poll_seconds", [59, 0, -60, 86_401, "60", 60.0, True]),
    ("parliament.quiet_poll_seconds", [59, 86_401, "600"]),
    ("parliament.requests_per_second", [0, -1, 1001, "2", True, float("nan")]),
    ("parliament.timeout_seconds", [0, 600.1, float("inf"), float("nan"), "20"]),
    ("parliament.missing_polls", [0, 1001, "3"]),
    ("parliament.missing_seconds", [-1, 2_678_401]),
    ("parliament.contact", ["", " ", "ann", "é@example.org", "a@b\nX: y"]),
    ("recess[0].from", ["2026-07-01", None]),
    ("recess[0].from_on", [date(2026, 7, 1)]),
    ("campaign.name", ["", " "]),
    ("campaign.goal", [0, 100_001, 99.5]),
    ("campaign.nudge_after_days", [-1, 36_501, 4.5, "4"]),
    ("campaign.chase_days", [-1, 36_501]),
    ("campaign.message_subject", ["", "{who}", "{", "{name!r}", "{name:9}", "{}"]),
    ("campaign.message_subject", ["{name.__class__}", "a\nBcc: b"]),
    ("campaign.message_template", ["not-there.txt", 1]),
    ("mail.mode", ["test", "", True]),
    ("mail.smtp_url", ["mail.example.org", "imap://h", "smtp://", "smtp://h/x"]),
    ("mail.imap_url", ["smtp://h", "imaps://h:x", "imaps://h?a=b"]),
    ("mail.sender", ["us", "us@", "@example.org", "a@b@c", "Us <us@example.org>"]),
    ("mail.drop_address", ["a@example.org, b@example.org", "a@b\n", "a b@c"]),
    ("mail.per_member_per_hour", [0, "30"]),
    ("mail.drop_retention_days", [0]),
    ("web.host", [""]),
    ("web.port", [-1, 65_536, "8000"]),
    ("web.base_url", ["", "127.0.0.1:8000"]),
    ("web.trusted_proxies", ["127.0.0.1"]),
    ("follow_ups[0].name", ["", "Ring", "a b", "a\n"]),
    ("follow_ups[0].after_days", [-1, 36_501, "4"]),
    ("follow_ups[0].on_event", [*sorted(set(EventType) - set(MEMBER_EVENT_TYPES)), 1]),
    ("follow_ups[0].while_status", ["chased"]),
    ("follow_ups[0].settle_hours", [-1, 876_001]),
    ("follow_ups[0].send", ["mp", ""]),
    ("webhooks[0].name", ["CRM", "", "c.r"]),
    (
        "webhooks[0].url",
        ["ftp://h", "h", "https://u:p@h", "https://u@h", "https://h#a"],
    ),
    ("webhooks[0].events", [[], "ping"]),
    ("notify.urls", ["slack://a/b"]),
    ("privacy.message_days", [0, 36_501]),
    ("privacy.retention_days", [0]),
    ("privacy.max_retention_days", [0]),
    ("privacy.controller", [1]),
    ("network.allow_private_webhooks", [1, "true"]),
    ("oidc.issuer", ["http://id.example.org", "https://h?a=b", "https://u@h", "h", 1]),
    ("oidc.name", ["", " "]),
    ("oidc.users", ["ann@example.org", ("Ann",)]),
    ("health.poll_ping_url", ["ftp://h/a", "h", "https://", "https://h/a b", 1]),
]


@pytest.mark.parametrize(("key", "values"), ACCEPTED)
def test_a_possible_value_is_kept_as_given(key, values):
    attribute = key.replace(".to", ".to_on") if key.startswith("recess") else key
    for value in values:
        assert value_of(read(**at(key, value)), attribute) == value


@pytest.mark.parametrize(("key", "values"), REFUSED)
def test_an_impossible_value_is_refused_with_its_key(key, values):
    for value in values:
        assert refusal(**at(key, value)).startswith(f"{key} "), value


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("motions[0].related", 51092, 0),
        ("web.trusted_proxies", "10.0.0.0/8", "10.0.0.1/8"),
        ("web.trusted_proxies", "::1", "*"),
        ("follow_ups[0].while_status", "chased", "asleep"),
        ("webhooks[0].events", "ping", "signed"),
        ("privacy.joint_with", "Another Campaign", " "),
    ],
)
def test_an_odd_item_of_a_list_is_pointed_at(key, good, bad):
    assert value_of(read(**at(key, [good])), key) == (good,)
    line = refusal(**at(key, [good, bad]))
    assert line.startswith(f"{key} must be a list")
    assert "item 2 is" in line


def test_a_line_says_what_the_key_takes_and_what_was_found():
    line = refusal(parliament={"poll_seconds": 30})
    assert line == (
        "parliament.poll_seconds must be a whole number from 60 to 86400"
        " (Parliament's answers are cached for 60 seconds), not 30"
    )


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"parliament": {"pol_seconds": 60}},
            "parliament.pol_seconds is not a key of the configuration;"
            " did you mean poll_seconds?",
        ),
        (
            {"campain": {"goal": 1}},
            "campain is not a key of the configuration; did you mean campaign?",
        ),
        (
            {"motions": [{"number": 1, "sesion": "2014-15"}]},
            "motions[0].sesion is not a key of the configuration;"
            " did you mean session?",
        ),
        ({"source_folder": "/"}, "source_folder is not a key of the configuration"),
        ({"mail": 3}, "mail must be a table [mail]"),
        (
            {"motions": {"number": 718}},
            "motions must be one or more tables [[motions]]",
        ),
        ({"motions": [718]}, "motions[0] must be a table"),
    ],
)
def test_an_unknown_key_or_a_wrong_shape_is_named(changes, line):
    found = tables() | changes
    with pytest.raises(ConfigError) as caught:
        settings_from(found, folder=FOLDER)
    assert str(caught.value) == line


@pytest.mark.parametrize(("limit", "beyond"), [(1, 0), (60, -1)])
def test_a_rehearsal_may_poll_every_second(limit, beyond):
    for key in ("poll_seconds", "quiet_poll_seconds"):
        settings = read(rehearsal=True, parliament={key: limit})
        assert getattr(settings.parliament, key) == limit
        assert refusal(rehearsal=True, parliament={key: beyond})


def test_a_slash_at_the_end_of_an_address_is_dropped():
    settings = read(web={"base_url": "https://example.org/edm/"})
    assert settings.web.base_url == "https://example.org/edm"


def test_a_recess_may_last_a_day_and_not_end_before_it_starts():
    day, before = date(2026, 7, 2), date(2026, 7, 1)
    [recess] = read(recess=[{"from": day, "to": day}]).recess
    assert (recess.from_on, recess.to_on) == (day, day)
    line = refusal(recess=[{"from": day, "to": before}])
    assert line == "recess[0] must not have `to` before `from`"


def test_the_same_number_in_another_session_is_another_motion():
    first = {"number": 718, "session": "2014-15"}
    assert len(read(motions=[first, first | {"session": "2015-16"}]).motions) == 2
    assert refusal(motions=[first, first]).startswith("motions[1] is there twice")


def test_a_follow_up_has_one_trigger():
    rule = {"name": "a", "send": "staff"}
    wanted = "follow_ups[0] must have exactly one of after_days and on_event"
    assert refusal(follow_ups=[rule]) == wanted
    both = rule | {"after_days": 1, "on_event": "member.left"}
    assert refusal(follow_ups=[both]) == wanted
    line = refusal(follow_ups=[rule | {"after_days": 1, "settle_hours": 24}])
    assert line == "follow_ups[0] can have settle_hours only with on_event"


def test_names_of_follow_ups_and_webhooks_are_unique():
    rule = {"name": "a", "after_days": 1}
    assert refusal(follow_ups=[rule, rule]).startswith("follow_ups[1] is there twice")
    # One variable could not hold two secrets.
    hooks = [{"name": n, "url": "https://h.example"} for n in ("a-b", "a_b")]
    assert refusal(webhooks=hooks).startswith("webhooks[1] is there twice")


@pytest.mark.parametrize("url", ["http://h.example/", "https://h.example:8443/"])
def test_an_odd_webhook_needs_permission(url):
    hook = {"name": "crm", "url": url}
    assert refusal(webhooks=[hook]).startswith("webhooks[0].url must be https")
    permitted = read(webhooks=[hook], network={"allow_private_webhooks": True})
    assert permitted.webhooks[0].url == url


def test_mail_can_be_sent_with_server_sender_and_the_four_names():
    settings = read(mail=SEND["mail"] | {"mode": "send"}, privacy=SEND["privacy"])
    assert settings.mail.mode == "send"


@pytest.mark.parametrize(
    ("section", "key"), [(section, key) for section in SEND for key in SEND[section]]
)
def test_mail_cannot_be_sent_without_each_of_them(section, key):
    changes: dict[str, Any] = {name: dict(table) for name, table in SEND.items()}
    changes["mail"]["mode"] = "send"
    changes[section][key] = ""
    assert refusal(**changes) == f'mail.mode can be "send" only with {section}.{key}'
    changes["mail"]["mode"] = "hold"
    read(**changes)


# --- the database and other files -------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///data/tracker.db", "/srv/campaign/data/tracker.db"),
        ("sqlite:////var/lib/tracker.db", "/var/lib/tracker.db"),
        ("sqlite:///a%20b.db", "/srv/campaign/a b.db"),
    ],
)
def test_the_databases_file_is_counted_from_the_configs_folder(url, path):
    settings = read(database={"url": url})
    assert settings.sqlite_path == Path(path)
    assert settings.database.sqlite_path == Path(path)
    assert settings.database.url == "sqlite:///" + path.replace(" ", "%20")


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///a?mode=memory"]
)
def test_a_database_in_memory_is_refused(url):
    assert refusal(database={"url": url}).startswith("database.url needs a file")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_asked_through_the_driver_that_is_installed(scheme):
    settings = read(database={"url": f"{scheme}://u:@h:5432/edm?host=/tmp"})
    assert settings.database.url == "postgresql+psycopg://u:@h:5432/edm?host=/tmp"
    assert settings.sqlite_path is None


@pytest.mark.parametrize("url", ["", "mysql://h/edm", "postgresql+asyncpg://h/edm"])
def test_another_database_is_refused(url):
    assert refusal(database={"url": url}).startswith("database.url must be")


def test_a_template_is_counted_from_the_configs_folder(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear MP", encoding="utf-8")
    settings = read(folder=tmp_path, campaign={"message_template": "letter.txt"})
    assert settings.campaign.message_template == str(tmp_path / "letter.txt")
    assert settings.campaign.template_path == tmp_path / "letter.txt"
    assert read().campaign.template_path is None


# --- the words -----------------------------------------------------------------------------


def test_every_key_says_what_it_takes():
    for section, field in Settings.model_fields.items():
        assert field.description, section
        model = item_model(field)
        assert model is not None
        for key, inner in model.model_fields.items():
            assert inner.description, f"{section}.{key}"


def test_the_statuses_are_in_the_order_in_which_they_are_asked():
    words = "signed declined cannot_sign withdrew not_asked chased waiting needs_nudge"
    assert " ".join(NudgeStatus) == words
