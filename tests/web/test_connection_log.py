"""The logs of connections and of radios, looking up an address, how long all of it is kept."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from hotgate.apps.core import scope
from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.subscribers import devices
from hotgate.apps.subscribers.models import MacAddress, Subscriber
from hotgate.apps.usage.models import AccessSession, SessionOrder

MAC = "02-00-00-AA-BB-01"
RADIO = "0A-11-22-33-44-55:Café guests"


@pytest.fixture
def day(cafe):
    from web import busy_day

    with scope.of(cafe.operator.id):
        day = busy_day.live_through(cafe)
        rows = AccessSession.objects.filter(subscriber=day.maria, stopped_at__isnull=False)
        rows.update(called_station=RADIO, terminate_cause=4, mac=MAC, framed_ipv6=["2001:db8:7::/56"], seconds=97509)
        return day


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


def test_HN_25_the_log_of_a_user_has_every_column(day, page):
    html = text_of(page(f"/log/user/{day.maria.uuid}/"))
    for heading in (
        "Connection", "Start", "End", "Duration", "Up", "Down", "IP address", "Device", "Gateway", "NAS ID",
        "Gateway MAC", "Why it ended",
    ):  # fmt: skip
        assert heading in html
    with_values = ("27:05:09", "10.1.0.23, 2001:db8:7::/56", MAC, "0A-11-22-33-44-55", "Nothing was sent for too long")
    for value in with_values:
        assert value in html
    assert "Bruno" not in html


def test_HN_25_the_log_is_exported_as_it_is_shown(day, page):
    response = page("/log/?export=csv&show=ended")
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert rows[0][0] == "Connection"
    [row] = rows[1:]
    assert row[4] == "27:05:09"
    assert row[12] == "Nothing was sent for too long"


@pytest.mark.parametrize(
    "address", ["/log/", "/log/gateway/{nas}/", f"/log/device/{MAC}/", "/log/wifi/", "/log/wifi/gateway/{nas}/"]
)
def test_the_log_is_by_user_by_gateway_by_device_and_of_all(cafe, day, page, address):
    assert MAC in text_of(page(address.format(nas=cafe.nas.uuid)))


@pytest.mark.parametrize(("typed", "found"), [(MAC, 1), ("10.1.0.23", 1), ("mari", 1), ("nobody", 0), ("\0", 1)])
def test_the_log_is_searched_by_mac_by_ip_by_name(day, page, typed, found):
    html = text_of(page("/log/", data={"q": typed, "show": "ended"}))
    assert html.count("27:05:09") == found


@pytest.mark.parametrize("mac", ["", "not-an-address"])
def test_HN_27_only_rows_with_a_mac_address_have_a_menu(cafe, day, page, mac):
    with scope.of(cafe.operator.id):
        AccessSession.objects.filter(id=day.session.id).update(device=mac, mac=None)
    html = text_of(page(f"/log/user/{day.maria.uuid}/"))
    assert html.count('class="row-menu tight"') == 2
    assert html.count("data-menu") == 1 + text_of(page("/log/?q=nobody-has-this")).count("data-menu")


def test_HN_28_a_row_offers_to_disassociate_a_bound_device_and_to_associate_another(cafe, day, sign_in):
    client, log = sign_in(), f"/log/user/{day.maria.uuid}/"
    part = f"/users/{day.maria.uuid}/devices/{MAC}/part/"
    html = text_of(client.get(log))
    assert part not in html
    assert "Associate with user" in html
    assert client.post(f"/log/{day.session.uuid}/associate/").status_code == 302
    with scope.of(cafe.operator.id):
        assert MacAddress.objects.filter(subscriber=day.maria).count() == 1
    html = text_of(client.get(log))
    assert part in html
    assert "Associate with user" not in html
    assert client.post(part).status_code == 302
    with scope.of(cafe.operator.id):
        assert not MacAddress.objects.filter(subscriber=day.maria).exists()
        assert Subscriber.objects.filter(id=day.maria.id).exists()


def test_HN_29_disassociating_a_device_that_is_the_user_deletes_the_user(cafe, day, sign_in):
    from hotgate.apps.operators.actor import COMMAND_LINE as BY
    from web.office import now

    mac = "02-00-00-00-00-77"
    with scope.of(cafe.operator.id):
        printer = devices.register_device(by=BY, now=now(), operator=cafe.operator, mac=mac)
        AccessSession.objects.filter(id=day.session.id).update(
            subscriber=printer, device=mac, mac=mac, stopped_at=now(), entitlement=None
        )
    client = sign_in()
    part = f"/users/{printer.uuid}/devices/{mac}/part/"
    assert part in text_of(client.get("/log/"))
    assert "delete" in text_of(client.get(part)).lower()
    client.post(part)
    assert client.get(f"/users/{printer.uuid}/").status_code == 404
    with scope.of(cafe.operator.id):
        kept = AccessSession.objects.get(id=day.session.id)
    assert (kept.device, kept.mac, kept.octets_out) == ("", None, day.session.octets_out)


def test_HN_30_the_log_of_radios_is_its_own_with_the_same_causes(day, page):
    html = text_of(page(f"/log/wifi/user/{day.maria.uuid}/"))
    for value in ("0A-11-22-33-44-55", "Café guests", "Nothing was sent for too long", "Wi-Fi connections of"):
        assert value in html
    assert html.count('class="row-menu tight"') == 1  # the other session names no radio


def test_HN_30_what_controllers_tell_is_a_log_of_all_of_a_user_and_at_a_gateway(cafe, hotel, day, page, sign_in):
    from hotgate.apps.usage import controllers
    from web.office import now

    with scope.of(cafe.operator.id):
        told = {"device": MAC, "access_point": "0A-11-22-33-44-66", "network": "Café pool", "signal_dbm": -61}
        end = {"began_at": now() - timedelta(hours=24), "ended_at": now() - timedelta(hours=23), "cause": 19}
        controllers.note_associations(now=now(), operator=cafe.operator, told=[controllers.Told(**told, **end)])
    base = "/log/wifi/controllers/"
    for address in (base, f"{base}user/{day.maria.uuid}/", f"{base}gateway/{cafe.nas.uuid}/", f"{base}?q=mari",
                    f"{base}?q={MAC}", f"{base}?q=café&show=ended"):  # fmt: skip
        html = text_of(page(address))
        for value in (MAC, "0A-11-22-33-44-66", "Café pool", "-61 dBm", "1:00:00", "maria"):
            assert value in html, address
        assert "The user&#x27;s device began anew" in html
    for address in (f"{base}user/{day.bruno.uuid}/", f"{base}?q=nobody", f"{base}?show=running"):
        assert MAC not in text_of(page(address)), address
    rows = list(csv.reader(io.StringIO(b"".join(page(f"{base}?export=csv").streaming_content).decode("utf-8-sig"))))
    assert rows[1][2:8] == ["1:00:00", "maria", MAC, "0A-11-22-33-44-66", "Café pool", "-61"]
    assert MAC not in text_of(sign_in("owner", hotel).get(base))


def test_the_three_logs_lead_to_each_other_of_the_same_user_and_gateway(cafe, day, page):
    for of in (f"user/{day.maria.uuid}/", f"gateway/{cafe.nas.uuid}/"):
        logs = [f"/log/{of}", f"/log/wifi/{of}", f"/log/wifi/controllers/{of}"]
        for address in logs:
            html = text_of(page(address))
            assert all(f'href="{each}"' in html for each in logs), address


def test_a_device_is_blocked_from_its_row_and_shown_among_the_blocked(cafe, day, sign_in):
    client = sign_in("support")
    assert client.post(f"/log/{day.session.uuid}/block/").status_code == 302
    assert MAC in text_of(client.get("/network/blocked/")).upper().replace(":", "-")
    with scope.of(cafe.operator.id):
        assert SessionOrder.objects.get(session=day.session).reason == "device_blocked"
    owner = sign_in("owner")
    assert owner.post("/network/blocked/new/", {"mac": "xx"}).status_code == 422
    assert owner.post("/network/blocked/new/", {"mac": "02:00:00:00:00:99", "reason": "spam"}).status_code == 302


def test_a_stuck_session_is_closed_from_the_live_list(cafe, day, sign_in):
    client = sign_in("support")
    assert f"/sessions/{day.session.uuid}/close/" in text_of(client.get("/sessions/"))
    assert client.post(f"/sessions/{day.session.uuid}/close/").status_code == 302
    with scope.of(cafe.operator.id):
        assert SessionOrder.objects.get(session=day.session).reason == "stuck"


def test_B16_the_page_of_a_session_says_what_was_odd(cafe, day, sign_in):
    from hotgate.domain.sessions import Flag
    from hotgate.web.console.sessions.flags import WORDS

    assert WORDS.keys() == set(Flag)
    with scope.of(cafe.operator.id):
        AccessSession.objects.filter(id=day.session.id).update(flags=["above_plan", "throttled"])
    html = text_of(sign_in("support").get(f"/sessions/{day.session.uuid}/"))
    assert "Faster than the plan allows" in html
    assert "throttled" not in html


def test_an_address_is_looked_up_with_a_reason(cafe, day, sign_in):
    client = sign_in("auditor")
    asked = {"address": "10.1.0.23", "at": "", "reason": "case 4711"}
    assert client.post("/log/look-up/", asked | {"reason": ""}).status_code == 422
    assert client.post("/log/look-up/", asked | {"address": "10.1"}).status_code == 422
    assert client.post("/log/look-up/", asked | {"at": "yesterday"}).status_code == 422
    assert "maria" in text_of(client.post("/log/look-up/", asked))
    assert "Nobody had it" in text_of(client.post("/log/look-up/", asked | {"at": "2020-01-01T00:00"}))
    with scope.of(cafe.operator.id):
        assert AuditEntry.objects.filter(verb="look_up_address", reason="case 4711").count() == 2


def test_another_operators_log_is_not_there(day, hotel, sign_in):
    client = sign_in("owner", hotel)
    assert MAC not in text_of(client.get("/log/"))
    found = text_of(client.post("/log/look-up/", {"address": "10.1.0.23", "reason": "case 4711"}))
    assert "Nobody had it" in found
    for address in (
        f"/log/user/{day.maria.uuid}/", f"/log/{day.session.uuid}/block/", f"/log/{day.session.uuid}/associate/",
        f"/sessions/{day.session.uuid}/close/", f"/heat-map/?user={day.maria.uuid}",
        f"/heat-map/?session={day.session.uuid}",
    ):  # fmt: skip
        method = client.get if "user" in address or "heat" in address else client.post
        assert method(address).status_code == 404, address


def test_nobody_decides_for_the_operator_how_long_logs_are_kept(cafe, day, sign_in):
    client = sign_in()
    assert "Nobody has decided" in text_of(client.get("/log/"))
    assert client.post("/settings/retention/", {"preset": ""}).status_code == 422
    assert client.post("/settings/retention/", {"preset": "own"}).status_code == 422
    assert client.post("/settings/retention/", {"preset": "fr"}).status_code == 302
    html = text_of(client.get("/log/"))
    assert "Nobody has decided" not in html
    assert "365 days" in html


def test_the_recipe_of_each_maker_names_the_server_and_no_secret(cafe, page, sign_in):
    from hotgate.apps.network.models import Nas
    from hotgate.domain import makers
    from web.office import SECRET

    client = sign_in()
    for maker in makers.LABELS:
        with scope.of(cafe.operator.id):
            Nas.objects.filter(id=cafe.nas.id).update(maker=maker, name='Pool "bar"; /system reset')
        html = text_of(client.get(f"/network/{cafe.nas.uuid}/recipe/"))
        assert "PUT-THE-SECRET-HERE" in html
        assert "1812" in html
        assert SECRET not in html
        assert "; /system reset</pre" not in html
        assert "Pool-bar-system-reset" in html


def test_the_self_test_and_its_probe(cafe, day, sign_in):
    client = sign_in("support")
    html = text_of(client.get(f"/network/{cafe.nas.uuid}/test/"))
    assert "Heard within a day" in html
    assert client.post(f"/network/{cafe.nas.uuid}/test/probe/", {"session": "x"}).status_code == 404
    assert client.post(f"/network/{cafe.nas.uuid}/test/probe/", {"session": day.session.uuid}).status_code == 302
    with scope.of(cafe.operator.id):
        assert SessionOrder.objects.get(session=day.session).reason == "probe"


def test_X8_a_gateway_is_asked_for_what_it_has_already(cafe, day, sign_in):
    client = sign_in("support")
    asked = {"session": day.session.uuid, "by": "coa"}
    assert client.post(f"/network/{cafe.nas.uuid}/test/probe/", asked).status_code == 302
    with scope.of(cafe.operator.id):
        told = SessionOrder.objects.get(session=day.session)
        assert (told.kind, told.reason) == ("reauthorize", "probe_by_coa")
    client.post(f"/network/{cafe.nas.uuid}/test/probe/", asked)
    assert "runs undisturbed" in text_of(client.get(f"/network/{cafe.nas.uuid}/test/"))
    with scope.of(cafe.operator.id):
        SessionOrder.objects.filter(session=day.session).update(settled_at=timezone.now(), outcome="refused")
    html = text_of(client.get(f"/network/{cafe.nas.uuid}/test/"))
    assert re.search(r"Takes orders[^:]*: <strong>passed", html)


def test_a_silent_gateway_is_told_after_as_many_minutes_as_are_typed(cafe, sign_in):
    from hotgate.apps.network.models import Nas

    form = {
        "name": "Gateway", "maker": "standard", "coa_port": "3799", "require_message_authenticator": "yes",
        "enabled": "on", "site": str(cafe.site.uuid),
    }  # fmt: skip
    client = sign_in()
    for typed, kept in (("45", 45), ("", None)):
        client.post(f"/network/{cafe.nas.uuid}/", form | {"silent_after_minutes": typed})
        with scope.of(cafe.operator.id):
            assert Nas.objects.get(id=cafe.nas.id).silent_after_minutes == kept
    assert client.post(f"/network/{cafe.nas.uuid}/", form | {"silent_after_minutes": "3"}).status_code == 422


@pytest.mark.parametrize(
    ("minutes", "settings", "is_silent"),
    [(61, {}, True), (59, {}, False), (61, {"silent_after_minutes": None}, False), (61, {"enabled": False}, False)],
)
def test_the_list_of_gateways_says_which_fell_silent(cafe, page, minutes, settings, is_silent):
    from hotgate.apps.network.models import Nas

    given = {"silent_after_minutes": 60, "last_seen_at": timezone.now() - timedelta(minutes=minutes)} | settings
    with scope.of(cafe.operator.id):
        Nas.objects.filter(id=cafe.nas.id).update(**given)
    assert ('class="state state-bad">silent' in text_of(page("/network/"))) == is_silent
    assert (f"/network/{cafe.nas.uuid}/" in text_of(page("/network/?show=quiet"))) == is_silent


def test_support_of_one_site_sees_the_log_of_its_site(cafe, day, sign_in):
    from hotgate.apps.operators import services as operators
    from hotgate.apps.operators.actor import COMMAND_LINE as BY
    from hotgate.apps.operators.models import StaffRole
    from web.office import now

    with scope.of(cafe.operator.id):
        site = operators.create_site(by=BY, now=now() + timedelta(0), operator=cafe.operator, name="Beach")
        StaffRole.objects.filter(staff=cafe.staff["support"]).update(site=site)
    assert MAC not in text_of(sign_in("support").get("/log/"))
