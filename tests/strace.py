"""Commands run under strace, which makes one of their calls to the disk fail, or kills them."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HOW_TO_GET_IT = (
    "strace is not on the PATH: install it (Debian and Ubuntu: apt-get install strace;"
    " Fedora: dnf install strace). In a container it needs the right to trace:"
    " docker run --cap-add SYS_PTRACE"
)
_CALL = re.compile(r"(\d+) +(?:\w+\(\d+<([^>]*)>)?")
_MET = ("(INJECTED)", "= ?")


@dataclass(frozen=True, slots=True)
class Fault:
    """The nth call of a kind fails, or kills: what strace calls an injection.

    Calls are counted in each thread by itself.
    """

    call: str
    what: str
    nth: int = 0

    @property
    def option(self) -> str:
        """The option for strace."""
        return f"inject={self.call}:{self.what}:when={self.nth}"

    @property
    def is_deadly(self) -> bool:
        """Whether the process does not live to see it."""
        return self.what.startswith("signal")

    def __str__(self) -> str:
        return f"{self.call} {self.what}"


def is_there() -> bool:
    """Return whether strace can be run."""
    return shutil.which("strace") is not None


def traced(fault: Fault, log: Path, command: Sequence[str]) -> list[str]:
    """Return the command line under which `command` meets the fault; `log` tells of it."""
    # Only those calls stop that are meant, which is quicker; but then nothing is killed.
    quick = [] if fault.is_deadly else ["--seccomp-bpf"]
    told = ("-f", "-y", "-q", "-s", "0", "-e", "signal=none", "-o", str(log))
    inject = ("-e", f"trace={fault.call}", "-e", fault.option)
    return ["strace", *quick, *told, *inject, *command]


def met(log: Path) -> list[str]:
    """Return the files at which the fault was met so far, in order."""
    if not log.exists():
        return []
    found: list[str] = []
    latest: dict[str, str] = {}
    for line in log.read_text(errors="replace").splitlines():
        if (call := _CALL.match(line)) is None:
            continue
        thread, path = call.groups()
        latest[thread] = path or latest.get(thread, "")
        if line.rstrip().endswith(_MET):
            found.append(latest[thread])
    return found
