"""Many new users in few statements; the caller's transaction makes it all or nothing.

Arrays and `unnest`, not COPY, which PostgreSQL refuses where row-level security is forced.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from hotgate import vault
from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import ids, keys
from hotgate.apps.subscribers import names, recharge
from hotgate.apps.subscribers.importing.checking import Person
from hotgate.apps.subscribers.models import Entitlement, Realm, Subscriber
from hotgate.domain import validity as validities
from hotgate.store import seals

CHUNK = 10_000
PASSWORD_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # without look-alikes
PASSWORD_LENGTH = 10

TAKE_IDS = "SELECT array_agg(nextval(pg_get_serial_sequence(%s, 'id'))) FROM generate_series(1, %s)"
INSERT_WALLETS = """
    INSERT INTO ledger_account (id, uuid, operator_id, kind, currency, balance_minor)
    SELECT id, uuid, %(operator)s, 'wallet', %(currency)s, 0 FROM unnest(%(wallets)s::bigint[], %(uuids)s::uuid[])
           AS new (id, uuid)"""
INSERT_SUBSCRIBERS = """
    INSERT INTO subscriber (id, uuid, operator_id, realm_id, wallet_id, name, display_name, phone, email, language,
                            created_via, created_at)
    SELECT new.*, %(via)s, %(now)s
      FROM (SELECT id, uuid, %(operator)s::bigint, %(realm)s::bigint, wallet, name, display_name, phone, email, language
              FROM unnest(%(ids)s::bigint[], %(uuids)s::uuid[], %(wallets)s::bigint[], %(names)s::text[],
                          %(display_names)s::text[], %(phones)s::text[], %(emails)s::text[], %(languages)s::text[])
                   AS given (id, uuid, wallet, name, display_name, phone, email, language)) AS new"""
INSERT_CREDENTIALS = """
    INSERT INTO credential (id, operator_id, subscriber_id, kind, name_key, created_at)
    SELECT id, %(operator)s, subscriber, 'password', name_key, %(now)s
      FROM unnest(%(credentials)s::bigint[], %(ids)s::bigint[], %(name_keys)s::text[])
           AS new (id, subscriber, name_key)"""
INSERT_SECRETS = """
    INSERT INTO credential_secret (credential_id, operator_id, pap_digest, sealed)
    SELECT id, %(operator)s, digest, sealed
      FROM unnest(%(credentials)s::bigint[], %(digests)s::bytea[], %(sealed)s::bytea[]) AS new (id, digest, sealed)"""
# everything but whose it is comes from one entitlement of the plan
INSERT_ENTITLEMENTS = """
    INSERT INTO entitlement (uuid, operator_id, subscriber_id, plan_id, created_at, starts_at, validity_kind,
                             validity_amount, validity_unit, amount, cycles, valid_until, cycle_anchor, price_minor,
                             payment_state)
    SELECT uuid, %(operator)s, subscriber, %(plan)s, %(now)s, %(starts_at)s, %(validity_kind)s, %(validity_amount)s,
           %(validity_unit)s, %(amount)s, %(cycles)s, %(valid_until)s, %(cycle_anchor)s, %(price_minor)s,
           %(payment_state)s
      FROM unnest(%(uuids)s::uuid[], %(holders)s::bigint[]) AS new (uuid, subscriber)"""


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
    for some in _chunks(persons):
        passwords = [person.password or password() for person in some]
        _write_chunk(common, some, passwords, samples)
        made += [(each.name, chosen) for each, chosen in zip(some, passwords, strict=True) if not each.password]
    return made


def password() -> str:
    return "".join(secrets.choice(PASSWORD_LETTERS) for _ in range(PASSWORD_LENGTH))


def _write_chunk(
    common: Mapping[str, Any],
    persons: Sequence[Person],
    passwords: Sequence[str],
    samples: Mapping[str, Entitlement],
) -> None:
    count = len(persons)
    own = _taken("subscriber", count)
    wallets: dict[str, Any] = {"wallets": _taken("ledger_account", count), "uuids": _uuids(count)}
    columns: dict[str, Any] = {"ids": own, "wallets": wallets["wallets"], "uuids": _uuids(count)}
    for field in ("name", "display_name", "phone", "email", "language"):
        columns[f"{field}s"] = [getattr(person, field) for person in persons]
    proofs = _taken("credential", count)
    name_keys = [names.name_key(person.name) for person in persons]
    credentials: dict[str, Any] = {"credentials": proofs, "ids": own, "name_keys": name_keys}
    with connection.cursor() as cursor:
        cursor.execute(INSERT_WALLETS, {**common, **wallets})
        cursor.execute(INSERT_SUBSCRIBERS, {**common, **columns})
        cursor.execute(INSERT_CREDENTIALS, {**common, **credentials})
        cursor.execute(INSERT_SECRETS, {**common, **_secrets(own, proofs, passwords)})
        for name, sample in samples.items():
            holders = [id_ for id_, person in zip(own, persons, strict=True) if person.plan.lower() == name]
            values = {field.attname: getattr(sample, field.attname) for field in Entitlement._meta.concrete_fields}
            given = {**values, **common, "plan": sample.plan_id, "holders": holders, "uuids": _uuids(len(holders))}
            cursor.execute(INSERT_ENTITLEMENTS, given)


def _secrets(subscribers: Sequence[int], credentials: Sequence[int], passwords: Sequence[str]) -> dict[str, Any]:
    current, digests, sealed = keys.current(), [], []
    for subscriber, credential, chosen in zip(subscribers, credentials, passwords, strict=True):
        octets = chosen.encode()
        digests.append(vault.wire_digest(current.wire, seals.subscriber_ref(subscriber), octets))
        sealed.append(vault.seal(current.network, octets, seals.credential_place(credential)))
    return {"credentials": credentials, "digests": digests, "sealed": sealed}


def _sample(realm: Realm, plan: Plan, now: datetime) -> Entitlement:
    """What somebody of this realm is given with the plan; imported users belong to no site."""
    nobody = Subscriber(operator=realm.operator)
    terms = catalogue.terms_of([plan.id])[plan.id]
    granted = validities.grant(terms, id=0, created_at=now, starts_at=now, zone=recharge.zone_of(nobody))
    return recharge.new_entitlement(nobody, plan, terms, granted)


def _taken(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_IDS, [table, count])
        return list(cursor.fetchone()[0])


def _uuids(count: int) -> list[Any]:
    return [ids.uuid7() for _ in range(count)]


def _chunks(persons: Sequence[Person]) -> Iterator[Sequence[Person]]:
    for begun in range(0, len(persons), CHUNK):
        yield persons[begun : begun + CHUNK]
