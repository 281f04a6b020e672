"""A small world for the rules: plans, entitlements and a subscriber, each with what a case leaves out filled in."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hotgate.domain import validity
from hotgate.domain.access import AccessRequest, NasTraits
from hotgate.domain.accounting import Account
from hotgate.domain.catalogue import (
    Cap,
    CapAction,
    CycleRule,
    Measure,
    Payment,
    Period,
    Plan,
    ServiceProfile,
    Tariff,
    Unit,
    Validity,
    ValidityKind,
)
from hotgate.domain.sessions import Record, RecordKind
from hotgate.domain.subscriber import AccessState, Credential, CredentialKind, Entitlement

ROME = ZoneInfo("Europe/Rome")
NOON = datetime(2026, 6, 20, 10, 0, tzinfo=UTC)  # 12:00 in Rome
LONG_AGO = datetime(2026, 6, 1, tzinfo=UTC)
MB = 10**6
GB = 10**9
HOUR = 3600
MAC = "02-00-00-00-00-01"
OTHER_MAC = "02-00-00-00-00-02"
NAS = NasTraits(id=1)
FIRST_USE_DAY = Validity(ValidityKind.FROM_FIRST_USE, 1, Unit.DAY)
MONTHLY = CycleRule(Period.MONTH)


def plan(id: int = 1, **terms: Any) -> Plan:
    profile = ServiceProfile(id=id, devices_max=terms.pop("devices", 1), **terms.pop("profile", {}))
    defaults: dict[str, Any] = {"payment": Payment.PREPAID, "measure": Measure.NONE}
    return Plan(id=id, name=f"plan {id}", profile=profile, **(defaults | terms))


def hour(**terms: Any) -> Plan:
    return plan(**({"measure": Measure.TIME, "amount": HOUR} | terms))


def traffic(amount: int | None = 10 * MB, **terms: Any) -> Plan:
    return plan(**({"measure": Measure.TRAFFIC, "amount": amount} | terms))


def metered(price: str = "3.00", **terms: Any) -> Plan:
    """Postpaid time: `price` per hour."""
    tariff = Tariff(Decimal(price), HOUR)
    return plan(**({"measure": Measure.TIME, "payment": Payment.POSTPAID, "tariff": tariff} | terms))


def capped(amount: int = GB, action: CapAction = CapAction.DISCONNECT, **terms: Any) -> Plan:
    cap = Cap(amount, action, CycleRule(Period.MONTH, None), throttle_download_bps=1_000_000)
    return plan(**({"cap": cap} | terms))


def holding(of: Plan, id: int = 1, **changes: Any) -> Entitlement:
    """An entitlement given long ago; `used=…` and other fields as the case wants them."""
    at = changes.pop("created_at", LONG_AGO)
    starts_at = changes.pop("starts_at", at)
    given = validity.grant(of, id=id, created_at=at, starts_at=starts_at, zone=ROME)
    return given._replace(**changes)


def person(*entitlements: Entitlement, **changes: Any) -> AccessState:
    credential = Credential(1, CredentialKind.PASSWORD, b"digest of secret", b"secret")
    state = AccessState(7, 1, ROME, credential, entitlements)
    return state._replace(**changes)


def asks(device: str = MAC, nas: NasTraits = NAS, **changes: Any) -> AccessRequest:
    return AccessRequest("ada", None, device, nas)._replace(**changes)


def account(*entitlements: Entitlement, nas: NasTraits = NAS, **changes: Any) -> Account:
    return Account(person(*entitlements, **changes), (), {nas.id: nas})


def says(kind: RecordKind | str, seconds: int = 0, down: int = 0, up: int = 0, **changes: Any) -> Record:
    """A record of the session `s1` that began at NOON; event time is start + session time unless given."""
    began = changes.pop("began", NOON)
    event_at = changes.pop("event_at", began + timedelta(seconds=seconds))
    defaults: dict[str, Any] = {
        "nas_id": 1,
        "acct_session_id": "s1",
        "received_at": event_at,
        "device": MAC,
        "user_name": "ada",
        "entitlement_id": 1,
    }
    return Record(
        RecordKind(kind),
        event_at=event_at,
        session_seconds=seconds,
        octets_in=up,
        octets_out=down,
        **(defaults | changes),
    )
