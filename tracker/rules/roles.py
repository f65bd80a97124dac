"""What a person who signs in may do, by role. Pure (product.md 9).

Owns the three roles and the scopes that each has in the staff JSON; not who has a role.
"""

from enum import StrEnum

from tracker.rules.access import TokenScope


class Role(StrEnum):
    """A role; each may do all that those before it may."""

    VIEWER = "viewer"
    STAFF = "staff"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Return whether this role may do what `other` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


_READS = frozenset({TokenScope.NUDGES_READ, TokenScope.EVENTS_READ})
_SCOPES = {Role.VIEWER: _READS, Role.STAFF: frozenset(TokenScope)}


def scopes_of_role(role: Role) -> frozenset[TokenScope]:
    """Return what a role may do in the staff JSON.

    A viewer reads what names no supporter; staff do everything that a token can.
    """
    return _SCOPES.get(role, frozenset(TokenScope))
