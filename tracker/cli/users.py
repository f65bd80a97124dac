"""`tracker user …`: who may sign in to the staff pages, and with which role."""

import getpass
import sys

import click

from tracker import store
from tracker.cli.failures import WRONG_USE, CommandError
from tracker.cli.output import say
from tracker.cli.shell import Shell
from tracker.passwords import hash_password
from tracker.rules.passwords import (
    SHORTEST_PASSWORD,
    PasswordError,
    UserNameError,
    checked_name,
    checked_password,
)
from tracker.rules.roles import Role
from tracker.store import Engine, users

_FROM_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


@click.group()
def user() -> None:
    """Add a person who may sign in, change their password, or disable them."""


@user.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="viewer reads, staff act, admin also manages users.",
)
@_FROM_STDIN
@click.pass_obj
def add(shell: Shell, name: str, role: str, password_stdin: bool) -> None:
    """Add a person who may sign in."""
    try:
        checked = checked_name(name)
    except UserNameError as error:
        raise CommandError(str(error), exit_code=WRONG_USE) from error
    settings = shell.settings()
    with shell.database(settings) as engine:
        with store.read(engine) as session:
            if users.user_named(session, checked) is not None:
                raise CommandError(f"there is a user named {checked} already")
        hashed = hash_password(asked_password(password_stdin))
        try:
            with store.write(engine) as session:
                users.add_user(
                    session, checked, Role(role), hashed, by=_actor(), at=shell.clock()
                )
        except users.UserError as error:
            raise CommandError(str(error)) from error
    say(f"{checked} can sign in as {role} at {settings.web.base_url}/login")


@user.command()
@click.argument("name")
@_FROM_STDIN
@click.pass_obj
def password(shell: Shell, name: str, password_stdin: bool) -> None:
    """Give a person another password, and end their sessions."""
    with shell.database(shell.settings()) as engine:
        user_id = _known_id(engine, name)
        hashed = hash_password(asked_password(password_stdin))
        with store.write(engine) as session:
            users.set_password(session, user_id, hashed, by=_actor(), at=shell.clock())
    say(f"{name} has a new password and is signed out everywhere")


@user.command()
@click.argument("name")
@click.pass_obj
def disable(shell: Shell, name: str) -> None:
    """Let a person sign in no more, and end their sessions."""
    with shell.database(shell.settings()) as engine:
        user_id = _known_id(engine, name)
        try:
            with store.write(engine) as session:
                users.set_disabled(
                    session, user_id, True, by=_actor(), at=shell.clock()
                )
        except users.UserError as error:
            raise CommandError(str(error)) from error
    say(f"{name} can sign in no more and is signed out everywhere")


def asked_password(is_from_stdin: bool) -> str:
    """Return a password from standard input or a prompt.

    Too short, or no terminal to ask on, ends with code 2.
    """
    if is_from_stdin:
        # Bytes: the password is UTF-8 whatever the terminal speaks.
        line = sys.stdin.buffer.readline()
        text = line.decode("utf-8", "replace").rstrip("\r\n")
    elif not sys.stdin.isatty():
        raise CommandError(
            "there is no terminal to ask for the password on: pipe it in, and add"
            " --password-stdin",
            exit_code=WRONG_USE,
        )
    else:
        text = click.prompt(
            f"Password ({SHORTEST_PASSWORD} characters or more)",
            hide_input=True,
            confirmation_prompt=True,
            err=True,
        )
    try:
        return checked_password(text)
    except PasswordError as error:
        raise CommandError(str(error), exit_code=WRONG_USE) from error


def _known_id(engine: Engine, name: str) -> int:
    with store.read(engine) as session:
        found = users.user_named(session, name)
    if found is None or found.id is None:
        raise CommandError(f"there is no user named {name}")
    return found.id


def _actor() -> str:
    return f"command of {getpass.getuser()}"
