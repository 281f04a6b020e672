"""A realm's own style on the portal: a file of its own, of the realm that the page belongs to (HN-W20)."""

from __future__ import annotations

import gzip
import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from hotgate.apps.core import scope
from web.gateway import arrival
from web.test_portal import BUDGET_OCTETS
from web.test_registering import Form, realm_of

STYLE = ":root { --main: #8a1c4a }"
LINK = re.compile(r'<link rel="stylesheet" href="(/portal/[^"]+/style/[^"]+)">')


@pytest.fixture
def day(cafe):
    from web import busy_day

    with scope.of(cafe.operator.id):
        return busy_day.live_through(cafe)


@pytest.fixture
def guest(day, as_web) -> Client:
    return Client()


def dress(cafe: Any, style: str = STYLE, **changes: Any) -> Any:
    with scope.of(cafe.operator.id):
        return realm_of(cafe, style=style, **changes)


def realm_named(cafe: Any, name: str, sites: tuple[Any, ...] = ()) -> Any:
    """Another realm, whose style tells its name."""
    from hotgate.apps.operators.actor import COMMAND_LINE
    from hotgate.apps.subscribers import realms
    from web import office

    given: dict[str, Any] = {"by": COMMAND_LINE, "now": office.now()}
    with scope.of(cafe.operator.id):
        made = realms.create_realm(**given, operator=cafe.operator, name=name)
        realms.change_realm(**given, realm=made, name=name, ways=["staff"], asked={}, style=of(name), sites=sites)
    return made


def of(name: str) -> str:
    return f".{name} {{}}"


def style_of(guest: Client, page: Any) -> str:
    """What the page's own style says; '' where it wears none."""
    found = LINK.search(page.content.decode())
    return guest.get(html.unescape(found[1])).content.decode() if found else ""


def page_of_settings(realm: Any) -> str:
    return f"/settings/realms/{realm.uuid}/"


def typed(realm: Any, style: str) -> dict[str, str]:
    return {"name": realm.name, "verification": "none", "delivery": "show", "style": style}


def test_HN_W20_a_manager_gives_the_portal_a_style_and_takes_it_away(cafe, day, sign_in, guest):
    realm = dress(cafe, "")
    assert style_of(guest, guest.get(arrival(cafe))) == ""
    manager = sign_in("manager")
    assert manager.post(page_of_settings(realm), typed(realm, f"\r\n{STYLE}\r\na {{}}\r\n")).status_code == 302
    assert style_of(guest, guest.get(arrival(cafe))) == f"{STYLE}\na {{}}"
    assert STYLE in html.unescape(manager.get(page_of_settings(realm)).content.decode())
    assert manager.post(page_of_settings(realm), typed(realm, " ")).status_code == 302
    assert style_of(guest, guest.get(arrival(cafe))) == ""


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ("a{}" * 2_700, "At most 8,000 octets."),
        ("a{b:url(//example.org)}", "no url(…)"),
        ("@import 'x';", "only @media"),
    ],
)
def test_HN_W20_a_style_that_is_too_long_or_loads_something_is_told_beside_its_field(cafe, sign_in, style, told):
    realm = dress(cafe)
    page = sign_in("manager").post(page_of_settings(realm), typed(realm, style))
    assert page.status_code == 422
    text = html.unescape(page.content.decode())
    assert told in re.search(r'id="id_style_error" role="alert">([^<]+)', text)[1]
    assert style in text, "what was typed is not lost"
    with scope.of(cafe.operator.id):
        realm.refresh_from_db()
    assert realm.style == STYLE


def test_HN_W20_the_audit_says_that_the_style_changed(cafe, sign_in):
    realm = dress(cafe)
    sign_in("manager").post(page_of_settings(realm), typed(realm, of("other")))
    assert "style of its own, version" in sign_in("auditor").get("/settings/audit/").content.decode()


def test_HN_W20_a_style_is_a_file_that_browsers_keep_until_it_changes(cafe, guest):
    realm = dress(cafe)
    address = LINK.search(guest.get(arrival(cafe)).content.decode())[1]
    file = guest.get(address)
    assert file["Content-Type"] == "text/css; charset=utf-8"
    assert file["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in file["Cache-Control"]
    assert not file.cookies
    assert guest.get(address.partition("?")[0])["Cache-Control"] == "no-cache"
    assert guest.get(address.partition("=")[0] + "=0123456789abcdef")["Cache-Control"] == "no-cache"
    assert guest.head(address).status_code == 200
    assert guest.post(address).status_code == 405
    dress(cafe, of("other"))
    assert LINK.search(guest.get(arrival(cafe)).content.decode())[1] != address
    with scope.of(cafe.operator.id):  # as if the rules had been others when it was saved
        type(realm).objects.filter(id=realm.id).update(style="a{background:url(//example.org)}")
    assert guest.get(address).status_code == 404


def test_HN_W20_the_style_of_another_operator_of_no_realm_and_of_a_realm_without_one_is_not_there(cafe, hotel, guest):
    mine, theirs = dress(cafe), dress(hotel)
    bare = realm_named(cafe, "bare")
    with scope.of(cafe.operator.id):
        type(bare).objects.filter(id=bare.id).update(style="")
    folder = f"/portal/{cafe.operator.slug}/style/"
    assert guest.get(f"{folder}{mine.uuid}.css").status_code == 200
    for missing in (theirs.uuid, cafe.nas.uuid, bare.uuid):
        assert guest.get(f"{folder}{missing}.css").status_code == 404
    assert guest.get(f"/portal/nobody/style/{mine.uuid}.css").status_code == 404


def test_HN_W20_pages_with_a_style_allow_no_more_and_load_nothing_from_elsewhere(cafe, guest):
    bare = guest.get(arrival(cafe))["Content-Security-Policy"]
    dress(cafe)
    page = guest.get(arrival(cafe))
    assert sorted(page["Content-Security-Policy"].split("; ")) == sorted(bare.split("; "))
    directives = dict(each.strip().split(" ", 1) for each in bare.split(";"))
    assert directives["style-src"] == directives["img-src"] == directives["font-src"] == "'self'"
    assert "<style" not in page.content.decode()
    assert "style=" not in page.content.decode().replace(LINK.search(page.content.decode())[0], "")


def test_HN_W20_the_largest_style_leaves_the_first_view_in_its_budget(cafe, guest):
    """Of colours that repeat as little as people's do: numbers all the way."""
    rules = (f".c{number}{{color:#{number * 2654435761 % 0xFFFFFF:06x}}}" for number in range(350))
    dress(cafe, "\n".join(rules)[:8_000].rpartition("\n")[0])
    page = guest.get(arrival(cafe))
    address = LINK.search(page.content.decode())[1]
    style = guest.get(address, headers={"accept-encoding": "gzip"})
    assert style["Content-Encoding"] == "gzip"
    files = [Path(finders.find(f"portal/{name}")).read_bytes() for name in ("portal.css", "portal.js")]
    assert sum(len(gzip.compress(each)) for each in (page.content, *files)) + len(style.content) < BUDGET_OCTETS


def test_HN_W20_before_anybody_is_known_the_site_says_whose_style_applies(cafe, guest):
    first = dress(cafe, of("first"))
    assert style_of(guest, guest.get(arrival(cafe))) == of("first")
    everywhere, here = realm_named(cafe, "everywhere"), realm_named(cafe, "here", (cafe.site,))
    assert style_of(guest, guest.get(arrival(cafe))) == of("here"), "it names the site"
    assert style_of(guest, guest.get(arrival(cafe).partition("&md=")[0])) == of("here"), "a refusal too"
    ticket, account = f"/portal/{cafe.operator.slug}/", f"/portal/{cafe.operator.slug}/me/"
    for page in (guest.get(ticket), guest.post(ticket, {"code": "x"}), guest.get(account)):
        assert style_of(guest, page) == of("first"), "no gateway, so the oldest that works everywhere"
    elsewhere = _site(cafe)
    dress(cafe, of("first"), sites=[elsewhere])
    _only_at(cafe, here, elsewhere)
    assert style_of(guest, guest.get(arrival(cafe))) == of("everywhere")
    _only_at(cafe, everywhere, elsewhere)
    assert style_of(guest, guest.get(arrival(cafe))) == "", "no realm works here"
    assert style_of(guest, guest.get(ticket)) == of("first"), f"the oldest at all, {first.name}"


def _site(cafe: Any) -> Any:
    from hotgate.apps.operators import services as operators
    from hotgate.apps.operators.actor import COMMAND_LINE
    from web import office

    with scope.of(cafe.operator.id):
        return operators.create_site(by=COMMAND_LINE, now=office.now(), operator=cafe.operator, name="Pool")


def _only_at(cafe: Any, realm: Any, site: Any) -> None:
    from hotgate.apps.subscribers.models import RealmSite

    with scope.of(cafe.operator.id):
        RealmSite.objects.filter(realm=realm).delete()
        RealmSite.objects.create(realm=realm, site=site, operator=cafe.operator)


def test_HN_W20_once_the_realm_is_known_its_own_style_applies(cafe, day, guest):
    from hotgate.apps.operators.actor import COMMAND_LINE
    from hotgate.apps.subscribers import links
    from hotgate.apps.subscribers.models import Subscriber
    from web import office

    dress(cafe, of("first"))
    realm_named(cafe, "here", (cafe.site,))
    form = Form(cafe, guest)
    assert style_of(guest, form.page) == of("here")
    assert style_of(guest, form.send()) == of("here"), "no plan is chosen yet"
    assert style_of(guest, form.choose("Lobby")) == of("first"), "who registers comes into the first realm"
    assert style_of(guest, form.send(act="register", name="", password="")) == of("first")
    crew = realm_named(cafe, "crew")
    with scope.of(cafe.operator.id):
        Subscriber.objects.filter(id=day.maria.id).update(realm=crew)
        token = links.credential_link(
            by=COMMAND_LINE, now=office.now(), subscriber=Subscriber.objects.get(id=day.maria.id)
        )
    account = f"/portal/{cafe.operator.slug}/me/"
    mine = guest.post(account, {"name": "maria", "password": "a long password"})
    assert style_of(guest, mine) == of("crew")
    address = f"/portal/{cafe.operator.slug}/credentials/{token}/"
    assert style_of(guest, guest.get(address)) == of("crew")
    assert style_of(guest, guest.post(address)) == of("crew")
    assert style_of(guest, guest.get(address)) == of("first"), "a link that was used tells nothing about anybody"
