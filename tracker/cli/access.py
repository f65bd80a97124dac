"""`tracker access`: everything held about one person, for whoever asks for theirs."""

import getpass
import json
from pathlib import Path

import click

from tracker import store
from tracker.cli.erase import read_email
from tracker.cli.output import say_json
from tracker.cli.shell import Shell
from tracker.keys import secret_key
from tracker.operations.files import write_whole
from tracker.store.audit import about_supporter
from tracker.supporters.access import person_data


@click.command()
@click.argument("email")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to; else stdout. A file that is there is replaced.",
)
@click.pass_obj
def access(shell: Shell, email: str, output: Path | None) -> None:
    """Write all that is held about the person with the address EMAIL, as JSON.

    That somebody looked is kept in the audit log, without the person's name.
    """
    address = read_email(email)
    settings = shell.settings()
    key = secret_key(settings)
    with shell.database(settings) as engine:
        with store.read(engine) as session:
            told = person_data(session, key, address, settings.mail.drop_address)
        with store.write(engine) as session:
            who = told["supporter"]
            store.record_audit(
                session,
                f"command of {getpass.getuser()}",
                "access",
                about_supporter(who["ref"]) if who else "nobody who is known",
                at=shell.clock(),
            )
    if output is None:
        say_json(told)
    else:
        text = json.dumps(told, ensure_ascii=False, indent=2)
        write_whole(output, f"{text}\n".encode(), is_private=True)
