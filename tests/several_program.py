"""The real `tracker` for tests of several machines: it polls and tidies every second.

Polling so often is refused outside a rehearsal, and a sender looks for dead ones each
half minute; all else is as it is.
"""

import sys
from functools import partial

import tracker.config
from tracker.__main__ import main
from tracker.outbox import loop

if __name__ == "__main__":
    tracker.config.load_settings = partial(tracker.config.load_settings, rehearsal=True)
    loop.TIDY_SECONDS = 1.0
    sys.exit(main(sys.argv[1:]))
