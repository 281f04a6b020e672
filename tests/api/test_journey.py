"""A hotel's program, from check-in to check-out, with a real AAA server and a NAS on real UDP."""

from __future__ import annotations

import threading
import time
import uuid

import httpx
import pytest

from aaa import running
from aaa.running import Nas
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Code

pytestmark = pytest.mark.django_db(transaction=True)
HOST = "127.9.8.7"
START, STOP = 1, 2


@pytest.fixture
def hotel_desk(transactional_db, live_server):
    """(client, NAS, plan): the program's client with the API, and the hotel's gateway."""
    from django.db.backends.signals import connection_created

    from api.program import token_for
    from hotgate.apps.core import partitions, scope
    from hotgate.apps.network import services as network
    from hotgate.apps.operators.actor import COMMAND_LINE as BY
    from web import office

    main = threading.current_thread()

    def take_role(connection, **_):
        if threading.current_thread() is not main:
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE hotgate_web")

    connection_created.connect(take_role, weak=False, dispatch_uid="api journey")
    partitions.ensure(office.now().date())
    with scope.of():
        hotel = office.open_hotel()
        network.add_nas(
            by=BY, now=office.now(), operator=hotel.operator, site=hotel.site, address=HOST,
            secret=running.SECRET.decode(), reject_delay_ms=0,
        )  # fmt: skip
    secret = token_for(hotel).secret
    with running.running() as aaa:
        nas = Nas(aaa.server, HOST)
        headers = {"Authorization": f"Bearer {secret}"}
        with httpx.Client(base_url=live_server.url + "/api/v1", headers=headers) as client:
            yield client, nas, str(hotel.plans["1 GB"].uuid)
        nas.close()
    connection_created.disconnect(dispatch_uid="api journey")


def post(client, path, **body):
    answer = client.post(path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def test_HN_8_a_hotels_program_checks_a_guest_in_and_out(hotel_desk):
    client, nas, plan = hotel_desk
    made = post(client, "/users", display_name="Room 12", person={"room": "12"}, plan=plan, due="paid")
    name, password = made["credentials"]["username"], made["credentials"]["password"]
    place = f"/users/{made['user']['id']}"

    assert nas.login(name, "a wrong one").code == Code.ACCESS_REJECT
    accepted = nas.login(name, password, "02-00-5E-10-00-01")
    assert accepted.code == Code.ACCESS_ACCEPT
    token = accepted.first(attr.CLASS)
    nas.tell(START, "s1", name=name, token=token, device="02-00-5E-10-00-01", seconds=0)
    nas.tell(3, "s1", name=name, token=token, device="02-00-5E-10-00-01", seconds=60, octets_in=1000, octets_out=9000)
    [session] = client.get(f"{place}/sessions").json()["items"]
    assert (session["seconds"], session["octets_out"], session["stopped_at"]) == (60, 9000, None)

    assert post(client, f"{place}/disconnect", reason="checked out")["sessions"] == 1
    assert client.delete(place).json()["code"] == "still_online"
    nas.tell(
        STOP, "s1", name=name, token=token, device="02-00-5E-10-00-01", seconds=61, octets_in=1000, octets_out=9000
    )
    used = client.get(f"{place}/usage").json()
    assert (used["open_sessions"], used["octets_in"], used["octets_out"]) == (0, 1000, 9000)
    assert client.delete(place).status_code == 204
    assert client.get(place).json()["code"] == "not_found"
    deadline = time.monotonic() + 5
    while (answer := nas.login(name, password)) is None and time.monotonic() < deadline:
        pass
    assert answer.code == Code.ACCESS_REJECT
