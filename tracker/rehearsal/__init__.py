"""The stand-in Parliament: an invented House that answers like the real services.

Owns invented people, their changes, the answers in Parliament's shapes, a server over
a real socket with every fault worth rehearsing, and the timeline of `tracker demo`.
Nothing here is true of anybody: seats and parties are real, people are not.

Read `server.py` (`StandIn`) first, then `world.py` (`World`), `faults.py`, `demo.py`.
"""
