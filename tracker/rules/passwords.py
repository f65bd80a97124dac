"""Which passwords and names of users are taken. Pure (product.md 8, checks.md W9).

Length is all that is asked of a password: no kinds of characters, no expiry. Every
character counts, blanks too; only their Unicode form is made one.
"""

import unicodedata

SHORTEST_PASSWORD = 15
LONGEST_PASSWORD = 1000
LONGEST_NAME = 100


class PasswordError(ValueError):
    """A password that is not taken; the text is one sentence."""


class UserNameError(ValueError):
    """A user's name that is not taken; the text is one sentence."""


def checked_password(text: str) -> str:
    """Return the password in its one Unicode form; PasswordError if it is not taken."""
    password = normal_password(text)
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordError(
            f"the password is too short: take {SHORTEST_PASSWORD} characters or more"
        )
    if len(password) > LONGEST_PASSWORD:
        raise PasswordError(
            f"the password is too long: take at most {LONGEST_PASSWORD} characters"
        )
    return password


def normal_password(text: str) -> str:
    """Return a password as passwords are compared: NFKC, nothing taken off."""
    return unicodedata.normalize("NFKC", text)


def checked_name(text: str) -> str:
    """Return a user's name without blanks around it; UserNameError if it is not taken."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UserNameError(
            f"a user's name takes 1 to {LONGEST_NAME} characters on one line"
        )
    return name


def name_key(name: str) -> str:
    """Return the form in which names are unique: without regard to case."""
    return unicodedata.normalize("NFC", name).strip().casefold()
