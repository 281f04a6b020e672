"""Users on a router, as staff set it up (HN-10, HN-11)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from hotgate.apps.core import scope
from hotgate.apps.subscribers import jobs
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.subscribers.routers.models import RouterSource
from routeros import double
from routeros.double import Router


@pytest.fixture
def router() -> Iterator[Router]:
    with double.rest(Router()) as router:
        yield router


def address(cafe, verb=""):
    return f"/network/{cafe.nas.uuid}/router/{verb}"


def given(cafe, router, **changes):
    with scope.of(cafe.operator.id):
        realm = _realm(cafe)
    fields = {"enabled": "on", "protocol": "rest", "tls": "off", "port": router.port, "username": router.username}
    return {**fields, "password": router.password, "realm": realm, "printer_field": "comment", **changes}


def _realm(cafe):
    from hotgate.apps.subscribers import services

    return str(services.default_realm(cafe.operator).uuid)


def read(cafe):
    """As the worker does, who asks the NAS at its own address."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    with scope.of(cafe.operator.id):
        cafe.nas.coa_address = "127.0.0.1"
        cafe.nas.save()
    jobs.read_router(cafe.nas.id, cafe.operator.id)


def test_HN_10_a_manager_sets_a_router_up_and_sees_whom_it_brought(cafe, sign_in, router):
    router.add("t-1001", password="8842", profile="1h", comment="printer 1")
    router.add("maria", password="11112222")
    client = sign_in("manager")
    assert client.get(address(cafe)).status_code == 200
    plan = str(cafe.plans["1 hour"].uuid)
    rule = {"field0": "profile", "pattern0": "1h*", "plan0": plan, "printer_pattern": "printer*"}
    assert client.post(address(cafe), given(cafe, router, **rule)).status_code == 302
    read(cafe)
    html = sign_in("manager").get(address(cafe)).content.decode()
    assert "2 users were new." in html
    assert "t-1001" in html
    assert router.password not in html
    with scope.of(cafe.operator.id):
        found = Subscriber.objects.filter(created_via__in=("printer", "external"))
        made = dict(found.values_list("name", "created_via"))
        [rules] = RouterSource.objects.values_list("rules", flat=True)
    assert rules[0]["plan"] == cafe.plans["1 hour"].id
    assert made == {"t-1001": "printer", "maria": "external"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"port": "70000"}, "port"),
        ({"username": ""}, "username"),
        ({"password": ""}, "password"),
        ({"pattern0": "1h*", "plan0": ""}, "pattern0"),
        ({"protocol": "telnet"}, "protocol"),
    ],
)
def test_a_wrong_field_has_its_message_beside_it(cafe, sign_in, router, changes, field):
    response = sign_in().post(address(cafe), given(cafe, router, **changes))
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in response.content.decode()
    with scope.of(cafe.operator.id):
        assert not RouterSource.objects.exists()


def test_saved_again_without_a_password_the_old_one_stays(cafe, sign_in, router):
    client = sign_in()
    client.post(address(cafe), given(cafe, router))
    assert client.post(address(cafe), given(cafe, router, password="")).status_code == 302
    read(cafe)
    with scope.of(cafe.operator.id):
        assert RouterSource.objects.values_list("problem", flat=True).get() == ""


def test_a_router_is_read_no_more(cafe, sign_in, router):
    client = sign_in()
    client.post(address(cafe), given(cafe, router))
    assert client.post(address(cafe, "read/")).status_code == 302
    assert client.post(address(cafe, "remove/")).status_code == 302
    assert client.post(address(cafe, "read/")).status_code == 404


def test_another_operators_router_is_not_there(cafe, hotel, sign_in):
    client = sign_in()
    for verb in ("", "read/", "remove/"):
        assert client.post(address(hotel, verb)).status_code == 404
