"""Datasette, only to compare with: in no lock file, made anew in a folder that goes.

Owns how it is had (importable here, else by pip into a virtual environment of its own)
and how it serves one table.
"""

import sqlite3
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psutil

from bench.servers import free_port, running

INSTALL_SECONDS = 300


def datasette_python(folder: Path) -> str | None:
    """Return a Python that can import Datasette, None if the index doesn't give it."""
    if find_spec("datasette") is not None:
        return sys.executable
    place = folder / "datasette"
    venv.create(place, with_pip=True)
    python = str(place / "bin" / "python")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "-q", "install"]
    try:
        subprocess.run(
            [*pip, "datasette"],
            check=True,
            capture_output=True,
            timeout=INSTALL_SECONDS,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return python


@contextmanager
def served_table(
    python: str, folder: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> Iterator[tuple[str, psutil.Popen]]:
    """Serve the rows as a table; give the address of its page and the server."""
    file = folder / "rows.db"
    with sqlite3.connect(file) as connection:
        named = ", ".join(columns)
        connection.execute(f"CREATE TABLE rows ({named})")
        blanks = ", ".join("?" for _ in columns)
        connection.executemany(f"INSERT INTO rows VALUES ({blanks})", rows)
    connection.close()
    port = free_port()
    command = [python, "-m", "datasette", "serve", file, "--port", str(port)]
    with running(command, port) as server:
        yield f"http://127.0.0.1:{port}/rows/rows", server
