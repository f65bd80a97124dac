"""`tracker follow-ups`: what is due and why, what would go out now, pauses.

Shows MPs, rules and numbers; no supporter's name or address.
"""

import getpass
from collections.abc import Iterable
from datetime import datetime

import click

from tracker import store
from tracker.board import iso_moment
from tracker.cli.failures import CommandError
from tracker.cli.output import counted, moment_text, say, say_json
from tracker.cli.shell import Shell
from tracker.following.overview import (
    DueLine,
    FollowUpsView,
    MotionLines,
    RuleLine,
    follow_ups_view,
)
from tracker.following.pausing import ScopeError, pause, resume
from tracker.following.story import FollowUpReport, rehearse_follow_ups
from tracker.store import Engine

STATES = ("planned", "out", "done", "skipped", "cancelled")
SCOPE = "all|rule:NAME|mp:ID"


@click.command("follow-ups")
@click.option(
    "--dry-run", is_flag=True, help="List what would go out now; send nothing."
)
@click.option("--json", "is_json", is_flag=True, help="Write one JSON document.")
@click.option("--pause", "paused", metavar=SCOPE, help="Let nothing of it go out.")
@click.option("--resume", "resumed", metavar=SCOPE, help="Let it go on.")
@click.pass_obj
def follow_ups(
    shell: Shell,
    /,
    dry_run: bool,
    is_json: bool,
    paused: str | None,
    resumed: str | None,
) -> None:
    """Show what is due a few days after people wrote, and why it goes or waits."""
    if paused and resumed:
        raise click.UsageError(
            "give one thing to do at a time", click.get_current_context()
        )
    settings, now = shell.settings(), shell.clock()
    with shell.database(settings) as engine:
        if paused or resumed:
            done = _act(engine, shell, paused, resumed)
            if not is_json:
                say(done)
        report = rehearse_follow_ups(engine, settings, now=now) if dry_run else None
        with store.read(engine) as session:
            view = follow_ups_view(session, settings, now=now)
            names = {
                member_id: person.name
                for member_id, person in store.people_by_id(session).items()
            }
    if is_json:
        say_json(view_object(view) | report_object(report, names))
        return
    lines = view_lines(view) if report is None else report_lines(report, names)
    for line in lines:
        say(line)


def _act(engine: Engine, shell: Shell, paused: str | None, resumed: str | None) -> str:
    """Pause or resume, and return it in a sentence; CommandError if it can't be done."""
    by, now = f"command of {getpass.getuser()}", shell.clock()
    try:
        with store.write(engine) as session:
            if paused:
                pause(session, shell.settings(), paused, by=by, now=now)
                return f"paused: {paused}"
            resume(session, resumed or "", by=by, now=now)
            return f"resumed: {resumed}"
    except ScopeError as error:
        raise CommandError(str(error)) from error


def view_object(view: FollowUpsView) -> dict[str, object]:
    """Return the document of `follow-ups --json`."""
    return {
        "is_open": view.shut is None,
        "why_shut": view.shut,
        "opens_at": _moment(view.opens_at if view.shut else None),
        "pauses": [
            {
                "scope": one.scope,
                "paused_at": iso_moment(one.paused_at),
                "paused_by": one.paused_by,
            }
            for one in view.pauses
        ],
        "motions": [
            {
                "session": motion.watched.session,
                "number": motion.watched.number,
                "over": motion.over,
                "rules": [_rule_object(line) for line in motion.rules],
                "due_today": [_due_object(line) for line in motion.due],
                "for_staff": [_due_object(line) for line in motion.staff],
            }
            for motion in view.motions
        ],
    }


def report_object(
    report: FollowUpReport | None, names: dict[int, str]
) -> dict[str, object]:
    """Return what `--dry-run` adds: what would go out now, and what would wait."""
    if report is None:
        return {"dry_run": False}
    return {
        "dry_run": True,
        "would_go": [
            {
                "session": session_name,
                "number": number,
                "member_id": gone.member_id,
                "name": names.get(gone.member_id),
                "rule": gone.rule,
                "count": gone.count,
                "waiting": gone.waiting_count,
                "reason": gone.reason,
                "until": _moment(gone.until_at),
            }
            for (session_name, number), gone in report.groups
        ],
    }


def view_lines(view: FollowUpsView) -> Iterable[str]:
    """Give the same for people."""
    yield (
        f"nothing goes now: {view.shut}; next {moment_text(view.opens_at)}"
        if view.shut
        else "follow-ups go out now, once a minute, while a worker runs"
    )
    for one in view.pauses:
        yield f"paused: {one.scope}, by {one.paused_by}, {moment_text(one.paused_at)}"
    for motion in view.motions:
        yield from _motion_lines(motion)


def report_lines(report: FollowUpReport, names: dict[int, str]) -> Iterable[str]:
    """Give what would go out now, and what would wait."""
    if report.shut and report.opens_at:
        yield f"nothing would go now: {report.shut}; next {moment_text(report.opens_at)}"
    else:
        yield f"would go now: {counted(report.gone_count, 'follow-up')}"
    for (_, number), gone in report.groups:
        who = names.get(gone.member_id) or f"Member {gone.member_id}"
        line = f"  EDM {number}  {gone.rule}  {who}: {gone.count} would go"
        if gone.waiting_count:
            line += f", {gone.waiting_count} wait"
        yield f"{line} ({gone.reason})" if gone.reason else line


def _motion_lines(motion: MotionLines) -> Iterable[str]:
    watched = motion.watched
    yield f"EDM {watched.number} of {watched.session}"
    if motion.over:
        yield f"  over: {motion.over}"
    for rule in motion.rules:
        counts = _counts(rule)
        told = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
        yield f"  {rule.rule.name} ({rule.rule.definition}): {told or 'none so far'}"
        for reason, count in _reasons(rule).items():
            yield f"    {count} {reason}"
    for line in motion.due:
        yield _due_line(line)
    for line in motion.staff:
        yield f"  for staff: {line.rule.name}  {line.name}: {line.count}"


def _due_line(line: DueLine) -> str:
    said = f"  today: {line.rule.name}  {line.name}: {line.today_count} of {line.count}"
    if line.report_count:
        said += f", {line.report_count} more by what they report"
    return f"{said} ({line.reason})" if line.reason else said


def _rule_object(line: RuleLine) -> dict[str, object]:
    return {
        "name": line.rule.name,
        "definition": line.rule.definition,
        "since": _moment(line.since_at),
        "is_paused": line.is_paused,
        **_counts(line),
        "reasons": _reasons(line),
    }


def _due_object(line: DueLine) -> dict[str, object]:
    return {
        "member_id": line.member_id,
        "name": line.name,
        "rule": line.rule.name,
        "send": line.rule.target.value,
        "due": line.count,
        "today": line.today_count,
        "by_report": line.report_count,
        "reason": line.reason,
        "until": _moment(line.until_at),
    }


def _counts(line: RuleLine) -> dict[str, int]:
    counts = dict.fromkeys(STATES, 0)
    for one in line.counts:
        counts[one.state.value] += one.count
    return counts


def _reasons(line: RuleLine) -> dict[str, int]:
    return {one.reason: one.count for one in line.counts if one.reason}


def _moment(moment: datetime | None) -> str | None:
    return iso_moment(moment) if moment else None
