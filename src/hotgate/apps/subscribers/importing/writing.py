"""Many new users in few statements; the caller's transaction makes it all or nothing.

Arrays and `unnest`, not COPY, which PostgreSQL refuses where row-level security is forced.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from hotgate import vault
from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import ids, keys
from hotgate.apps.subscribers import readable, recharge, sales
from hotgate.apps.subscribers.importing.checking import Person
from hotgate.apps.subscribers.models import Entitlement, Realm, Sale, Subscriber, SubscriberKind
from hotgate.domain import validity as validities
from hotgate.domain.subscriber import CredentialKind
from hotgate.store import seals

CHUNK = 10_000

TAKE_IDS = "SELECT array_agg(nextval(pg_get_serial_sequence(%s, 'id'))) FROM generate_series(1, %s)"
INSERT_WALLETS = """
    INSERT INTO ledger_account (id, uuid, operator_id, kind, currency, balance_minor)
    SELECT id, uuid, %(operator)s, 'wallet', %(currency)s, 0 FROM unnest(%(wallets)s::bigint[], %(uuids)s::uuid[])
           AS new (id, uuid)"""
INSERT_SUBSCRIBERS = """
    INSERT INTO subscriber (id, uuid, operator_id, realm_id, wallet_id, kind, name, display_name, phone, email,
                            language, person, created_via, created_at)
    SELECT new.*, %(via)s, %(now)s
      FROM (SELECT id, uuid, %(operator)s::bigint, %(realm)s::bigint, wallet, %(kind)s, name, display_name, phone,
                   email, language, person::jsonb
              FROM unnest(%(ids)s::bigint[], %(uuids)s::uuid[], %(wallets)s::bigint[], %(names)s::text[],
                          %(display_names)s::text[], %(phones)s::text[], %(emails)s::text[], %(languages)s::text[],
                          %(mores)s::text[])
                   AS given (id, uuid, wallet, name, display_name, phone, email, language, person)) AS new"""
INSERT_CREDENTIALS = """
    INSERT INTO credential (id, operator_id, subscriber_id, kind, name_key, created_at)
    SELECT id, %(operator)s, subscriber, %(proof)s, name_key, %(now)s
      FROM unnest(%(credentials)s::bigint[], %(ids)s::bigint[], %(name_keys)s::text[])
           AS new (id, subscriber, name_key)"""
INSERT_MACS = """
    INSERT INTO mac_address (credential_id, operator_id, subscriber_id, mac)
    SELECT id, %(operator)s, subscriber, mac
      FROM unnest(%(credentials)s::bigint[], %(ids)s::bigint[], %(names)s::macaddr[]) AS new (id, subscriber, mac)"""
INSERT_SECRETS = """
    INSERT INTO credential_secret (credential_id, operator_id, pap_digest, sealed)
    SELECT id, %(operator)s, digest, sealed
      FROM unnest(%(credentials)s::bigint[], %(digests)s::bytea[], %(sealed)s::bytea[]) AS new (id, digest, sealed)"""
INSERT_READABLE = """
    INSERT INTO readable_password (subscriber_id, operator_id, sealed)
    SELECT id, %(operator)s, sealed FROM unnest(%(ids)s::bigint[], %(readable)s::bytea[]) AS new (id, sealed)"""
# everything but whose it is comes from one entitlement of the plan
INSERT_ENTITLEMENTS = """
    INSERT INTO entitlement (id, uuid, operator_id, subscriber_id, plan_id, created_at, starts_at, validity_kind,
                             validity_amount, validity_unit, amount, cycles, valid_until, cycle_anchor, price_minor,
                             payment_state)
    SELECT id, uuid, %(operator)s, subscriber, %(plan)s, %(now)s, %(starts_at)s, %(validity_kind)s,
           %(validity_amount)s, %(validity_unit)s, %(amount)s, %(cycles)s, %(valid_until)s, %(cycle_anchor)s,
           %(price_minor)s, %(payment_state)s
      FROM unnest(%(given)s::bigint[], %(uuids)s::uuid[], %(holders)s::bigint[]) AS new (id, uuid, subscriber)"""
# and its sale, to be paid: HN-A7
INSERT_SALES = """
    INSERT INTO sale (uuid, operator_id, reference, subscriber_id, plan_id, state, currency, price_minor, cost_minor,
                      chain, at)
    SELECT uuid, %(operator)s, 'entitlement:' || id, subscriber, %(plan)s, %(state)s, %(currency)s, %(price_minor)s,
           %(cost_minor)s, %(chain)s::jsonb, %(now)s
      FROM unnest(%(given)s::bigint[], %(uuids)s::uuid[], %(holders)s::bigint[]) AS new (id, uuid, subscriber)"""


class Sample(NamedTuple):
    """What each holder of a plan gets."""

    entitlement: Entitlement
    sale: Sale | None  # None: the plan costs nothing by itself


def write(
    realm: Realm, persons: Sequence[Person], plans: Mapping[str, Plan], now: datetime, created_via: str
) -> list[tuple[str, str]]:
    """The names with the passwords that were made for those who came without one. IntegrityError: a name is taken."""
    made: list[tuple[str, str]] = []
    wanted = {person.plan.lower() for person in persons if person.plan}
    samples = {name: _sample(realm, plans[name], now) for name in wanted}
    common = {
        "operator": realm.operator_id,
        "realm": realm.id,
        "currency": realm.operator.currency,
        "now": now,
        "via": created_via,
    }
    for some in _chunks([person for person in persons if not person.mac]):
        passwords = [person.password or readable.new_password() for person in some]
        own = _write_persons(common, some, passwords, realm.keep_readable)
        _give(common, some, own, samples)
        made += [(each.name, chosen) for each, chosen in zip(some, passwords, strict=True) if not each.password]
    for some in _chunks([person for person in persons if person.mac]):
        _give(common, some, _write_devices(common, some), samples)
    return made


def _write_persons(
    common: Mapping[str, Any], persons: Sequence[Person], passwords: Sequence[str], keep_readable: bool
) -> list[int]:
    """Their ids."""
    rows = _rows(persons, [person.name for person in persons])
    wallets = {"wallets": _taken("ledger_account", len(persons)), "uuids": _uuids(len(persons))}
    kinds = {"kind": str(SubscriberKind.PERSON), "proof": str(CredentialKind.PASSWORD)}
    with connection.cursor() as cursor:
        cursor.execute(INSERT_WALLETS, {**common, **wallets})
        cursor.execute(INSERT_SUBSCRIBERS, {**common, **kinds, **rows, "wallets": wallets["wallets"]})
        cursor.execute(INSERT_CREDENTIALS, {**common, **kinds, **rows})
        cursor.execute(INSERT_SECRETS, {**common, **_secrets(rows["ids"], rows["credentials"], passwords)})
        if keep_readable:
            kept = [readable.sealed(id_, chosen) for id_, chosen in zip(rows["ids"], passwords, strict=True)]
            cursor.execute(INSERT_READABLE, {**common, "ids": rows["ids"], "readable": kept})
    return list(rows["ids"])


def _write_devices(common: Mapping[str, Any], devices: Sequence[Person]) -> list[int]:
    """Without a wallet and a password, as `devices.register_device` makes them."""
    rows = _rows(devices, [device.mac for device in devices])
    kinds = {"kind": str(SubscriberKind.DEVICE), "proof": str(CredentialKind.MAC)}
    with connection.cursor() as cursor:
        cursor.execute(INSERT_SUBSCRIBERS, {**common, **kinds, **rows, "wallets": [None] * len(devices)})
        cursor.execute(INSERT_CREDENTIALS, {**common, **kinds, **rows})
        cursor.execute(INSERT_MACS, {**common, **rows})
    return list(rows["ids"])


def _rows(persons: Sequence[Person], shown: Sequence[str]) -> dict[str, Any]:
    """Columns of subscribers and their credentials; `shown`: their names."""
    count = len(persons)
    columns: dict[str, Any] = {"ids": _taken("subscriber", count), "uuids": _uuids(count), "names": list(shown)}
    for field in ("display_name", "phone", "email", "language"):
        columns[f"{field}s"] = [getattr(person, field) for person in persons]
    columns["mores"] = [json.dumps(dict(person.more)) for person in persons]
    return {
        **columns,
        "credentials": _taken("credential", count),
        "name_keys": [person.key for person in persons],
    }


def _give(
    common: Mapping[str, Any], persons: Sequence[Person], own: Sequence[int], samples: Mapping[str, Sample]
) -> None:
    for name, sample in samples.items():
        holders = [id_ for id_, person in zip(own, persons, strict=True) if person.plan.lower() == name]
        if not holders:
            continue
        count = len(holders)
        rows = {"plan": sample.entitlement.plan_id, "given": _taken("entitlement", count), "holders": holders}
        with connection.cursor() as cursor:
            values = {**_values(sample.entitlement), **common, **rows, "uuids": _uuids(count)}
            cursor.execute(INSERT_ENTITLEMENTS, values)
            if sample.sale is not None:
                values = {**_values(sample.sale), **common, **rows, "uuids": _uuids(count)}
                cursor.execute(INSERT_SALES, values | {"chain": json.dumps(sample.sale.chain)})


def _values(row: Entitlement | Sale) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _secrets(subscribers: Sequence[int], credentials: Sequence[int], passwords: Sequence[str]) -> dict[str, Any]:
    current, digests, sealed = keys.current(), [], []
    for subscriber, credential, chosen in zip(subscribers, credentials, passwords, strict=True):
        octets = chosen.encode()
        digests.append(vault.wire_digest(current.wire, seals.subscriber_ref(subscriber), octets))
        sealed.append(vault.seal(current.network, octets, seals.credential_place(credential)))
    return {"credentials": credentials, "digests": digests, "sealed": sealed}


def _sample(realm: Realm, plan: Plan, now: datetime) -> Sample:
    """What somebody of this realm is given with the plan; imported users belong to no site."""
    nobody = Subscriber(operator=realm.operator)
    terms = catalogue.terms_of([plan.id])[plan.id]
    granted = validities.grant(terms, id=0, created_at=now, starts_at=now, zone=recharge.zone_of(nobody))
    given = recharge.new_entitlement(nobody, plan, terms, granted)
    sale = sales.given_sale(given, plan, now, sales.wholesale_of(plan)) if sales.is_sold(given, plan) else None
    return Sample(given, sale)


def _taken(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_IDS, [table, count])
        return list(cursor.fetchone()[0])


def _uuids(count: int) -> list[Any]:
    return [ids.uuid7() for _ in range(count)]


def _chunks(persons: Sequence[Person]) -> Iterator[Sequence[Person]]:
    for begun in range(0, len(persons), CHUNK):
        yield persons[begun : begun + CHUNK]
