"""Which NAS an address belongs to, however many there are; and what is told of those that belong to none."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from aaa.test_translate import ROW, client
from hotgate.aaa.attempts import UNKNOWN_MAX, Attempts
from hotgate.aaa.clients import Address, Client, Clients, Network, Prefixes

ADDRESSES = st.one_of(
    st.integers(0, 3 << 6).map(lambda n: ipaddress.IPv4Address(n << 24 | n)),
    st.ip_addresses(v=4),
    st.integers(0, 3 << 6).map(lambda n: ipaddress.IPv6Address(n << 120 | n)),
    st.ip_addresses(v=6),
)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    address = draw(ADDRESSES)
    length = draw(st.integers(0, address.max_prefixlen))
    return ipaddress.ip_network((address, length), strict=False)


def walked(clients: Sequence[Client], address: Address) -> Client | None:
    """The same, by looking at every NAS."""
    containing = [each for each in clients if address in each.network]
    return max(containing, key=lambda each: each.network.prefixlen, default=None)


@given(st.lists(networks(), unique=True, max_size=12), st.lists(ADDRESSES, min_size=1))
def test_by_prefix_as_by_a_walk_through_all(known: list[Network], asked: list[Address]) -> None:
    clients = [client(id=n, address=str(network)) for n, network in enumerate(known)]
    prefixes = Prefixes(clients)
    near = [network.broadcast_address + offset for network in known for offset in (0, 1) if _is_room(network, offset)]
    for address in (*asked, *near, *(network.network_address for network in known)):
        assert prefixes.find(address) is walked(clients, address)


def _is_room(network: Network, offset: int) -> bool:
    return int(network.broadcast_address) + offset < 1 << network.max_prefixlen


def test_of_five_thousand_nases_an_unknown_source_asks_none_in_turn() -> None:
    clients = Clients(lambda _, __: b"a secret of sixteen octets")
    clients.replace([ROW._replace(id=n, address=f"10.{n >> 8}.{n & 255}.1/32") for n in range(5_000)])
    sources = [f"192.{n >> 8}.{n & 255}.9" for n in range(2_000)]
    begun = perf_counter()
    assert not any(map(clients.find, sources))
    assert perf_counter() - begun < 0.4  # a walk takes 0.9 ms for each


def test_a_nas_that_signs_for_the_first_time_is_another_at_once() -> None:
    clients = Clients(lambda _, __: b"a secret of sixteen octets")
    clients.replace([ROW._replace(id=1, address="10.0.0.0/8"), ROW._replace(id=2, address="10.0.0.1/32")])
    before = clients.find("10.0.0.1")
    assert before is not None
    clients.learn(before)
    found = clients.find("10.0.0.1")
    assert found is not None
    assert (found.row.id, found.peer.has_sent_message_authenticator) == (2, True)


def test_of_made_up_sources_some_are_told_and_all_are_counted() -> None:
    attempts = Attempts()
    for n in range(10_000):
        attempts.unknown_source(f"192.0.{n % 5_000 >> 8}.{n & 255}", "auth")
    attempts.unknown_source("203.0.113.9", "acct")
    rows = attempts.take()
    told = [row for row in rows if row.source is not None]
    rest = [(row.kind, row.rule, row.operator_id) for row in rows if row.source is None]
    assert len(told) == UNKNOWN_MAX
    assert rest == [("auth", "D1", None), ("acct", "D1", None)]
    assert sum(row.times for row in rows) == 10_001
    assert attempts.totals["D1", "auth"] == 10_000
    assert attempts.take() == []
