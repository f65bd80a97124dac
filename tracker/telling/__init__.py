"""What is told to other programs and to staff, and on what grounds.

Owns which event follows from what was recorded. How it is kept is the store's, who is
told the Audience's, when and how it leaves the outbox's.
"""
