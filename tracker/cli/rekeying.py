"""`tracker db rekey`: going on after the secret key was lost."""

import getpass

import click

from tracker.cli.output import counted, say
from tracker.cli.shell import Shell
from tracker.operations.key_fit import rekey as go_on


@click.command()
@click.pass_obj
def rekey(shell: Shell) -> None:
    """Let people be found by their address again, with the secret key in use now.

    For a key that is lost for good: links in emails that were sent stay dead.
    """
    settings = shell.settings()
    with shell.database(settings) as engine:
        actor = f"command line, {getpass.getuser()}"
        done = go_on(engine, settings, now=shell.clock(), actor=actor)
    if done is None:
        say("the secret key in use is the one that the database was written with")
        return
    people = counted(done.found_count, "person", "people")
    say(f"{people} can be found by their address again, with the key in use now")
    say("lost with the old key: the links in emails that were sent")
    if done.lost_count:
        gone = counted(done.lost_count, "person", "people")
        say(
            f"lost with the old key: whom files must not bring back ({gone}); do not"
            " import old files again"
        )
