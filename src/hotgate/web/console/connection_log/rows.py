"""A session as a row of the logs: its times, its addresses, its cause in words (HN-25, HN-26)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from hotgate.apps.subscribers import queries as subscribers
from hotgate.apps.usage import associations
from hotgate.domain import people, stations
from hotgate.web.shared.seat import StaffRequest


class Row(NamedTuple):
    session: Any
    mac: str  # AA-BB-CC-DD-EE-FF; '' where none is known: then the row has no menu (HN-27)
    cause: str  # translated
    station: stations.Station
    is_bound: bool  # the device logs its user in by itself

    @property
    def uuid(self) -> Any:
        return self.session.uuid

    @property
    def started_at(self) -> Any:
        return self.session.started_at

    @property
    def id(self) -> Any:
        return self.session.id

    @property
    def user(self) -> str:
        return str(self.session.user_name or (self.session.subscriber.name if self.session.subscriber else ""))

    @property
    def length(self) -> str:
        return hms(self.session.seconds)

    @property
    def addresses(self) -> str:
        return ", ".join(filter(None, [self.session.framed_ip, *self.session.framed_ipv6]))

    @property
    def gateway_mac(self) -> str:
        """Called-Station-Id: of a gateway its own address, of a radio the access point's."""
        return self.station.mac or str(self.session.called_station)

    @property
    def can_part(self) -> bool:
        """HN-28: bound to a user, or the user itself (HN-29)."""
        subscriber = self.session.subscriber
        return subscriber is not None and (self.is_bound or subscriber.kind == "device")

    @property
    def is_random(self) -> bool:
        return people.is_random_mac(self.mac)


def rows_of(request: StaffRequest, sessions: Iterable[Any]) -> list[Row]:
    found = list(sessions)
    causes = associations.causes_of(found)
    bound = subscribers.macs_bound_to({each.subscriber_id for each in found if each.subscriber_id})
    return [_row(each, causes[each.id], bound) for each in found]


def _row(session: Any, cause: str, bound: set[tuple[int, str]]) -> Row:
    mac = people.mac_address(str(session.mac or session.device)) or ""
    station = stations.station_of(session.called_station)
    return Row(session, mac, _(cause) if cause else "", station, (session.subscriber_id, mac) in bound)


def hms(seconds: int) -> str:
    """`27:05:09`: hours, minutes, seconds; hours go on."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
