"""Python in processes of its own, for what must hold between processes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def start_python(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start `code` in a fresh interpreter; it finds `arguments` in sys.argv[1:]."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], *, timeout: float = 60) -> tuple[int, str]:
    """Return the exit code and what was written to stdout, once it has ended."""
    try:
        out, err = process.communicate(timeout=timeout)
    finally:
        process.kill()  # nothing is left behind when it takes too long
    assert "Traceback" not in err, err
    return process.returncode, out


def run_python(code: str, *arguments: str, timeout: float = 60) -> tuple[int, str]:
    """Run `code` to its end; return its exit code and what it wrote to stdout."""
    return ended(start_python(code, *arguments), timeout=timeout)
