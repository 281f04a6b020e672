"""What was done to a thing stands on its page, in words."""

from __future__ import annotations

from django.template import Context, Template

from hotgate.apps.catalogue import services as catalogue
from hotgate.apps.core import scope
from hotgate.apps.operators import actor
from web.office import now


def shown(sign_in, seat_of, kind, id_):
    return Template("{% history kind id %}").render(Context({"seat": seat_of, "kind": kind, "id": id_}))


def test_who_did_what_when_from_what_to_what(sign_in, cafe):
    plan = cafe.plans["1 GB"]
    with scope.of(cafe.operator.id):
        catalogue.rename_plan(by=actor.staff(cafe.staff["manager"].id), now=now(), plan=plan, name="<b>Big</b>")
    html = sign_in().get(f"/network/{cafe.nas.uuid}/").content.decode()
    assert "History" in html
    assert "added a gateway" in html
    seat = type("Seat", (), {"operator": cafe.operator})
    with scope.of(cafe.operator.id):
        html = shown(sign_in, seat, "plan", plan.id)
    assert "manager@aurora.example" in html
    assert "<del><bdi>1 GB</bdi></del>" in html
    assert "&lt;b&gt;Big&lt;/b&gt;" in html


def test_another_operators_deeds_are_not_shown(sign_in, cafe, hotel):
    seat = type("Seat", (), {"operator": cafe.operator})
    with scope.of(cafe.operator.id, hotel.operator.id):
        assert "Nothing was changed yet" in shown(sign_in, seat, "plan", hotel.plans["1 GB"].id)


def test_each_thing_has_its_history_on_its_page(sign_in, cafe):
    from journeys import furnished
    from web import busy_day

    with scope.of(cafe.operator.id):
        day = busy_day.live_through(cafe)
        more = furnished.furnish(cafe, day)
    pages = {
        f"/plans/{cafe.plans['1 GB'].uuid}/": "published a plan",
        f"/users/{day.maria.uuid}/": "added a user",
        f"/quick-ticket/{day.ticket.uuid}/": "looked at a code",
        f"/vouchers/batches/{more.sold.uuid}/": "confirmed a batch",
        f"/cards/{more.cards.uuid}/": "made cards",
        f"/sessions/{day.session.uuid}/": "Nothing was changed yet",
        f"/profiles/{more.profile.uuid}/": "added a service profile",
        f"/network/{cafe.nas.uuid}/": "added a gateway",
        f"/settings/sites/{cafe.site.uuid}/": "added a site",
        f"/settings/realms/{more.realm.uuid}/": "Nothing was changed yet",
        f"/settings/staff/{cafe.staff['cashier'].uuid}/": "added somebody to the staff",
        "/settings/operator/": "added an operator",
        f"/settings/operators/{more.child.uuid}/": "Nothing was changed yet",
    }
    client = sign_in()
    told = {address: client.get(address).text.partition('id="history-title"')[2] for address in pages}
    assert [address for address, deed in pages.items() if deed not in told[address]] == []
