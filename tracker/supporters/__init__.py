"""How supporters' emails come in: files, programs, the drop mailbox; and the review queue.

Owns reading what came and the order of the steps. Which MP an email was to is decided in
rules/matching.py; SQL is in store/.
"""
