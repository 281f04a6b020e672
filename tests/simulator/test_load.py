"""`hotgate load`: many subscribers at once, whom the rules accept like any other."""

from __future__ import annotations

import pathlib

import pytest

import world as worlds
from hotgate import cli, vault
from hotgate.commands import load
from hotgate.commands.errors import CommandError


@pytest.fixture
def world(db: None) -> worlds.World:
    return worlds.make()


def test_subscribers_and_sessions_in_the_numbers_asked_for(world: worlds.World, tmp_path: pathlib.Path) -> None:
    from hotgate.apps.core import keys
    from hotgate.apps.subscribers.models import CredentialSecret, Entitlement, Subscriber
    from hotgate.apps.usage.models import AccessSession
    from hotgate.store import seals

    out = tmp_path / "users"
    with out.open("w") as file:
        ids = load.load_subscribers(world.operator, 30, file, with_chap=True)
    world.nas()
    load.open_sessions(world.operator, ids, 45)
    assert Subscriber.objects.filter(id__in=ids, operator=world.operator).count() == 30
    assert Entitlement.objects.filter(subscriber_id__in=ids, live=True).count() == 30
    assert AccessSession.objects.filter(subscriber_id__in=ids, stopped_at__isnull=True).count() == 45
    name, password = out.read_text().splitlines()[7].split(",")
    assert name == f"load{ids[7]}"
    secret = CredentialSecret.objects.get(credential__subscriber_id=ids[7])
    digest = vault.wire_digest(keys.current().wire, seals.subscriber_ref(ids[7]), password.encode())
    assert bytes(secret.pap_digest) == digest
    place = seals.credential_place(secret.credential_id)
    assert vault.unseal(keys.current().network, bytes(secret.sealed), place) == password.encode()


def test_whoever_was_loaded_would_be_let_in(world: worlds.World, tmp_path: pathlib.Path) -> None:
    from hotgate.apps.core import scope
    from hotgate.commands import user

    with (tmp_path / "users").open("w") as file:
        ids = load.load_subscribers(world.operator, 1, file)
    with scope.of(world.operator.id):
        found = user.look_up(world.operator, f"load{ids[0]}")
    assert found is not None
    assert found["decision"] == {"accepted": True, "reason": None}
    assert found["entitlements"][0]["plan"] == load.PLAN_NAME


def test_a_second_load_comes_on_top_with_the_same_plan(world: worlds.World, tmp_path: pathlib.Path) -> None:
    from hotgate.apps.catalogue.models import Plan

    with (tmp_path / "users").open("w") as file:
        first = load.load_subscribers(world.operator, 2, file)
        second = load.load_subscribers(world.operator, 2, file)
    assert not set(first) & set(second)
    assert Plan.objects.filter(operator=world.operator, name=load.PLAN_NAME).count() == 1
    assert (tmp_path / "users").read_text().count("\n") == 4


def test_two_writers_make_all_of_them_or_none(transactional_db: None, tmp_path: pathlib.Path) -> None:
    from hotgate.apps.subscribers.models import Subscriber
    from hotgate.apps.usage.models import AccessSession

    world = worlds.make()

    def count() -> tuple[int, int]:
        rows = Subscriber.objects.filter(operator=world.operator, created_via="load")
        return rows.count(), AccessSession.objects.filter(operator=world.operator).count()

    with (tmp_path / "users").open("w") as file:
        with pytest.raises(CommandError, match="sessions need a NAS"):
            load.side_by_side(world.operator, 5, 1, file)  # the odd session is the second writer's, and the failure
        assert count() == (0, 0)
        world.nas()
        load.side_by_side(world.operator, 1, 2, file)
        load.side_by_side(world.operator, 5, 7, file)
    assert count() == (6, 9)


@pytest.mark.parametrize("words", ["--subscribers 0", "--subscribers 1 --sessions -1"])
def test_numbers_out_of_range_are_refused(words: str, tmp_path: pathlib.Path) -> None:
    assert cli.main(["load", *words.split(), "--out", str(tmp_path / "users")]) == 2


def test_the_file_is_for_its_owner_only(tmp_path: pathlib.Path) -> None:
    with load._opened(tmp_path / "users"):
        assert (tmp_path / "users").stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="cannot be written"), load._opened(tmp_path / "no" / "users"):
        pass
