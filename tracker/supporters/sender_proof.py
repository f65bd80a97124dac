"""Whether a mail server found that an email is really from its From address. Pure.

Owns reading Authentication-Results (RFC 8601) and whose are believed. Only the topmost
one counts: the mailbox's own server adds it above everything that came with the email,
and whatever stands below may have been written by the sender.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message

from tracker.supporters.address_list import named_addresses

_HEADER = "authentication-results"
_RECEIVED_BY = re.compile(r"\bby\s+([\w.-]+)", re.IGNORECASE)
_METHOD = re.compile(r"([\w-]+)(?:\s*/\s*\d+)?\s*=\s*([\w-]+)", re.ASCII)
_PROPERTY = re.compile(
    r"([\w-]+)\s*\.\s*([\w-]+)\s*=\s*((?:\"(?:\\.|[^\"\\])*\"|[^\s\"])+)", re.ASCII
)
_LONGEST = 8192
_COMMENT = r"\((?:\\.|[^()\\])*\)"
for _depth in range(4):
    _COMMENT = rf"\((?:\\.|[^()\\]|{_COMMENT})*\)"
_TOKEN = re.compile(rf'{_COMMENT}|"(?:\\.|[^"\\])*"|[;()"]|[^;()"]+', re.DOTALL)
_SHARED_ENDINGS = frozenset(
    f"{second}.{top}"
    for top in ("uk", "jp", "nz", "za", "au", "br", "in", "il", "kr")
    for second in ("co", "com", "org", "net", "ac", "gov", "ltd", "plc", "me", "ne")
)
"""Endings under which anybody has a domain: two hosts below one are not related."""


class UnreadableResultsError(ValueError):
    """A header that does not follow the grammar; what it says is not believed."""


@dataclass(frozen=True, slots=True)
class MethodResult:
    """What one method gave, with its properties by name (`header.d`), in lower case."""

    method: str
    result: str
    properties: dict[str, str]


@dataclass(frozen=True, slots=True)
class AuthResults:
    """One Authentication-Results header: who says it, and what each method gave."""

    authserv_id: str
    results: tuple[MethodResult, ...]


def is_proven(headers: Message, our_hosts: Iterable[str]) -> bool:
    """Return whether DKIM or SPF passed for the From domain, says the mailbox's server.

    `our_hosts` are names of the mailbox's side (its IMAP server, the domain of its
    address); a header by a server that is neither of them nor received the email last is
    not believed, nor one that can't be read. DMARC's pass is one of the two, for From.
    """
    domain = from_domain(headers)
    found = _topmost(headers)
    if domain is None or found is None:
        return False
    value, receivers = found
    try:
        results = parse_results(value)
    except UnreadableResultsError:
        return False
    trusted = [*our_hosts, *receivers]
    if not any(_are_related(results.authserv_id, host) for host in trusted):
        return False
    return any(_proves(result, domain) for result in results.results)


def parse_results(value: str) -> AuthResults:
    """Return what a header's value says; UnreadableResultsError if it is not one.

    Comments are left out, and what is quoted cannot end a statement.
    """
    first, *statements = _statements(value)
    words = first.split()
    is_version = len(words) == 2 and words[1].isdecimal()
    if not words or "=" in first or not (len(words) == 1 or is_version):
        raise UnreadableResultsError("the header does not begin with who says it")
    results = [_result(statement) for statement in statements]
    authserv_id = words[0].strip('"').casefold()
    return AuthResults(authserv_id, tuple(r for r in results if r is not None))


def from_domain(headers: Message) -> str | None:
    """Return the domain of the one From address, None if there is not exactly one."""
    values = [str(value) for value in headers.get_all("From", [])]
    addresses = [address for _, address in named_addresses(values)]
    if len(values) != 1 or len(addresses) != 1 or addresses[0].count("@") != 1:
        return None
    return _ascii(addresses[0].rpartition("@")[2]) or None


def _topmost(headers: Message) -> tuple[str, list[str]] | None:
    """Return the topmost header, and the servers that received the email around it.

    These are those above it, and the one just below: some filters write their result
    above the line of the very server they work for.
    """
    value: str | None = None
    receivers: list[str] = []
    for name, text in headers.items():
        line = " ".join(str(text).split())
        if name.casefold() == _HEADER and value is None:
            value = line
        elif name.casefold() == "received":
            receivers += _RECEIVED_BY.findall(line)[:1]
            if value is not None:
                break
    return None if value is None else (value, receivers)


def _statements(value: str) -> list[str]:
    """Split at semicolons, outside of quotes and of comments, which are left out."""
    if len(value) > _LONGEST:
        raise UnreadableResultsError("the header is far too long")
    parts = [""]
    for token in _TOKEN.findall(value):
        if token in ("(", ")", '"'):
            raise UnreadableResultsError("a quote or a comment has no end")
        if token == ";":
            parts.append("")
        else:
            parts[-1] += " " if token.startswith("(") else token
    return parts


def _result(statement: str) -> MethodResult | None:
    found = _METHOD.match(statement.strip())
    if found is None:
        return None
    rest = statement.strip()[found.end() :]
    properties: dict[str, str] = {}
    for ptype, name, given in _PROPERTY.findall(rest):
        properties.setdefault(f"{ptype}.{name}".casefold(), given.casefold())
    return MethodResult(found[1].casefold(), found[2].casefold(), properties)


def _proves(result: MethodResult, domain: str) -> bool:
    if result.result != "pass":
        return False
    return any(_covers(signed, domain) for signed in _domains(result))


def _domains(result: MethodResult) -> Iterator[str]:
    """Give the domains that a method's pass is about."""
    told = result.properties
    match result.method:
        case "dkim":
            given = told.get("header.d") or told.get("header.i", "")
        case "spf":
            given = told.get("smtp.mailfrom") or told.get("smtp.mail", "")
        case "dmarc":
            given = told.get("header.from", "")
        case _:
            return
    yield _ascii(given.strip("<>").rpartition("@")[2].strip('"'))


def _covers(signed: str, domain: str) -> bool:
    """Return whether a pass for `signed` speaks for `domain`: the same, or below it."""
    if not signed or "." not in signed or signed in _SHARED_ENDINGS:
        return False
    return domain == signed or domain.endswith(f".{signed}")


def _are_related(one: str, other: str) -> bool:
    """Return whether two hosts are of one owner: the same, or under one domain."""
    return bool(one) and bool(other) and _owner(one) == _owner(other)


def _owner(host: str) -> str:
    labels = _ascii(host).split(".")
    if all(label.isdecimal() for label in labels):
        return ".".join(labels)
    count = 3 if ".".join(labels[-2:]) in _SHARED_ENDINGS else 2
    return ".".join(labels[-count:])


def _ascii(domain: str) -> str:
    """Return a domain in lower case, as it is written in DNS; "" if it is none."""
    text = domain.strip().rstrip(".").casefold()
    if text.isascii():
        return text
    try:
        return text.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
