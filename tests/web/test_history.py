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
