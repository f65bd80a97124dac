"""Follow-ups: planned for who wrote, looked at again, and told when they are due.

The story is in story.py; read that first. The rules themselves are rules/follow_ups.py.
"""
