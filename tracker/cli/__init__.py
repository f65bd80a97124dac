"""The commands: what people type, what they read, and with which code a command ends.

Thin: a command gets its settings and database from the Shell, calls a story and words
the result. Each module is imported only when its command is used, so that `--help` and
`status` are quick. May import dashboard in serve.py, and nowhere else.
"""
