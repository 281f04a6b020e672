"""Attributes of the requests that a NAS sends: who it is, who the guest is, and what is reported."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final, Literal

from hotgate.radius import attributes as attr
from hotgate.radius import passwords
from hotgate.radius.attributes import AcctStatusType, NasPortType, ServiceType
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import attribute, ipv4, text, uint32
from hotgate.simulator.mischief import Habits
from hotgate.simulator.session import Report

_BOOT_OF_CLOCKLESS: Final = 40  # seconds after 1970 at which a NAS without a clock has started
_AUTHENTIC_RADIUS: Final = 1

Method = Literal["pap", "chap"]


@dataclass(frozen=True, slots=True)
class Identity:
    """The NAS as it names itself."""

    address: str = "127.0.0.1"
    name: str = "simulated-nas"
    called_station: str = "02-00-00-00-00-01:Hotspot"


@dataclass(frozen=True, slots=True)
class Guest:
    """A name, a secret, a device; `number` makes port and address."""

    name: str
    password: str
    mac: str
    number: int = 1

    @property
    def address(self) -> str:
        """The address that the NAS leased to the device."""
        return f"10.{5 + (self.number >> 16)}.{self.number >> 8 & 255}.{self.number & 255}"


def access(guest: Guest, nas: Identity, session_id: str, method: Method, key: ClientKey, nonce: bytes) -> bytes:
    """An Access-Request's attributes; `nonce` is its Request Authenticator."""
    secret = guest.password.encode()
    if method == "pap":
        proof = attribute(attr.USER_PASSWORD, passwords.hide_password(secret, key, nonce))
    else:
        challenge = os.urandom(16)
        response = passwords.chap_response(guest.number & 255, secret, challenge)
        proof = attribute(attr.CHAP_PASSWORD, response) + attribute(attr.CHAP_CHALLENGE, challenge)
    return (
        attribute(attr.USER_NAME, text(guest.name))
        + proof
        + _place(guest, nas)
        + attribute(attr.SERVICE_TYPE, uint32(ServiceType.LOGIN))
        + attribute(attr.ACCT_SESSION_ID, text(session_id))
    )


def accounting(
    report: Report,
    guest: Guest,
    nas: Identity,
    habits: Habits,
    *,
    user_name: str,
    classes: tuple[bytes, ...] = (),
    booted_at: float = 0.0,
    delay_seconds: int = 0,
) -> bytes:
    """An Accounting-Request's attributes. An Event-Timestamp says when; a delay is told beside it (RFC 2866 §5.2)."""
    octets = (
        attribute(attr.ACCT_STATUS_TYPE, uint32(report.kind))
        + attribute(attr.ACCT_SESSION_ID, text(report.session_id))
        + attribute(attr.USER_NAME, text(user_name))
        + _place(guest, nas)
        + attribute(attr.FRAMED_IP_ADDRESS, ipv4(guest.address))
        + attribute(attr.ACCT_AUTHENTIC, uint32(_AUTHENTIC_RADIUS))
        + _event_time(report.at, habits, booted_at)
    )
    if delay_seconds:
        octets += attribute(attr.ACCT_DELAY_TIME, uint32(delay_seconds))
    if habits.echoes_class:
        octets += b"".join(attribute(attr.CLASS, value) for value in classes)
    if report.kind is not AcctStatusType.START:
        octets += _counters(report, habits)
    if report.cause is not None:
        octets += attribute(attr.ACCT_TERMINATE_CAUSE, uint32(report.cause))
    return octets


def accounting_on(nas: Identity, at: float, habits: Habits, booted_at: float) -> bytes:
    """An Accounting-On: the NAS has started, and knows of no session (RFC 2866 §5.1)."""
    return (
        attribute(attr.ACCT_STATUS_TYPE, uint32(AcctStatusType.ACCOUNTING_ON))
        + attribute(attr.ACCT_SESSION_ID, b"00000000")
        + attribute(attr.NAS_IP_ADDRESS, ipv4(nas.address))
        + attribute(attr.NAS_IDENTIFIER, text(nas.name))
        + _event_time(at, habits, booted_at)
    )


def _place(guest: Guest, nas: Identity) -> bytes:
    return (
        attribute(attr.NAS_IP_ADDRESS, ipv4(nas.address))
        + attribute(attr.NAS_IDENTIFIER, text(nas.name))
        + attribute(attr.NAS_PORT, uint32(guest.number))
        + attribute(attr.NAS_PORT_TYPE, uint32(NasPortType.WIRELESS_802_11))
        + attribute(attr.CALLED_STATION_ID, text(nas.called_station))
        + attribute(attr.CALLING_STATION_ID, text(guest.mac))
    )


def _event_time(at: float, habits: Habits, booted_at: float) -> bytes:
    seconds = int(at) - int(booted_at) + _BOOT_OF_CLOCKLESS if habits.starts_in_1970 else int(at)
    return attribute(attr.EVENT_TIMESTAMP, uint32(seconds))


def _counters(report: Report, habits: Habits) -> bytes:
    received, sent = report.octets_in, report.octets_out
    if habits.swaps_octets:
        received, sent = sent, received
    octets = attribute(attr.ACCT_SESSION_TIME, uint32(report.seconds))
    for number, low, high, packets in (
        (received, attr.ACCT_INPUT_OCTETS, attr.ACCT_INPUT_GIGAWORDS, attr.ACCT_INPUT_PACKETS),
        (sent, attr.ACCT_OUTPUT_OCTETS, attr.ACCT_OUTPUT_GIGAWORDS, attr.ACCT_OUTPUT_PACKETS),
    ):
        octets += attribute(low, uint32(number & 0xFFFFFFFF))
        octets += attribute(packets, uint32(-(-number // 1000) & 0xFFFFFFFF))
        if habits.has_gigawords:
            octets += attribute(high, uint32(number >> 32))
    return octets
