"""The hex map of the 650 seats: computed here once, read by the dashboard for ever.

    python -m venv /tmp/hexmap && /tmp/hexmap/bin/pip install "numpy>=2" "scipy>=1.14"
    /tmp/hexmap/bin/python -m tools.hexmap            # from the top of the repository
    /tmp/hexmap/bin/python -m tools.hexmap --check    # fails if the files are not ours

Reads `tracker/data/seats-*.csv`, writes `tracker/data/hexmap-*.csv`. One set of
boundaries takes a minute or two and always gives the same map. Needs numpy and scipy;
the program itself needs neither. What the map must hold is in `tests/test_hexmap.py`.
"""
