"""Pictures of the main pages for the README, out of a rehearsal: `make screenshots`.

Everybody in them is invented, and every page says so. Needs Chromium (`make browser`).
"""
