"""Floor plans, what stands on them, and where a user was last."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from hotgate.apps.core import scope
from hotgate.apps.network import pictures
from hotgate.apps.network.models import AccessPoint, FloorPlan
from hotgate.apps.usage.models import AccessSession
from hotgate.domain.errors import DomainError

RADIO = "0A-11-22-33-44-55"


def picture(kind: str = "PNG", size: tuple[int, int] = (400, 300), **more) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "white").save(written, kind, **more)
    return written.getvalue()


@pytest.fixture
def day(cafe):
    from web import busy_day

    with scope.of(cafe.operator.id):
        day = busy_day.live_through(cafe)
        AccessSession.objects.filter(id=day.session.id).update(called_station=f"{RADIO}:Guests")
        return day


def upload(client, cafe, data: bytes, name: str = "Ground floor"):
    file = SimpleUploadedFile("plan.png", data)
    return client.post("/heat-map/new/", {"name": name, "site": cafe.site.uuid, "picture": file})


def set_up(client, cafe):
    assert upload(client, cafe, picture()).status_code == 302
    given = {"name": "Pool", "mac": RADIO, "site": cafe.site.uuid}
    assert client.post("/heat-map/points/new/", given).status_code == 302
    with scope.of(cafe.operator.id):
        plan, point = FloorPlan.objects.get(), AccessPoint.objects.get()
    client.post(f"/heat-map/points/{point.uuid}/place/", {"plan": plan.uuid, "x": "120.5", "y": "80"})
    return plan, point


def test_HN_17_the_map_shows_the_access_point_and_gateway_of_the_last_connection(cafe, day, sign_in):
    client = sign_in()
    plan, _point = set_up(client, cafe)
    html = client.get(f"/heat-map/?user={day.maria.uuid}").content.decode()
    for value in ("Last seen", "Pool", "Gateway", "last seen here", f"/heat-map/{plan.uuid}/picture.png"):
        assert value in html
    assert "&quot;x&quot;: 120.5" in html
    assert "&quot;last&quot;: true" in html
    offered = client.get(f"/users/{day.maria.uuid}/").content.decode()
    assert f"/heat-map/?user={day.maria.uuid}" in offered


def test_HN_17_a_radio_that_nobody_knows_is_named_and_can_be_added(day, sign_in):
    html = sign_in().get(f"/heat-map/?user={day.maria.uuid}").content.decode()
    assert RADIO in html
    assert f"/heat-map/points/new/?mac={RADIO}" in html


def test_HN_17_somebody_who_was_never_here(cafe, day, page):
    assert "never been connected" in page(f"/heat-map/?user={day.bruno.uuid}").content.decode()


def test_density_counts_connections_at_the_radio_else_at_the_gateway(cafe, day, sign_in):
    from hotgate.apps.network import places
    from hotgate.apps.usage import associations
    from web.office import now

    client = sign_in()
    _plan, point = set_up(client, cafe)
    client.post(f"/heat-map/gateways/{cafe.nas.uuid}/")
    with scope.of(cafe.operator.id):
        rows = list(places.points(cafe.operator))
        told = associations.density(cafe.operator, rows, day.session.started_at)
    gateway = next(each.id for each in rows if each.nas_id)
    assert told.connections[point.id] == told.online[point.id] == 1
    assert told.connections[gateway] == 1
    assert now() > day.session.started_at


@pytest.mark.parametrize(
    ("x", "y", "is_there"), [("0", "0", True), ("400", "300", True), ("401", "1", False), ("1", "-1", False),
                             ("nan", "1", False), ("inf", "1", False), ("", "", False), ("x", "1", False)],
)  # fmt: skip
def test_a_place_lies_on_its_plan(cafe, sign_in, x, y, is_there):
    client = sign_in()
    plan, point = set_up(client, cafe)
    client.post(f"/heat-map/points/{point.uuid}/place/", {"plan": "", "x": "", "y": ""})
    client.post(f"/heat-map/points/{point.uuid}/place/", {"plan": plan.uuid, "x": x, "y": y})
    with scope.of(cafe.operator.id):
        assert (AccessPoint.objects.get().plan_id == plan.id) == is_there


def test_without_a_picture_places_are_degrees(cafe, sign_in):
    client = sign_in()
    assert client.post("/heat-map/new/", {"name": "Town", "site": cafe.site.uuid}).status_code == 302
    with scope.of(cafe.operator.id):
        plan = FloorPlan.objects.get()
    assert client.get(f"/heat-map/{plan.uuid}/").status_code == 200
    assert client.get(f"/heat-map/{plan.uuid}/picture.png").status_code == 404


def test_a_picture_is_written_anew_and_served_strictly(cafe, sign_in):
    client = sign_in()
    data = picture("JPEG", (5000, 2500), comment=b"<script>alert(1)</script>")
    assert upload(client, cafe, data).status_code == 302
    with scope.of(cafe.operator.id):
        plan = FloorPlan.objects.get()
    assert (plan.width, plan.height) == (2000, 1000)
    response = client.get(f"/heat-map/{plan.uuid}/picture.png")
    assert response.content.startswith(b"\x89PNG")
    assert b"script" not in response.content
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:60], b"\x89PNG\r\n\x1a\n" + b"x" * 99,
     picture("GIF"), picture() + b"x" * 5_000_001],
    ids=["empty", "gif", "svg", "cut", "lie", "whole gif", "too large"],
)  # fmt: skip
def test_what_is_no_picture_is_refused_beside_its_field(cafe, sign_in, data):
    response = upload(sign_in(), cafe, data)
    assert response.status_code == 422
    with scope.of(cafe.operator.id):
        assert not FloorPlan.objects.exists()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def stumbling_blocks() -> list[bytes]:
    """Files that begin as pictures and trip a reader up while it decodes."""
    written = io.BytesIO()
    Image.new("L", (8, 8)).save(written, "PNG")
    png = written.getvalue()
    late = [
        png[:-12] + chunk(kind, b"\1") + png[-12:] for kind in (b"iCCP", b"tRNS", b"gAMA", b"iTXt", b"fcTL", b"acTL")
    ]
    jpeg, webp = picture("JPEG"), picture("WEBP")
    return [*late, png[:-20], jpeg[: len(jpeg) // 2], webp[:40], jpeg[:2] + b"\xff\xc0\0\3\1" + jpeg[2:]]


def test_a_broken_picture_is_never_an_error_of_ours(cafe, sign_in):
    client = sign_in()
    answers = [upload(client, cafe, data, f"Plan {n}").status_code for n, data in enumerate(stumbling_blocks())]
    assert set(answers) <= {302, 422}
    assert answers[0] == 422


def test_a_bomb_of_a_picture_is_refused():
    with pytest.raises(DomainError):
        pictures.picture_of(picture(size=(6000, 6000)))


def test_plans_and_points_go_and_leave_each_other(cafe, sign_in):
    client = sign_in()
    plan, point = set_up(client, cafe)
    client.post(f"/heat-map/{plan.uuid}/remove/")
    with scope.of(cafe.operator.id):
        row = AccessPoint.objects.get()
        assert (row.plan_id, row.x) == (None, None)
    asked = client.get(f"/heat-map/points/{point.uuid}/remove/").content.decode()
    assert "Remove this access point?" in asked
    assert point.name in asked
    with scope.of(cafe.operator.id):
        assert AccessPoint.objects.exists(), "asking removes nothing"
    client.post(f"/heat-map/points/{point.uuid}/remove/")
    with scope.of(cafe.operator.id):
        assert not AccessPoint.objects.exists()


def test_a_name_or_an_address_twice_is_told_beside_its_field(cafe, sign_in):
    client = sign_in()
    set_up(client, cafe)
    assert upload(client, cafe, picture()).status_code == 422
    given = {"name": "Again", "mac": RADIO.lower().replace("-", ":"), "site": cafe.site.uuid}
    response = client.post("/heat-map/points/new/", given)
    assert response.status_code == 422
    assert "is there already" in response.content.decode()
    assert client.post("/heat-map/points/new/", given | {"mac": "zz"}).status_code == 422


def test_another_operators_plans_are_404(cafe, hotel, sign_in):
    plan, point = set_up(sign_in(), cafe)
    client = sign_in("owner", hotel)
    assert client.get(f"/heat-map/{plan.uuid}/").status_code == 404
    assert client.get(f"/heat-map/{plan.uuid}/picture.png").status_code == 404
    for address in (f"/heat-map/points/{point.uuid}/place/", f"/heat-map/points/{point.uuid}/remove/",
                    f"/heat-map/{plan.uuid}/remove/", f"/heat-map/gateways/{cafe.nas.uuid}/"):  # fmt: skip
        assert client.post(address).status_code == 404
