"""The page of one user and all that its menu offers."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from hotgate.apps.core import scope
from hotgate.apps.subscribers.models import Card, Entitlement, Sale, Subscriber
from hotgate.apps.usage.models import AccessSession, SessionOrder
from hotgate.web.shared import words

MARKUP = '"><script>alert(1)</script>'
RIGHT_TO_LEFT = "مقهى الفجر"
LONG = "x" * 10_000


@pytest.fixture
def day(cafe):
    from web import busy_day

    with scope.of(cafe.operator.id):
        return busy_day.live_through(cafe)


def text_of(response):
    return html.unescape(response.content.decode())


def menu_in(text):
    """What the properties menu of the page offers."""
    block = text.split('class="heading-actions', 1)[1].split("</details>", 1)[0]
    return [each.strip() for each in re.findall(r"</svg>\s*([^<]+)</(?:a|button)>", block)]


EVERYTHING = [
    "Dashboard", "Edit", "Disconnect", "Print card", "Recharge", "Sales to user", "Send credentials",
    "Data management",
]  # fmt: skip


@pytest.mark.parametrize(
    ("role", "missing"),
    [
        ("owner", set()),
        ("manager", set()),
        ("cashier", {"Edit", "Disconnect", "Sales to user", "Send credentials", "Data management"}),
        ("account_editor", {"Data management"}),
        ("support", {"Edit", "Print card", "Recharge", "Sales to user", "Send credentials", "Data management"}),
        ("auditor", set(EVERYTHING) - {"Dashboard", "Sales to user"}),
    ],
)
def test_HN_12_HN_24_one_menu_offers_what_a_role_may(sign_in, cafe, day, role, missing):
    text = text_of(sign_in(role).get(f"/users/{day.maria.uuid}/"))
    offered = [each for each in menu_in(text) if each in EVERYTHING]
    assert list(dict.fromkeys(offered))[-len(EVERYTHING) :]  # in whatever order
    assert set(offered) == set(EVERYTHING) - missing


@pytest.mark.parametrize("days", [7, 30, 90])
def test_HN_13_the_dashboard_has_five_tiles_for_the_chosen_period(day, page, days):
    text = text_of(page(f"/users/{day.maria.uuid}/?days={days}"))
    for title in ("Traffic by day", "Connections", "Traffic", "Sold, by gateway", "Where and with what"):
        assert title in text
    assert text.count('class="chart-down"') == days
    assert f"against the {days} days before" in text
    assert "2 GB" in text or "GB down" in text


@pytest.mark.parametrize("days", ["0", "-7", "x", "9" * 5000, "7.5"])
def test_a_strange_period_is_the_usual_one(day, page, days):
    assert 'aria-current="true">30 days' in text_of(page(f"/users/{day.maria.uuid}/", data={"days": days}))


# -- ending sessions ------------------------------------------------------------------------------------------------


def test_HN_14_disconnect_orders_every_session_to_end(sign_in, cafe, day):
    client = sign_in("support")
    assert client.post(f"/users/{day.maria.uuid}/disconnect/").status_code == 302
    with scope.of(cafe.operator.id):
        order = SessionOrder.objects.get(session=day.session)
        assert (order.kind, order.reason) == ("disconnect", "")  # by staff: closed even where nobody answers
    assert "Asking the gateway Gateway" in text_of(client.get(f"/users/{day.maria.uuid}/"))


def ended(cafe, day, **changes):
    from web import office

    with scope.of(cafe.operator.id):
        AccessSession.objects.filter(id=day.session.id).update(stopped_at=office.now(), **changes)
        SessionOrder.objects.filter(session=day.session).update(settled_at=office.now(), outcome="unknown")


def test_HN_15_staff_read_that_the_gateway_is_unreachable_and_the_record_closed_anyway(sign_in, cafe, day):
    client = sign_in("owner")
    client.post(f"/users/{day.maria.uuid}/disconnect/")
    ended(cafe, day, closed_locally=True)
    for address in (f"/users/{day.maria.uuid}/", f"/users/{day.maria.uuid}/ending/"):
        text = text_of(client.get(address))
        assert (
            "is unreachable, so the user could not be disconnected there. The session was closed here anyway." in text
        )
        assert "hx-trigger" not in text.split('id="endings"')[1].split(">")[0]
    assert "closed here only: may still be live" in text_of(client.get(f"/users/{day.maria.uuid}/"))


def test_HN_14_staff_read_that_the_session_has_ended(sign_in, cafe, day):
    client = sign_in("owner")
    client.post(f"/users/{day.maria.uuid}/disconnect/")
    ended(cafe, day)
    assert "The session at Gateway has ended." in text_of(client.get(f"/users/{day.maria.uuid}/"))


@pytest.mark.parametrize("condition", ["the gateway takes orders", "the role may", "the user is online"])
def test_HN_16_disconnect_is_offered_only_if_all_three_hold(sign_in, cafe, day, condition):
    from hotgate.apps.network.models import Nas

    with scope.of(cafe.operator.id):
        if condition == "the gateway takes orders":  # of a whole network nobody knows where to send one (HN-A4)
            Nas.objects.filter(id=cafe.nas.id).update(address="192.0.2.0/24")
        if condition == "the user is online":
            AccessSession.objects.filter(subscriber=day.maria, stopped_at__isnull=True).update(
                stopped_at=day.session.started_at + timedelta(hours=1)
            )
    role = "auditor" if condition == "the role may" else "owner"
    client = sign_in(role)
    assert "Disconnect" not in menu_in(text_of(client.get(f"/users/{day.maria.uuid}/")))
    client.post(f"/users/{day.maria.uuid}/disconnect/")
    with scope.of(cafe.operator.id):
        assert not SessionOrder.objects.filter(session=day.session, kind="disconnect").exists()


def test_HN_17_the_heat_map_is_offered_once_there_is_one(day, page):
    from django.urls import NoReverseMatch, reverse

    offered = menu_in(text_of(page(f"/users/{day.maria.uuid}/")))
    try:
        reverse("heat_map")
        assert "Locate on heat map" in offered
    except NoReverseMatch:
        assert "Locate on heat map" not in offered


# -- recharge and sales ---------------------------------------------------------------------------------------------


def entitlements(cafe, user):
    with scope.of(cafe.operator.id):
        return Entitlement.objects.filter(subscriber=user).count()


def test_HN_19_a_form_sent_twice_gives_one_plan_and_two_colleagues_two(sign_in, cafe, day):
    address, given = f"/users/{day.bruno.uuid}/recharge/", {"plan": cafe.plans["1 hour"].uuid, "due": "paid"}
    first = sign_in("cashier")
    for _twice in range(2):
        assert first.post(address, given | {"once": "one"}).status_code == 302
    assert entitlements(cafe, day.bruno) == 2
    assert sign_in("manager").post(address, given | {"once": "one"}).status_code == 302  # another session's token
    assert entitlements(cafe, day.bruno) == 3


def test_HN_20_the_page_shows_what_is_left_in_all_and_of_each_part(sign_in, cafe, day):
    client = sign_in()
    with scope.of(cafe.operator.id):
        Entitlement.objects.filter(subscriber=day.bruno).update(used=1800)
    client.post(f"/users/{day.bruno.uuid}/recharge/", {"plan": cafe.plans["1 hour"].uuid, "due": "open"})
    text = text_of(client.get(f"/users/{day.bruno.uuid}/"))
    assert "In all: <strong>1 h 30 min left</strong>" in text
    assert "30 min left" in text
    assert "1 h left" in text


def given(cafe, user):
    with scope.of(cafe.operator.id):
        return Entitlement.objects.filter(subscriber=user).order_by("-id").select_related("plan").first()


def test_EN_24_a_plan_is_given_with_another_validity(sign_in, cafe, day):
    typed = {"plan": cafe.plans["1 hour"].uuid, "due": "open", "validity_kind": "from_creation"}
    typed |= {"validity_amount": "2", "validity_unit": "week"}
    assert sign_in().post(f"/users/{day.bruno.uuid}/recharge/", typed).status_code == 302
    row = given(cafe, day.bruno)
    assert (row.validity_kind, row.validity_amount, row.validity_unit) == ("from_creation", 2, "week")
    assert row.valid_until - row.created_at in [timedelta(days=14, hours=h) for h in (-1, 0, 1)]
    assert (row.plan.validity_kind, row.plan.validity_amount) == ("from_first_use", 7)  # the plan is as it was


def test_EN_A12_a_monthly_plan_starts_on_the_1st_if_one_likes_and_says_so_before(sign_in, cafe, day):
    monthly, client = cafe.plans["20 GB a month"], sign_in()
    typed = {"plan": monthly.uuid, "due": "open", "cycles": "3", "starts": "first"}
    told = text_of(client.post(f"/users/{day.bruno.uuid}/recharge/foreseen/", typed))
    assert entitlements(cafe, day.bruno) == 1
    assert client.post(f"/users/{day.bruno.uuid}/recharge/", typed).status_code == 302
    row = given(cafe, day.bruno)
    begins = row.starts_at.astimezone(ZoneInfo("Europe/Rome"))
    ends = row.valid_until.astimezone(ZoneInfo("Europe/Rome"))
    assert (begins.day, begins.hour, ends.day, ends.hour) == (1, 0, 1, 0)
    assert (ends.year * 12 + ends.month) - (begins.year * 12 + begins.month) == 3
    assert row.price_minor == 3 * monthly.price_minor
    with timezone.override("Europe/Rome"):
        shown = words.moment(row.starts_at), words.moment(row.valid_until), words.money(row.price_minor, "EUR")
    assert [each for each in shown if each not in told] == []


def test_EN_A13_of_a_cyclic_plan_the_validity_says_only_when_it_begins(sign_in, cafe, day):
    typed = {"plan": cafe.plans["20 GB a month"].uuid, "due": "open", "validity_kind": "end_of_day"}
    answer = sign_in().post(f"/users/{day.bruno.uuid}/recharge/", typed)
    assert "lives for its cycles" in text_of(answer)
    later = {"validity_kind": "from_first_use", "validity_amount": "1"}
    assert sign_in().post(f"/users/{day.bruno.uuid}/recharge/", typed | later).status_code == 302
    assert (given(cafe, day.bruno).valid_until, given(cafe, day.bruno).validity_amount) == (None, 0)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"plan": ""}, "required"),
        ({"plan": "00000000-0000-7000-8000-000000000000"}, "not one of"),
        ({"due": "tomorrow"}, "not one of"),
        ({"due": "wallet"}, "not enough money"),
        ({"cycles": "0"}, "greater than or equal to 1"),
        ({"cycles": "3"}, "no cycles"),
        ({"starts": "day"}, "choose the day"),
        ({"starts": "day", "starts_on": "2020-01-01"}, "from today on"),
        ({"starts": "day", "starts_on": "9999-12-31"}, "within ten years"),
        ({"starts": "first", "validity_kind": "end_of_day"}, "end before it begins"),
        ({"validity_kind": "from_creation", "validity_amount": ""}, "give a number"),
    ],
)
def test_a_wrong_recharge_is_told_and_gives_nothing(sign_in, cafe, day, changes, told):
    right = {"plan": cafe.plans["1 hour"].uuid, "due": "paid"}
    answer = sign_in().post(f"/users/{day.bruno.uuid}/recharge/", right | changes)
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert entitlements(cafe, day.bruno) == 1


def test_HN_21_sales_stand_by_plan_with_cost_and_revenue_and_can_be_marked_as_paid(sign_in, cafe, day):
    client = sign_in()
    for due in ("paid", "open"):
        client.post(f"/users/{day.bruno.uuid}/recharge/", {"plan": cafe.plans["1 hour"].uuid, "due": due})
    text = text_of(client.get(f"/users/{day.bruno.uuid}/sales/"))
    assert text.count("Café Aurora</td>") == 2  # of the plan, and all together
    assert "7.50" in text  # three at 2.50
    with scope.of(cafe.operator.id):
        sale = Sale.objects.filter(subscriber=day.bruno, state="open").last()
    assert client.post(f"/users/{day.bruno.uuid}/sales/{sale.uuid}/paid/").status_code == 302
    with scope.of(cafe.operator.id):
        assert Sale.objects.get(id=sale.id).state == "paid"


def test_HN_21_the_sale_of_a_ticket_is_its_users_once_it_is_used(sign_in, cafe, day):
    from hotgate.apps.subscribers import queries
    from hotgate.apps.vouchers.models import Voucher

    with scope.of(cafe.operator.id):
        assert list(queries.sales(day.carla).filter(reference__startswith="voucher")) == []
        Voucher.objects.filter(id=day.ticket.id).update(
            subscriber=day.carla, state="used", claimed_at=day.ticket.created_at
        )
        [sale] = queries.sales(day.carla).filter(reference__startswith="voucher")
    assert sale.plan_id == cafe.plans["1 GB"].id


# -- made by staff, cards, devices ----------------------------------------------------------------------------------

USER = {"name": "giulia", "password": "long enough", "phone": "+39 06 555-0101", "language": "it"}


def user_named(cafe, name):
    with scope.of(cafe.operator.id):
        return Subscriber.objects.filter(operator=cafe.operator, name=name).first()


def test_HN_6_staff_fill_in_a_form(sign_in, cafe):
    client = sign_in("account_editor")
    answer = client.post("/users/new/", USER | {"plan": cafe.plans["1 hour"].uuid, "site": cafe.site.uuid})
    made = user_named(cafe, "giulia")
    assert answer["Location"] == f"/users/{made.uuid}/"
    assert (made.phone, made.language, made.created_via) == ("+39065550101", "it", "console")
    assert entitlements(cafe, made) == 1
    text = text_of(client.get(answer["Location"]))
    assert "Staff, " in text


def test_HN_6_a_password_that_was_not_given_is_made_and_printed(sign_in, cafe):
    client = sign_in()
    answer = client.post("/users/new/", USER | {"password": ""})
    made = user_named(cafe, "giulia")
    assert answer["Location"] == f"/users/{made.uuid}/card/"
    shown = client.post(answer["Location"], {"act": "show"})
    assert re.search(r'class="mono">[2-9a-hjkmnp-z]{10}<', text_of(shown))
    assert shown["Cache-Control"] == "no-store"


@pytest.mark.parametrize("phone", ["0655501010", "+39", "call me", MARKUP, "+" + "9" * 30])
def test_HN_6_a_phone_number_needs_its_country(sign_in, cafe, phone):
    answer = sign_in().post("/users/new/", USER | {"phone": phone[:40]})
    assert answer.status_code == 422
    assert "country code" in text_of(answer).split('id="id_phone_error"')[1][:200]
    assert user_named(cafe, "giulia") is None


def test_HN_3_origins_are_shown_and_filtered(sign_in, cafe, day):
    client = sign_in()
    client.post("/cards/new/", {"size": "2", "beginning": "pool-"})
    names = {row.name for row in client.get("/users/?show=by-card").context["listing"].rows}
    assert len(names) == 2
    assert all(name.startswith("pool-") for name in names)
    assert "maria" in {row.name for row in client.get("/users/?show=by-staff").context["listing"].rows}


@pytest.mark.parametrize("paper", ["a4", "card"])
def test_HN_7_cards_are_made_printed_and_handed_out(sign_in, cafe, paper):
    client = sign_in("cashier")
    for _twice in range(2):
        made = client.post("/cards/new/", {"size": "3", "plan": cafe.plans["1 hour"].uuid, "once": "token"})
    assert client.get(made["Location"]).status_code == 200
    printed = client.post(made["Location"] + "print/", {"paper": paper})
    assert printed["Content-Type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF")
    client.post(made["Location"] + "2/handed-out/")
    with scope.of(cafe.operator.id):
        assert list(Card.objects.filter(handed_out_at__isnull=False).values_list("number", flat=True)) == [2]
        assert Card.objects.count() == 3


def test_HN_18_a_card_of_any_user_needs_a_readable_password_or_a_new_one(sign_in, cafe, day):
    client, address = sign_in("cashier"), f"/users/{day.maria.uuid}/card/"
    assert "can't be read" in text_of(client.get(address))
    assert client.post(address, {"act": "print", "paper": "card"}).status_code == 302  # nothing was changed unasked
    printed = client.post(address, {"act": "print", "paper": "card", "new": "1"})
    assert printed.content.startswith(b"%PDF")


def test_HN_22_a_link_shows_new_credentials_once_and_looking_uses_nothing_up(sign_in, cafe, day):
    client = sign_in()
    text = text_of(client.post(f"/users/{day.maria.uuid}/send/"))
    path = re.search(r'dir="ltr">https?://[^/]+(/portal/[^<]+)<', text)[1]
    guest = Client()
    for _looks in range(2):
        assert "Show my login" in text_of(guest.get(path))
    shown = guest.post(path)
    assert "maria" in text_of(shown)
    assert shown["Cache-Control"] == "no-store"
    assert guest.post(path).status_code == guest.get(path).status_code == 410


# -- data -----------------------------------------------------------------------------------------------------------


def test_HN_23_the_export_is_a_zip_of_json_and_csv_without_formulas(sign_in, cafe, day):
    client = sign_in("manager")
    with scope.of(cafe.operator.id):
        Subscriber.objects.filter(id=day.maria.id).update(display_name="=1+1")
    assert "=1+1" in text_of(client.get(f"/users/{day.maria.uuid}/data/"))
    answer = client.post(f"/users/{day.maria.uuid}/data/export/")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        data = json.loads(archive.read("data.json"))
        person = archive.read("person.csv").decode("utf-8-sig")
        assert {"sessions.csv", "plans.csv", "money.csv"} <= set(archive.namelist())
    assert data["person"][0]["name"] == "maria"
    assert '"\'=1+1"' in person
    assert "Data exported" in text_of(client.get(f"/users/{day.maria.uuid}/data/"))


def test_HN_23_restrict_lift_and_erase(sign_in, cafe, day):
    client, base = sign_in("owner"), f"/users/{day.bruno.uuid}/data/"
    client.post(base + "restrict/", {"reason": "asked to"})
    assert "Restricted since" in text_of(client.get(base))
    client.post(base + "lift/")
    assert "Restricted since" not in text_of(client.get(base))
    client.post(base + "erase/", {"name": "bruno"})  # not the whole name
    assert client.get(base).status_code == 200
    assert client.post(base + "erase/", {"name": "bruno@example.com"})["Location"] == "/users/"
    assert client.get(base).status_code == 404
    assert client.get("/users/?q=bruno").context["listing"].rows == []


def test_HN_12_a_correction_keeps_the_password_and_tells_mistakes_beside_the_field(sign_in, cafe, day):
    client, address = sign_in(), f"/users/{day.maria.uuid}/edit/"
    right = {"name": "maria.rossi", "display_name": "Maria", "phone": "", "email": "", "language": "de"}
    taken = client.post(address, right | {"name": "BRUNO@example.com"})
    assert "already there" in text_of(taken).split('id="id_name_error"')[1][:200]
    for value in (MARKUP, RIGHT_TO_LEFT, LONG, "a\0b"):
        answer = client.post(address, right | {"display_name": value}, follow=True)
        assert answer.status_code in (200, 422)
        assert "<script>alert" not in answer.content.decode()
    assert client.post(address, right).status_code == 302
    assert user_named(cafe, "maria.rossi").id == day.maria.id


def test_HN_28_HN_29_parting_asks_first_and_says_what_goes(sign_in, cafe, day):
    client = sign_in()
    made = client.post("/users/devices/new/", {"mac": "02:00:5e:00:53:17"})["Location"]
    assert "made-up address" in text_of(client.get(made))  # HN-A9
    asked = client.get(made + "devices/02-00-5E-00-53-17/part/")
    assert "deletes the user" in text_of(asked)
    assert client.post(made + "devices/02-00-5E-00-53-17/part/")["Location"] == "/users/"
    assert client.get(made).status_code == 404
    person = f"/users/{day.maria.uuid}/"
    client.post(person + "devices/", {"mac": "00005e005318"})
    assert "deletes the user" not in text_of(client.get(person + "devices/00-00-5E-00-53-18/part/"))
    assert client.post(person + "devices/00-00-5E-00-53-18/part/")["Location"] == person
    assert client.get(person).status_code == 200


# -- realms and profiles --------------------------------------------------------------------------------------------


def test_HN_3_a_realm_is_made_and_set_on_its_page(sign_in, cafe):
    client = sign_in("manager")
    address = client.post("/settings/realms/new/", {"name": "Hotel guests"})["Location"]
    asked = {f"asked_{field}": "off" for field in ASKED} | {"asked_room": "required"}
    right = {"name": "Hotel guests", "ways": ["staff"], "verification": "none", "delivery": "show"} | asked
    assert client.post(address, right).status_code == 302
    text = text_of(client.get(address))
    assert re.search(r'value="required" selected', text.split('id="id_asked_room"')[1][:400])
    wrong = client.post(address, right | {"verification": "sms"})
    assert "must be asked for" in text_of(wrong).split('id="id_verification_error"')[1][:200]
    realm = address.rstrip("/").rsplit("/", 1)[1]
    refused = client.post("/users/new/", USER | {"realm": realm})
    assert "This realm asks for it." in text_of(refused).split('id="id_room_error"')[1][:200]
    assert client.post("/users/new/", USER | {"realm": realm, "room": "101"}).status_code == 302
    closed = client.post("/cards/new/", {"size": "1", "realm": realm})
    assert "not made" not in text_of(closed)
    assert "in this way" in text_of(closed).split('id="id_realm_error"')[1][:200]


ASKED = (
    "display_name", "phone", "email", "company", "street", "postcode", "city", "country", "birth_date", "document",
    "tax_number", "room",
)  # fmt: skip


def test_HN_W11_a_profile_is_made_and_changed_on_its_page(sign_in, cafe):
    from hotgate.apps.catalogue.models import ServiceProfile

    client = sign_in("manager")
    right = {"name": "Gold", "download_bps": "20 Mbit/s", "upload_bps": "5 Mbit/s", "devices_max": "3"}
    assert client.post("/profiles/new/", right | {"interim_seconds": "5 min"}).status_code == 302
    with scope.of(cafe.operator.id):
        made = ServiceProfile.objects.get(name="Gold")
    assert (made.download_bps, made.devices_max, made.interim_seconds) == (20_000_000, 3, 300)
    address = f"/profiles/{made.uuid}/"
    assert "20 Mbit/s" in text_of(client.get(address))
    wrong = client.post(address, right | {"download_bps": "fast"})
    assert "speed" in text_of(wrong).split('id="id_download_bps_error"')[1][:200]
    assert client.post(address, right | {"download_bps": "30 Mbit/s"}).status_code == 302
    with scope.of(cafe.operator.id):
        assert ServiceProfile.objects.get(id=made.id).download_bps == 30_000_000
        private = cafe.plans["1 hour"].profile
    assert client.get(f"/profiles/{private.uuid}/").status_code == 404


# -- strangers ------------------------------------------------------------------------------------------------------


def test_another_operators_users_cards_realms_and_profiles_are_404(sign_in, hotel):
    from web import busy_day

    with scope.of(hotel.operator.id):
        user = f"/users/{busy_day.live_through(hotel).maria.uuid}/"
    own = sign_in("owner", hotel)
    batch = own.post("/cards/new/", {"size": "1"})["Location"]
    realm = own.post("/settings/realms/new/", {"name": "Hotel"})["Location"]
    own.post("/profiles/new/", {"name": "Gold"})
    with scope.of(hotel.operator.id):
        from hotgate.apps.catalogue.models import ServiceProfile

        profile = f"/profiles/{ServiceProfile.objects.get(name='Gold').uuid}/"
    pages = [user + each for each in ("", "edit/", "recharge/", "sales/", "card/", "send/", "data/", "ending/")]
    pages += [user + "devices/00-00-5E-00-53-18/part/", batch, realm, profile]
    acts = [user + f"data/{each}/" for each in ("export", "restrict", "lift", "erase")]
    acts += [user + each for each in ("disconnect/", "password/", "devices/", "recharge/", "send/", "card/")]
    acts += [batch + "print/", batch + "1/handed-out/", realm, profile]
    assert {own.get(each).status_code for each in pages} == {200}
    stranger = sign_in("owner")
    assert {stranger.get(each).status_code for each in pages} == {404}
    assert {stranger.post(each).status_code for each in acts} == {404}
