"""Of one user: what is to be paid and who takes it, words for holds and messages, what an export holds."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from hotgate.apps.core import scope
from hotgate.apps.messaging.models import Message
from hotgate.apps.subscribers.models import Sale


@pytest.fixture
def day(cafe):
    from web import busy_day

    with scope.of(cafe.operator.id):
        return busy_day.live_through(cafe)


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


USER = {"name": "giulia", "password": "long enough", "phone": "+39 06 555-0101", "language": "it"}


def text_to(cafe, user, number="+39065550101"):
    with scope.of(cafe.operator.id):
        Message.objects.create(
            operator=cafe.operator, subscriber=user, channel="sms", recipient=number, purpose="credentials",
            body_sealed=b"x",
        )  # fmt: skip


def test_HN_24_a_cashier_takes_the_money_that_is_due_and_sees_no_costs(sign_in, cafe, day):
    sign_in().post(f"/users/{day.bruno.uuid}/recharge/", {"plan": cafe.plans["1 hour"].uuid, "due": "open"})
    client, page = sign_in("cashier"), f"/users/{day.bruno.uuid}/"
    with scope.of(cafe.operator.id):
        sale = Sale.objects.filter(subscriber=day.bruno, state="open").latest("id")
    assert f"{page}sales/{sale.uuid}/paid/" in text_of(client.get(page))
    assert client.get(f"{page}sales/").status_code == 403
    assert client.post(f"{page}sales/{sale.uuid}/paid/")["Location"] == page
    text = text_of(client.get(page))
    assert "Marked as paid." in text
    assert f"{sale.uuid}/paid/" not in text


def test_HN_19_cash_at_the_counter_becomes_balance_and_pays_a_plan(sign_in, cafe, day):
    client, page = sign_in("cashier"), f"/users/{day.bruno.uuid}/"
    assert f"{page}top-up/" in text_of(client.get(f"{page}recharge/"))
    for _twice in range(2):
        assert client.post(f"{page}top-up/", {"amount": "10.00", "once": "one"})["Location"] == page
    assert "10.00\xa0€ was added to the balance." in text_of(client.get(page))
    client.post(f"{page}recharge/", {"plan": cafe.plans["1 hour"].uuid, "due": "wallet"})
    with scope.of(cafe.operator.id):
        day.bruno.wallet.refresh_from_db()
    assert day.bruno.wallet.balance_minor == 750


@pytest.mark.parametrize("amount", ["", "0", "-5", "much", "1.005", "9" * 12, "9" * 20, "<b>"])
def test_what_is_no_amount_changes_no_balance(sign_in, cafe, day, amount):
    client, page = sign_in("cashier"), f"/users/{day.bruno.uuid}/"
    answer = client.post(f"{page}top-up/", {"amount": amount}, follow=True)
    assert answer.redirect_chain[-1][0] == f"{page}recharge/"
    assert 'data-toast="error"' in text_of(answer)
    with scope.of(cafe.operator.id):
        day.bruno.wallet.refresh_from_db()
    assert day.bruno.wallet.balance_minor == 0


def test_a_hold_and_a_message_are_told_in_words(sign_in, cafe, day):
    text_to(cafe, day.carla)
    text = text_of(sign_in().get(f"/users/{day.carla.uuid}/"))
    assert "<dd>by staff, " in text
    assert "<span>Credentials</span>" in text


@pytest.mark.parametrize(("due", "state"), [("paid", "paid"), ("open", "open"), ("free", "free"), ("", "open")])
def test_HN_6_HN_A7_the_plan_of_a_new_user_is_paid_to_be_paid_or_free(sign_in, cafe, due, state):
    given = {"plan": cafe.plans["1 hour"].uuid, "due": due}
    assert sign_in("account_editor").post("/users/new/", USER | given).status_code == 302
    with scope.of(cafe.operator.id):
        assert Sale.objects.get(subscriber__name="giulia").state == state


def test_HN_23_the_page_counts_what_an_export_holds_and_messages_are_among_it(sign_in, cafe, day):
    client, page = sign_in(), f"/users/{day.maria.uuid}/data/"
    for number in range(3):
        text_to(cafe, day.maria, f"+3906555010{number}")
    told = dict(client.get(page).context["counts"])
    with zipfile.ZipFile(io.BytesIO(client.post(page + "export/").content)) as archive:
        kept = json.loads(archive.read("data.json"))
    assert [row["recipient"] for row in kept["messages"]] == ["+39065550102", "+39065550101", "+39065550100"]
    labels = {"Messages": "messages", "Sessions": "sessions", "Plans": "plans", "Sales": "sales"}
    assert {label: told[label] for label in labels} == {label: len(kept[kind]) for label, kind in labels.items()}


@pytest.mark.parametrize(("for_devices", "verdict"), [(True, "accepted"), (False, "refused")])
def test_HN_A8_why_says_of_a_device_what_a_gateway_that_lets_devices_in_would(sign_in, cafe, for_devices, verdict):
    import builders
    from hotgate.apps.catalogue import services as catalogue
    from hotgate.apps.operators.actor import COMMAND_LINE as BY
    from hotgate.apps.subscribers import devices, recharge
    from web.office import now

    with scope.of(cafe.operator.id):
        given = {"by": BY, "now": now(), "operator": cafe.operator}
        draft = builders.plan_draft(name="Printers", for_devices=for_devices)
        printer = devices.register_device(**given, mac="02-00-00-00-00-77")
        plan = catalogue.publish_plan(**given, draft=draft)
        recharge.give_entitlement(by=BY, now=now(), subscriber=printer, plan=plan)
    text = text_of(sign_in().get(f"/users/{printer.uuid}/"))
    assert f"A login now would be {verdict}" in text
    assert ("give the device a plan for devices" in text) == (verdict == "refused")
