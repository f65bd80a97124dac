"""Webhooks: how a Message reaches another program.

Owns where a connection may go, the exchange itself, the signature and the loop. What an
answer means is rules/webhooks.py; what is told is store/outgoing.py.
"""
