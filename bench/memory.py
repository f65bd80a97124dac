"""The memory of a process and of those it started, each page counted once (PSS)."""

import psutil


def memory_of(running: psutil.Process) -> int:
    """Return the bytes of it and its children; 0 for one that has ended."""
    total = 0
    try:
        for process in [running, *running.children(recursive=True)]:
            total += process.memory_full_info().pss
    except psutil.NoSuchProcess:
        return total
    return total
