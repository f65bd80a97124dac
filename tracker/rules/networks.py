"""Which addresses a webhook may reach. Pure (checks.md W20).

Owns the rule only: `ipaddress` alone isn't enough, since it takes carriers' networks,
translated and tunnelled addresses and multicast for public ones.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that was ever given out of IPv6 (IANA); NAT64 and site-local lie outside."""

_NOT_PUBLIC_V6 = (
    IPv6Network("2001::/23"),  # protocol assignments, Teredo (2001::/32) among them
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),  # 6to4: an IPv4 address of any kind is inside
    IPv6Network("3fff::/20"),
)
_NOT_PUBLIC_V4 = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments: is_global says yes to .8
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
)
_ONES_OWN = (
    IPv4Network("127.0.0.0/8"),
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    IPv4Network("100.64.0.0/10"),
    IPv6Network("::1/128"),
    IPv6Network("fc00::/7"),
)
"""Networks of one's own; not link-local ones, where clouds keep their secrets."""


def is_public(text: str) -> bool:
    """Return whether an address, as a resolver gives it, is one of the public internet.

    Global, and not multicast, NAT64, 6to4 or Teredo. An IPv4 address inside an IPv6 one
    (::ffff:…) is judged as itself.
    """
    address = _address(text)
    if isinstance(address, IPv4Address):
        is_listed = any(address in network for network in _NOT_PUBLIC_V4)
        return address.is_global and not address.is_multicast and not is_listed
    if address is None or address not in _GLOBAL_UNICAST or not address.is_global:
        return False
    return not any(address in network for network in _NOT_PUBLIC_V6)


def is_private(text: str) -> bool:
    """Return whether an address is of this machine or of a network of one's own."""
    address = _address(text)
    return address is not None and any(
        address.version == network.version and address in network
        for network in _ONES_OWN
    )


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
