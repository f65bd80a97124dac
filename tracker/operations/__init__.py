"""What is done to the database as a whole: backup, restore, and moving it.

Owns files and the order of the steps; SQL is in store/copies.py.
"""
