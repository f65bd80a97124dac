"""`tracker` itself: its options, and the table of its commands.

Owns which commands there are and what `--help` says of them. What a command does is in
the module named beside it, imported only when it is used.
"""

import importlib
import os
from collections.abc import Mapping
from pathlib import Path

import click

from tracker.cli.failures import NoSuchCommandError
from tracker.cli.quick import quick_imports
from tracker.cli.shell import Shell
from tracker.logs import set_up_logs

LOG_LEVELS = {
    "run": "info",
    "worker": "info",
    "web": "info",
    # They say themselves, in one line on stderr, what could not be done.
    "poll": "error",
    "members": "error",
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is used.

    `lazy` is command → (module:attribute, the line that `--help` shows).
    """

    def __init__(
        self,
        *args: object,
        lazy: Mapping[str, tuple[str, str]] | None = None,
        **attrs: object,
    ) -> None:
        super().__init__(*args, **attrs)  # type: ignore[arg-type]
        self.lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names in the order in which they are told of."""
        del ctx
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, imported now."""
        del ctx
        if cmd_name not in self.lazy:
            return None
        module, _, attribute = self.lazy[cmd_name][0].partition(":")
        with quick_imports():
            found: click.Command = getattr(importlib.import_module(module), attribute)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant, or say which one may have been."""
        name = args[0]
        if name not in self.lazy and not name.startswith("-"):
            raise NoSuchCommandError(name, self.lazy, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the table of commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.lazy.items()])


COMMANDS = {
    "run": ("tracker.cli.serve:run", "Poll, and serve the dashboard, in one process."),
    "worker": ("tracker.cli.serve:worker", "Poll Parliament by the schedule."),
    "web": ("tracker.cli.serve:web", "Serve the dashboard."),
    "poll": ("tracker.cli.polling:poll", "Poll every motion once, now."),
    "status": ("tracker.cli.status:status", "Show how each motion stands."),
    "members": ("tracker.cli.members:members", "Bring MPs, posts and contacts."),
    "postcodes": ("tracker.cli.postcodes:postcodes", "Load the seats of postcodes."),
    "emails": ("tracker.cli.emails:emails", "Take in supporters' emails, and review."),
    "contacts": ("tracker.cli.contacts:contacts", "Log that an office was spoken to."),
    "export": ("tracker.cli.export:export", "Write what is known to a file."),
    "replay": ("tracker.cli.replaying:replay", "Rebuild the ledger, and compare."),
    "outbox": ("tracker.cli.outbox:outbox", "Show, release or cancel what goes out."),
    "follow-ups": (
        "tracker.cli.follow_ups:follow_ups",
        "Show what is due to whom a few days later; pause it.",
    ),
    "webhooks": ("tracker.cli.webhooks:webhooks", "Ping other programs."),
    "token": ("tracker.cli.tokens:token", "Let another program in."),
    "user": ("tracker.cli.users:user", "Add, change or disable who may sign in."),
    "backup": ("tracker.cli.copies:backup", "Copy the database to a file."),
    "restore": ("tracker.cli.copies:restore", "Take a backup's content over."),
    "db": ("tracker.cli.database:db", "Bring the database up, or move it."),
    "access": ("tracker.cli.access:access", "Write what is held about a person."),
    "erase": ("tracker.cli.erase:erase", "Remove a person everywhere."),
    "doctor": ("tracker.cli.checkup:doctor", "Look for what is wrong, and say so."),
    "demo": ("tracker.cli.rehearse:demo", "A rehearsal: an invented Parliament."),
}


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--config",
    "config_path",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="The configuration; else TRACKER_CONFIG, else ./config.toml.",
)
@click.version_option(
    None,
    "--version",
    package_name="edm-signature-tracker",
    message="tracker %(version)s",
)
@click.pass_context
def tracker(ctx: click.Context, config_path: Path | None) -> None:
    """Watch an Early Day Motion: who signed, who withdrew, and when."""
    set_up_logs(LOG_LEVELS.get(ctx.invoked_subcommand or "", "warning"), os.environ)
    ctx.obj = Shell(config_path)
