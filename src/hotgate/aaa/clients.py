"""Which NAS an address belongs to: the longest prefix wins. The list is read again within a second of a change."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, TypeAlias, cast

from hotgate import vault
from hotgate.aaa import vendors
from hotgate.aaa.vendors.standard import Maker
from hotgate.domain.access import NasTraits
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.server import Peer
from hotgate.store import seals
from hotgate.store.network import NasRow

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Require: TypeAlias = Literal["yes", "no", "auto"]

REMEMBERED_SOURCES_MAX = 100_000


class Client(NamedTuple):
    """One NAS, ready for use."""

    row: NasRow
    network: Network
    peer: Peer
    maker: Maker
    traits: NasTraits
    client_view: bool  # its Acct-Input-Octets are what the client received
    previous: Peer | None = None  # with the secret before, while the NAS is being changed
    blocked: frozenset[str] = frozenset()  # devices

    @property
    def coa_address(self) -> str | None:
        """Where orders go; None when only the source of its packets tells (a prefix)."""
        if self.row.coa_address:
            return self.row.coa_address
        is_single = self.network.num_addresses == 1
        return str(self.network.network_address) if is_single else None

    @property
    def reject_delay_seconds(self) -> float:
        given = self.row.reject_delay_ms
        return (self.maker.reject_delay_ms if given is None else given) / 1000


class Prefixes:
    """Clients by network: one look-up for each length of prefix in use, whatever their number.

    Anybody may send from made-up addresses, and each is looked up.
    """

    def __init__(self, clients: Iterable[Client] = ()) -> None:
        # by version of IP, then by how many bits tell hosts apart, the fewest first
        self._tables: dict[int, dict[int, dict[int, Client]]] = {4: {}, 6: {}}
        for client in sorted(clients, key=lambda each: _host_bits(each.network)):
            self.put(client)

    def put(self, client: Client) -> None:
        """In the place of the one before. A length that is not in use yet comes last."""
        network = client.network
        bits = _host_bits(network)
        table = self._tables[network.version].setdefault(bits, {})
        table[int(network.network_address) >> bits] = client

    def find(self, address: Address) -> Client | None:
        """The one with the longest prefix."""
        number = int(address)
        for bits, table in self._tables[address.version].items():
            client = table.get(number >> bits)
            if client is not None:
                return client
        return None


class Clients:
    """All NASes by address. Replacing the list keeps the keyed states of those that did not change."""

    def __init__(self, unseal: Callable[[NasRow, bytes], bytes]) -> None:
        self._unseal = unseal
        self._by_id: dict[int, Client] = {}
        self._prefixes = Prefixes()
        self._by_source: dict[str, Client | None] = {}
        self.are_read = False  # at least once
        self.unreadable: list[int] = []  # NASes whose secret does not open

    def __len__(self) -> int:
        return len(self._by_id)

    def find(self, host: str) -> Client | None:
        """The NAS that speaks from this address, or None (D1)."""
        try:
            return self._by_source[host]
        except KeyError:
            return self._search(host)

    def by_id(self, nas_id: int) -> Client | None:
        return self._by_id.get(nas_id)

    def ids(self) -> list[int]:
        return list(self._by_id)

    def rows(self) -> list[NasRow]:
        """The list, for another process."""
        return [client.row for client in self._by_id.values()]

    def learn(self, client: Client) -> None:
        """This NAS has signed an Access-Request: from now on *auto* asks for it."""
        if client.row.id in self._by_id:
            row = client.row._replace(has_sent_message_authenticator=True)
            before = client.previous.key if client.previous is not None else None
            self._by_id[row.id] = learned = client_of(row, client.peer.key, before)
            self._prefixes.put(learned)
            self._by_source.clear()

    def replace(self, rows: Iterable[NasRow]) -> None:
        """Take over a freshly read list."""
        self.are_read = True
        self.unreadable = []
        fresh: dict[int, Client] = {}
        for row in rows:
            known = self._by_id.get(row.id)
            client = known if known is not None and known.row == row else self._client(row)
            if client is not None:
                fresh[row.id] = client
        self._by_id = fresh
        self._prefixes = Prefixes(fresh.values())
        self._by_source.clear()

    def _search(self, host: str) -> Client | None:
        if len(self._by_source) >= REMEMBERED_SOURCES_MAX:
            self._by_source.clear()
        found = self._by_source[host] = self._prefixes.find(_address(host))
        return found

    def _client(self, row: NasRow) -> Client | None:
        try:
            key = ClientKey(self._unseal(row, row.sealed_secret))
            before = row.previous_sealed and ClientKey(self._unseal(row, row.previous_sealed))
        except (vault.VaultError, ValueError):
            self.unreadable.append(row.id)
            return None
        return client_of(row, key, before or None)


def client_of(row: NasRow, key: ClientKey, before: ClientKey | None = None) -> Client:
    """What follows from a NAS's row for packets and decisions."""
    maker = vendors.maker(row.maker)
    require = cast(Require, row.require_message_authenticator)
    peer = Peer(key, require, row.limit_proxy_state, row.has_sent_message_authenticator)
    swapped = maker.client_view if row.octets_swapped is None else row.octets_swapped
    return Client(
        row=row,
        network=ipaddress.ip_network(row.address, strict=False),
        peer=peer,
        previous=None if before is None else dataclasses.replace(peer, key=before),
        maker=maker,
        traits=NasTraits(
            id=row.id,
            maker=maker.name,
            can_confine=row.can_confine,
            can_reauthorize=maker.volume_by_coa,
            sends_accounting=row.sends_accounting,
            mac_login=row.mac_login,
            lacks_gigawords=row.lacks_gigawords,
            site_id=row.site_id,
            users_max=row.users_max,
        ),
        client_view=swapped,
        blocked=frozenset(row.blocked or ()),
    )


def unsealer(keys: vault.Keys) -> Callable[[NasRow, bytes], bytes]:
    """Opens the secrets of NAS rows; raises VaultError."""
    return lambda row, sealed: vault.unseal(keys.network, bytes(sealed), seals.nas_secret_place(row.id))


def _host_bits(network: Network) -> int:
    return network.max_prefixlen - network.prefixlen


def _address(host: str) -> Address:
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)  # a dual-stack socket shows IPv4 as ::ffff:a.b.c.d
    return mapped or address
