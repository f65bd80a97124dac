"""Going: what is due is looked at, and written down for who is told.

A supporter's is a Message in the outbox, looked at again when it is sent; staff's stands
on their list; a program's is one `follow_up.due` a rule, Member and London day. Each is
written in the transaction in which it was looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.clock import london_date
from tracker.config import Settings
from tracker.following.looking import (
    Sight,
    facts_of,
    member_facts,
    people_of,
)
from tracker.following.wording import message_for
from tracker.outbox.audience import audience_of
from tracker.rules import follow_ups as rules
from tracker.rules.calendar import start_of_day
from tracker.rules.event_types import EventType
from tracker.rules.follow_ups import Facts, Rule, Step, Target, Verdict
from tracker.store import NewOutgoing, Session, follow_ups
from tracker.store.follow_ups import DueGroup
from tracker.store.tables import FollowUp, Motion

MOST_AT_ONCE = 200
"""How many Messages about one Member are written in one go, where none is spread."""
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Gone:
    """What went out about one Member by one rule, or is waiting, and why."""

    member_id: int
    rule: str
    count: int
    waiting_count: int
    reason: str | None
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Going:
    """What is written by, in one transaction; `told` is who was asked to ring when."""

    session: Session
    settings: Settings
    motion: Motion
    sight: Sight
    rules: Mapping[str, Rule]
    told: dict[int, datetime]

    def group(self, group: DueGroup) -> Gone:
        """Let go what may go of a Member's due follow-ups of one rule."""
        rule = self.rules[group.rule]
        about = member_facts(
            self.session,
            self.sight,
            rule.name,
            group.member_id,
            group.first_due_at,
            self.told.get(group.member_id),
        )
        found = self._verdict(rule, about)
        if found.step is Step.END:
            self._end(rule, group, found.reason or "")
        if found.step is not Step.GO:
            waiting = group.count if found.step is Step.WAIT else 0
            return Gone(
                group.member_id, rule.name, 0, waiting, found.reason, found.until_at
            )
        if rule.target is Target.SUPPORTER:
            return self._to_supporters(rule, group, about)
        return self._to_others(rule, group)

    def _verdict(self, rule: Rule, facts: Facts) -> Verdict:
        return rules.verdict_on(
            rule, facts, now=self.sight.now, spells=self.sight.spells
        )

    def _end(self, rule: Rule, group: DueGroup, reason: str) -> None:
        now = self.sight.now
        ids = self._due_people(rule, group)
        follow_ups.end_follow_ups(self.session, list(ids), reason, now)

    def _due_people(self, rule: Rule, group: DueGroup) -> dict[int, int]:
        return follow_ups.due_people(
            self.session,
            rule.name,
            self.sight.motion_id,
            group.member_id,
            self.sight.now,
        )

    def _to_supporters(self, rule: Rule, group: DueGroup, about: Facts) -> Gone:
        count = 0
        for row in self._allowed(rule, group, about):
            message = message_for(self.session, self.settings, self.sight, rule, row)
            assert row.id is not None, "a stored follow-up has an id"
            follow_ups.record_out(
                self.session, [row.id], now=self.sight.now, outbox_id=message.id
            )
            count += 1
            if rule.is_chase:
                self.told[group.member_id] = self.sight.now
                break
        waiting = group.count - count
        reason = rules.SPREAD if count and rule.is_chase else rules.THEIRS
        return Gone(
            group.member_id, rule.name, count, waiting, reason if waiting else None
        )

    def _allowed(self, rule: Rule, group: DueGroup, about: Facts) -> Iterator[FollowUp]:
        """Give what may go, oldest first; what turns out to be pointless is ended."""
        motion_id, now = self.sight.motion_id, self.sight.now
        seen: set[int | None] = set()
        while rows := follow_ups.due_follow_ups(
            self.session,
            rule,
            motion_id,
            group.member_id,
            now=now,
            limit=_LOOKED_AT if rule.is_chase else MOST_AT_ONCE,
        ):
            if seen.issuperset(row.id for row in rows):
                return
            seen |= {row.id for row in rows}
            yield from self._allowed_of(rule, rows, about)
            if not rule.is_chase:
                return

    def _allowed_of(
        self, rule: Rule, rows: Sequence[FollowUp], about: Facts
    ) -> Iterator[FollowUp]:
        people = people_of(
            self.session,
            self.sight.motion_id,
            rows[0].member_id,
            [row.supporter_id for row in rows],
        )
        for row in rows:
            assert row.id is not None, "a stored follow-up has an id"
            facts = facts_of(rule, row, about, people, self.sight.spells)
            found = self._verdict(rule, facts)
            if found.step is Step.GO:
                yield row
            elif found.step is Step.END:
                ended = [row.id]
                follow_ups.end_follow_ups(
                    self.session, ended, found.reason or "", self.sight.now
                )
            elif found.until_at is not None:
                follow_ups.put_off(self.session, row.id, found.until_at)

    def _to_others(self, rule: Rule, group: DueGroup) -> Gone:
        """Tell staff, or the programs, of everybody's who still counts, as one."""
        now, motion_id = self.sight.now, self.sight.motion_id
        about = (rule.name, motion_id, group.member_id)
        today_at = start_of_day(london_date(now))
        is_hook = rule.target is Target.WEBHOOK
        if is_hook and follow_ups.was_told_since(self.session, *about, since=today_at):
            return Gone(group.member_id, rule.name, 0, group.count, rules.ONCE_A_DAY)
        due = self._due_people(rule, group)
        counted = follow_ups.first_emails(
            self.session, motion_id, group.member_id, list(due.values())
        )
        ids = [one for one, supporter_id in due.items() if supporter_id in counted]
        gone = [one for one in due if one not in set(ids)]
        follow_ups.end_follow_ups(self.session, gone, rules.NOT_COUNTED, now)
        follow_ups.record_out(self.session, ids, now=now)
        if is_hook and ids:
            self._tell_programs(rule, group.member_id, len(ids))
        return Gone(group.member_id, rule.name, len(ids), 0, None)

    def _tell_programs(self, rule: Rule, member_id: int, count: int) -> None:
        now, seat = self.sight.now, self.sight.house.seats.get(member_id)
        day = london_date(now)
        new = NewOutgoing(
            type=EventType.FOLLOW_UP_DUE,
            dedupe_key=f"{rule.name}:{self.motion.id}:{member_id}:{day}",
            motion=self.motion,
            member_id=member_id,
            ons_code=seat.ons_code if seat else None,
            data={"rule": rule.name, "supporters": count},
        )
        store.record_outgoing(self.session, new, audience_of(self.settings), now)
