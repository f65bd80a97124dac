"""Which addresses a webhook may reach: tables of what is public and what is one's own."""

import socket

import pytest

from tracker.rules.networks import is_private, is_public

PUBLIC = [
    "93.184.216.34",
    "1.1.1.1",
    "192.0.1.1",
    "100.63.255.255",
    "100.128.0.0",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450:4009::1",
    "2001:200::1",
    "::ffff:93.184.216.34",
]
OWN = [
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "::1",
    "fd00::1",
    "::ffff:127.0.0.1",
]
NEITHER = [
    "0.0.0.0",
    "169.254.169.254",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "2002:7f00:1::",
    "3fff::1",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::2",
    "::ffff:169.254.169.254",
    "::ffff:224.0.0.1",
    "not an address",
    "",
]
LOOPBACK_IN_DISGUISE = ["0x7f000001", "2130706433", "127.1", "0177.0.0.1", "0"]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public_and_not_ones_own(address):
    assert (is_public(address), is_private(address)) == (True, False)


@pytest.mark.parametrize("address", OWN)
def test_an_address_of_ones_own_network_is_not_public(address):
    assert (is_public(address), is_private(address)) == (False, True)


@pytest.mark.parametrize("address", NEITHER)
def test_an_address_that_is_neither_is_reached_by_nobody(address):
    assert (is_public(address), is_private(address)) == (False, False)


@pytest.mark.parametrize("name", LOOPBACK_IN_DISGUISE)
def test_what_the_system_makes_of_a_disguised_loopback_is_refused(name):
    found = {str(one[4][0]) for one in socket.getaddrinfo(name, 443)}
    assert found
    assert not any(is_public(address) for address in found)
