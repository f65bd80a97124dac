"""A process that stays does not keep a heap for each of its threads."""

import subprocess
import sys

import pytest

_HEAPS = """
import ctypes, sys, threading
from tracker.cli.memory import share_heaps

if "shared" in sys.argv:
    assert share_heaps()
gate = threading.Barrier(17)
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
def take():
    library.malloc(200)
    gate.wait()
    gate.wait()
threads = [threading.Thread(target=take) for _ in range(16)]
[one.start() for one in threads]
gate.wait()
library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
library.fdopen.restype = ctypes.c_void_p
library.malloc_info(0, library.fdopen(1, b"w"))
library.fflush(None)
gate.wait()
"""


def heaps_of(*words: str) -> int:
    told = subprocess.run(
        [sys.executable, "-c", _HEAPS, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return told.stdout.count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="a setting of glibc")
def test_all_threads_share_two_heaps():
    assert heaps_of("shared") <= 2
    assert heaps_of() > 2, "else there was nothing to see"
