"""No table forgets a person: each is named here, filled with somebody, told and emptied.

A table or a column that is new fails these tests until it was decided whether anybody
can be in it (see tracker/store/whole_person.py).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Enum, String, Table, func, update
from sqlmodel import col, select

from tests.imap_server import mailbox_settings
from tests.person_scene import ADDRESS, CANARY, MEMBER, NOW, add_campaign, add_person
from tests.supporters_house import KEY
from tracker import store
from tracker.config import Settings
from tracker.rules.audience import NOBODY
from tracker.rules.corrections import CorrectionKind
from tracker.rules.event_types import EventType
from tracker.rules.nudge import Stance
from tracker.rules.reports import ReportKind
from tracker.rules.stances import Channel, ContactOutcome
from tracker.store import Engine, NewOutgoing
from tracker.store.audit import about_supporter
from tracker.store.staff_texts import DELETED, TEXTS
from tracker.store.tables import (
    Contact,
    Correction,
    IdempotencyKey,
    Import,
    Member,
    Supporter,
    SupporterReport,
    metadata,
)
from tracker.store.tables.offices import CorrectionChange
from tracker.supporters.access import person_data
from tracker.supporters.erasure import erase_person

OF_A_PERSON = {
    *("supporter", "consent", "supporter_email", "message", "supporter_report"),
    *("follow_up", "sign_alert"),
}
"""Their rows are one person's; emptied in erasing.py, told by whole_person.py."""
BY_A_HASH = {"suppressed", "pending_erasure"}
"""Nothing but a keyed hash of the address: what an erasure leaves."""
STAFF_TEXTS = {"contact", "correction", "correction_change", "member", "import_run"}
"""Staff write into them freely: searched by staff_texts.py."""
FOR_A_WHILE = {
    "idempotency_key": "answers to POSTs, 3 days; searched by staff_texts.py",
    "outgoing_event": "an opaque reference, 31 days",
    "webhook_try": "what receivers answered, 31 days",
}
OF_NOBODY = {
    **dict.fromkeys(
        (
            *("answer", "poll", "motion", "signature", "signature_event"),
            *("brake", "session_date", "closed_day", "related_signer"),
            *("member_name", "membership", "post", "member_contact", "member_photo"),
        ),
        "what Parliament said",
    ),
    **dict.fromkeys(
        ("postcode_seat", "postcode_table", "postcode_answer"),
        "postcodes, whoever lives there",
    ),
    **dict.fromkeys(("tally", "told_standing", "follow_up_mark"), "numbers of an MP"),
    **dict.fromkeys(
        (
            *("follow_up_rule", "follow_up_pause", "job_done", "sender_pause"),
            *("webhook_state", "mailbox_state", "mailbox_note"),
        ),
        "how the program fares",
    ),
    **dict.fromkeys(
        ("staff_user", "staff_session", "calendar_key", "api_token", "audit_entry"),
        "staff and programs; what they did, about ids",
    ),
}
OURS = {
    *(("supporter", "ref"), ("message", "dedupe_key"), ("message", "message_id")),
    *(("message", "claimed_by"), ("follow_up", "rule"), ("follow_up", "reason")),
    ("message", "to_address"),  # the MP's; that of a notice is looked at elsewhere
    *(("supporter_email", "decided_by"), ("supporter_report", "decided_by")),
}
"""Text in a person's rows that this program or staff make up: nothing of the person."""
HIDDEN = {("supporter", "email_key"), ("supporter_email", "row_key")}
"""Keyed hashes: of no use to anybody, so not told."""
ANSWERS = {
    "consent": "consents",
    "supporter_email": "emails",
    "message": "messages",
    "supporter_report": "reports",
    "follow_up": "follow_ups",
    "sign_alert": "alerts",
}


def test_of_every_table_it_is_known_who_can_be_in_it() -> None:
    kinds = [OF_A_PERSON, BY_A_HASH, STAFF_TEXTS, set(FOR_A_WHILE), set(OF_NOBODY)]
    named = [name for kind in kinds for name in kind]
    assert sorted(named) == sorted(metadata.tables), "a table is new, or twice"
    about_somebody = {
        table.name
        for table in metadata.tables.values()
        if "supporter_id" in table.columns or "email_key" in table.columns
    }
    assert about_somebody == OF_A_PERSON | BY_A_HASH
    assert {str(table.__tablename__) for table, _ in TEXTS} == STAFF_TEXTS
    assert {"supporter", *ANSWERS} == OF_A_PERSON


@pytest.fixture
def motion_id(engine: Engine) -> int:
    return add_campaign(engine)


@pytest.fixture
def configured(database_url: str, tmp_path: Path) -> Settings:
    return mailbox_settings(tmp_path, "", database_url=database_url)


def texts_of_people() -> Iterator[tuple[Table, Column[Any]]]:
    """Give the columns of text in a person's rows that may say anything of them."""
    for name in sorted(OF_A_PERSON):
        for column in metadata.tables[name].columns:
            is_text = isinstance(column.type, String)
            if is_text and not isinstance(column.type, Enum):
                where = (name, column.name)
                if where not in OURS | HIDDEN | {("supporter", "email")}:
                    yield metadata.tables[name], column


@pytest.fixture
def person_id(engine: Engine, motion_id: int) -> int:
    """Somebody whose word stands in every text of every row of theirs."""
    with store.write(engine) as session:
        add_person(session, motion_id, "bystander")
        person_id = add_person(session, motion_id)
        session.add(
            SupporterReport(
                supporter_id=person_id,
                motion_id=motion_id,
                member_id=MEMBER,
                kind=ReportKind.RANG,
                reported_at=NOW,
            )
        )
        session.flush()
        for table, column in texts_of_people():
            theirs = "id" if table.name == "supporter" else "supporter_id"
            word = func.concat(f"{CANARY} {column.name} ", table.columns["id"])
            session.connection().execute(
                update(table)
                .where(table.columns[theirs] == person_id)
                .values({column.name: word})
            )
    return person_id


def everything(engine: Engine) -> str:
    """Return every cell of every table as text."""
    with engine.connect() as connection:
        return "\n".join(
            repr(tuple(row))
            for table in metadata.sorted_tables
            for row in connection.execute(table.select())
        )


def test_every_text_of_a_persons_rows_is_told(engine: Engine, person_id: int) -> None:
    """P4: whole, of every table and column."""
    with store.read(engine) as session:
        told = person_data(session, KEY, ADDRESS)
    for table, column in texts_of_people():
        found = [told["supporter"]] if table.name == "supporter" else None
        rows = found or told[ANSWERS[table.name]]
        assert rows, table.name
        for row in rows:
            assert str(row[column.name]).startswith(f"{CANARY} {column.name} "), row
    assert told["supporter"]["id"] == person_id
    assert "bystander" not in repr(told)


def test_every_text_of_a_persons_rows_is_emptied(
    engine: Engine, configured: Settings, person_id: int
) -> None:
    """P2: no row of an erased person says anything of them."""
    del person_id
    assert CANARY in everything(engine)
    erase_person(engine, configured, KEY, ADDRESS, now=NOW, actor="staff")
    assert CANARY not in everything(engine)


# What staff wrote by hand.

NAME = "Zq Canary-O'Neill"


def written_by_staff(engine: Engine, motion_id: int, person_id: int) -> None:
    """Put the person's name and address into every text that staff can write."""
    with store.write(engine) as session:
        person = session.get_one(Supporter, person_id)
        person.name = NAME
        session.add(person)
        for note in (
            f"Rang after zq  CANARY-o'neill had; {ADDRESS.upper()} wrote twice.",
            "Jane Carver's office is shut on Mondays.",
        ):
            session.add(contact(motion_id, note))
        session.add(
            Correction(
                member_id=MEMBER, reason=f"so {NAME} says", set_by="S", set_at=NOW
            )
        )
        session.add(
            CorrectionChange(
                member_id=MEMBER,
                kind=CorrectionKind.NO_EMAIL,
                before=f"{NAME} again",
                after=f"not {NAME}",
                changed_by="S",
                changed_at=NOW,
            )
        )
        member = session.get_one(Member, MEMBER)
        member.no_email_reason = f"They complained of {NAME}"
        session.add(member)
        session.add(Import(source=f"letters of {NAME}", started_at=NOW))
        for key, said in (("theirs", f'{{"note":"{NAME} rang"}}'), ("other", "{}")):
            session.add(
                IdempotencyKey(
                    key=key, request_hash="h", status=200, answer=said, created_at=NOW
                )
            )


def contact(motion_id: int, note: str) -> Contact:
    return Contact(
        motion_id=motion_id,
        member_id=MEMBER,
        channel=Channel.PHONE,
        outcome=ContactOutcome.CONTACT,
        stance=Stance.UNKNOWN,
        note=note,
        contacted_at=NOW,
        logged_by="S",
    )


def test_whoever_is_erased_goes_from_what_staff_wrote(
    engine: Engine, configured: Settings, motion_id: int, person_id: int
) -> None:
    written_by_staff(engine, motion_id, person_id)
    with store.read(engine) as session:
        assert len(person_data(session, KEY, ADDRESS)["staff_texts"]) == len(TEXTS)
    report = erase_person(engine, configured, KEY, ADDRESS, now=NOW, actor="S")
    assert report.text_count == 6, "both texts of one change are two"
    left = everything(engine).casefold()
    assert "canary" not in left
    with store.read(engine) as session:
        notes = session.exec(select(Contact.note).order_by(col(Contact.id))).all()
        assert session.exec(select(IdempotencyKey.key)).all() == ["other"]
    assert notes == [
        f"Rang after {DELETED} had; {DELETED} wrote twice.",
        "Jane Carver's office is shut on Mondays.",
    ]


@pytest.mark.parametrize(
    "name",
    [
        *("Jane Carver", "jane carver ", "Carver", "On"),
        *("office is shut", "Office Is Shut"),  # words of a note, taken for a name
    ],
)
def test_a_name_that_may_mean_another_stays(
    engine: Engine, configured: Settings, motion_id: int, person_id: int, name: str
) -> None:
    with store.write(engine) as session:
        person = session.get_one(Supporter, person_id)
        person.name = name
        session.add_all(
            [person, contact(motion_id, "Jane Carver's office is shut on Mondays")]
        )
    report = erase_person(engine, configured, KEY, ADDRESS, now=NOW, actor="S")
    assert report.text_count == 0


def test_an_address_that_nobody_is_known_under_goes_from_notes_too(
    engine: Engine, configured: Settings, motion_id: int
) -> None:
    with store.write(engine) as session:
        session.add(contact(motion_id, "asked by somebody@example.org, once"))
    typed = "Somebody@Example.org"
    report = erase_person(engine, configured, KEY, typed, now=NOW, actor="S")
    assert report.text_count == 1
    assert "somebody@" not in everything(engine)


# What others were told, and what was done about them.


def test_what_programs_were_told_and_who_looked_is_told(
    engine: Engine, person_id: int
) -> None:
    with store.write(engine) as session:
        ref = session.get_one(Supporter, person_id).ref
        for cause, refs in (("ours", ["x", ref]), ("others", ["x", f"{ref}9"])):
            new = NewOutgoing(
                EventType.FOLLOW_UP_DUE, dedupe_key=cause, data={"supporters": refs}
            )
            store.record_outgoing(session, new, NOBODY, NOW)
        for about in (about_supporter(ref), about_supporter(f"{ref}9"), None):
            store.record_audit(session, "Ann Staff", "supporter read", about, at=NOW)
    with store.read(engine) as session:
        told = person_data(session, KEY, ADDRESS, "drop@example.org")
    [event] = told["told_to_programs"]
    assert event["data"]["supporters"] == ["x", ref]
    assert told["looked_at"] == [{"at": NOW.isoformat(), "action": "supporter read"}]
    assert "Ann Staff" not in repr(told)
    assert any("mailbox of drop@example.org" in where for where in told["not_included"])
