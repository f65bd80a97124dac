"""Messages: how they are worded, written as emails, and sent.

Owns the text, the envelope, the SMTP conversation and the loop that sends. Where they
are kept is store/outbox.py; when one may leave is rules/sending.py.
"""
