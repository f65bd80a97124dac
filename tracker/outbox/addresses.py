"""Email addresses: what is taken as one, and why something is not. Pure.

The rules are those under which any mail server can carry the address (RFC 5321 without
SMTPUTF8): narrower than what the standards allow, and every refusal says what would do.
"""

import re

import idna

from tracker.outbox.wording import TextError, clean_line

MAX_ADDRESS_LENGTH = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
MAX_LOCAL_LENGTH = 64  # RFC 5321 4.5.3.1.1

_LOCAL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class AddressError(TextError):
    """Not one email address that mail can be sent to; `str()` is one sentence."""


def clean_address(text: str) -> str:
    """Return the one address in `text`, its domain in lower case.

    AddressError for none, two, one with a name or in quotes, one that is too long, and
    one with letters that not every mail server can carry (checks.md M7, M8).
    """
    try:
        line = clean_line(text, "The email address", max_length=10_000)
    except TextError as error:
        raise AddressError(str(error)) from None
    _refuse_more_than_one(line)
    local, at, domain = line.rpartition("@")
    if not at or not local or not domain:
        raise AddressError(
            "The email address must look like name@example.org, with a name before the @"
            " and a domain after it."
        )
    if len(line.encode("utf-8", "replace")) > MAX_ADDRESS_LENGTH:
        raise AddressError(
            f"The email address must have at most {MAX_ADDRESS_LENGTH} characters."
        )
    _refuse_local(local)
    return f"{local}@{_domain(domain)}"


def _refuse_more_than_one(line: str) -> None:
    if '"' in line:
        raise AddressError("The email address must not have quotes in it.")
    if line.count("@") > 1 or "," in line or ";" in line:
        raise AddressError("Give one email address, not two.")
    if re.search(r"[<>()\[\]:\\\s]", line):
        raise AddressError(
            "The email address must be the address alone, without a name, brackets or"
            " spaces."
        )


def _refuse_local(local: str) -> None:
    if not local.isascii():
        raise AddressError(
            "The part before the @ has letters that not every mail server can carry:"
            " give an address with a-z, 0-9 and signs only."
        )
    if len(local) > MAX_LOCAL_LENGTH:
        raise AddressError(
            f"The part before the @ must have at most {MAX_LOCAL_LENGTH} characters."
        )
    if not _LOCAL.fullmatch(local):
        raise AddressError(
            "The part before the @ must not begin or end with a dot, or have two dots"
            " beside each other."
        )


def _domain(domain: str) -> str:
    if not domain.isascii():
        raise AddressError(
            "The domain after the @ has letters that not every mail server can carry:"
            f" {_in_ascii(domain)}."
        )
    labels = domain.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        raise AddressError(
            "The domain after the @ must be a full one, such as example.org."
        )
    if len(domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressError(
            "The domain after the @ is not one: it may have letters, digits, dots, and"
            " hyphens inside a word."
        )
    return domain.lower()


def _in_ascii(domain: str) -> str:
    try:
        plain = idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return "give an address with another domain"
    return f"write it as {plain}"
