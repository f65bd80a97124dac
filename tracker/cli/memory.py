"""How the C library shares out memory among threads, for processes that stay.

Owns one setting of glibc. Left alone it gives each thread a heap of its own, up to eight
for a processor, and what is freed in one is not used in another: under load a process
with two dozen threads grew by a megabyte and more a minute, of which nothing was in use.
"""

import ctypes

HEAPS = 2
_M_ARENA_MAX = -8
"""As in glibc's malloc.h."""


def share_heaps() -> bool:
    """Have all threads to come share a few heaps; return whether the C library can.

    MALLOC_ARENA_MAX in the environment is what the library itself reads at its start.
    Another library than glibc has nothing to set, and no need of it.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    return set_option is not None and bool(set_option(_M_ARENA_MAX, HEAPS))
