"""The ticket generator and the list of vouchers, as staff use them; what a ticket printer gets."""

from __future__ import annotations

import csv
import io
import re

import pytest

from hotgate.apps.core import scope
from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.subscribers import services as subscribers
from hotgate.apps.vouchers import queries, redeeming
from hotgate.apps.vouchers.models import Voucher, VoucherBatch
from hotgate.domain.errors import DomainError

CODE = re.compile(r'id="code">([^<]+)<')


@pytest.fixture
def office(cafe):
    return cafe


def form_of(office, **changes):
    plan = office.plans["1 hour"]
    given = {
        "prefix": "LOBBY",
        "length": "10",
        "characters": "clear",
        "avoid_look_alikes": "on",
        "check": "on",
        "size": "7",
        "plan": str(plan.uuid),
        "mode": "login",
    }
    return given | changes


def drafted(client, office, **changes):
    response = client.post("/vouchers/generator/", form_of(office, **changes))
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


def made(client, office, **changes):
    address = drafted(client, office, **changes)
    assert client.post(f"{address}confirm/").status_code == 302
    return address


def test_EN_48_the_form_stands_above_the_batches_and_links_to_the_tickets(sign_in, office):
    client = sign_in("manager")
    html = client.get("/vouchers/generator/").content.decode()
    assert "Show generated tickets" not in html
    made(client, office)
    html = client.get("/vouchers/generator/").content.decode()
    assert html.index("Generate tickets") < html.index("Show generated tickets") < html.index("Earlier batches")


def test_EN_51_five_samples_then_EN_52_confirm(sign_in, office):
    client = sign_in("manager")
    address = drafted(client, office)
    samples = re.findall(r'<li class="mono">([^<]+)</li>', client.get(address).content.decode())
    assert len(samples) == 5
    assert all(sample.startswith("LOBB") for sample in samples)
    assert "LOBBY" not in client.get("/vouchers/").content.decode()
    client.post(f"{address}confirm/")
    page = client.get(address).content.decode()
    assert "7 tickets for 1 hour" in page
    assert client.get("/vouchers/").content.decode().count(">LOBBY…") == 7
    again = client.post(f"{address}confirm/", follow=True).content.decode()
    assert "confirmed or cancelled before" in again


def test_EN_52_cancel_leaves_nothing(sign_in, office):
    client = sign_in("manager")
    address = drafted(client, office)
    client.post(f"{address}cancel/")
    assert client.get(address).status_code == 404
    with scope.of(office.operator.id):
        assert not VoucherBatch.objects.exists()


def test_EN_52_who_confirms_what_somebody_cancels_at_that_moment_is_told(sign_in, office, monkeypatch):
    from hotgate.web.console.vouchers import generator

    client = sign_in("manager")
    address = drafted(client, office)
    confirm = generator.batches.confirm_batch

    def after_a_cancel(**told):
        generator.batches.cancel_draft(**told)
        return confirm(**told)

    monkeypatch.setattr(generator.batches, "confirm_batch", after_a_cancel)
    answer = client.post(f"{address}confirm/", follow=True)
    assert (answer.status_code, answer.redirect_chain) == (200, [("/vouchers/generator/", 302)])
    assert "confirmed or cancelled before" in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expires_at": "9999-12-31"}, "expires_at"),
        ({"expires_at": "0001-01-01"}, "expires_at"),
        ({"size": "0"}, "size"),
        ({"size": "many"}, "size"),
        ({"length": "3"}, "length"),
        ({"prefix": "<b>"}, "prefix"),
        ({"plan": "nothing"}, "plan"),
        ({"characters": "digits", "length": "6"}, "length"),
        ({"characters": "lower"}, "check"),
        ({"expires_at": "2001-01-01"}, "expires_at"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(sign_in, office, changes, field):
    size = {"size": "5000"} if changes.get("characters") == "digits" else {}
    response = sign_in("manager").post("/vouchers/generator/", form_of(office, **(changes | size)))
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in response.content.decode()


def test_EN_A4_EN_A5_the_preview_says_length_space_and_odds(sign_in, office):
    client = sign_in("manager")
    html = client.post("/vouchers/generator/preview/", form_of(office)).content.decode()
    assert "16 characters to type" in html
    assert "819,628,286,980,801 codes are possible, 7 of them" in html
    html = client.post(
        "/vouchers/generator/preview/", form_of(office, characters="digits", length="4", size="11")
    ).content.decode()
    assert "Too easy to guess" in html


def test_EN_53_EN_54_a_batch_has_its_date_count_and_settings_to_load(sign_in, office):
    client = sign_in("manager")
    address = made(client, office, length="12", prefix="POOL")
    html = client.get("/vouchers/generator/").content.decode()
    assert re.search(r'class="number">7</td>', html)
    own = address.rstrip("/").rpartition("/")[2]
    loaded = client.get(f"/vouchers/generator/?like={own}").content.decode()
    assert 'name="prefix" value="POOL"' in loaded
    assert 'name="length" value="12"' in loaded


def test_EN_55_EN_A1_the_dialog_counts_before_and_deletes_unused(sign_in, office):
    client = sign_in("manager")
    address = made(client, office)
    assert "7 unused tickets stop working and are gone. In use and left: 0." in client.get(address).content.decode()
    assert "7 tickets were deleted" in client.post(f"{address}delete/", follow=True).content.decode()
    with scope.of(office.operator.id):
        assert not Voucher.objects.exists()


def test_EN_56_the_export_streams_every_code_and_no_formula(sign_in, office):
    with scope.of(office.operator.id):
        type(office.plans["1 hour"]).objects.filter(id=office.plans["1 hour"].id).update(name="=HYPERLINK(1)")
    client = sign_in("manager")
    address = made(client, office, prefix="")
    response = client.get(f"{address}tickets.csv")
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert len(rows) == 8
    assert {row[1] for row in rows[1:]} == {"'=HYPERLINK(1)"}
    with scope.of(office.operator.id):
        assert all(queries.voucher_with_code(office.operator, row[0]) for row in rows[1:])
        assert AuditEntry.objects.filter(verb="export_codes").count() == 1


def test_the_whole_batch_prints(sign_in, office):
    client = sign_in("manager")
    address = made(client, office)
    assert client.get(f"{address}a4.pdf").content.startswith(b"%PDF-")
    assert client.get(f"{address}card.pdf?from=3").content.startswith(b"%PDF-")
    assert client.get(f"{address}papyrus.pdf").status_code == 404
    client.post(f"{address}delete/")
    assert "there is nothing to print" in client.get(f"{address}a4.pdf", follow=True).text


def test_the_dialog_asks_on_which_paper_and_of_a_large_batch_from_which_ticket(sign_in, office, monkeypatch):
    from hotgate.web.console.vouchers import generator

    client = sign_in("manager")
    address = made(client, office)
    page = client.get(address).text
    assert [f'formaction="{address}{paper}.pdf"' in page for paper in ("a4", "card", "80mm", "58mm")] == [True] * 4
    assert "From ticket" not in page
    assert re.search(r'<dialog[^>]* id="print"[^>]* open>', client.get(f"{address}?print").text), "without scripts"
    monkeypatch.setattr(generator, "PRINTED_MAX", 5)
    assert "Up to 5 in one file; the batch has 7." in client.get(address).text


@pytest.mark.parametrize("role", ["cashier", "support", "auditor"])
def test_EN_59_EN_60_staff_find_a_code_and_see_its_last_four_only(sign_in, office, role):
    made(sign_in("manager"), office)
    with scope.of(office.operator.id):
        code = queries.code_of(Voucher.objects.order_by("id")[0])
    html = sign_in(role).get("/vouchers/", {"q": code.lower()}).content.decode()
    body = html[html.index("<tbody") :]
    assert body.count("LOBBY…") == 1
    assert code.replace("-", "")[-4:] in body
    assert code not in body
    assert "1 hour" in body


def test_a_cashier_sees_a_whole_code_on_record_and_support_does_not(sign_in, office):
    made(sign_in("manager"), office)
    with scope.of(office.operator.id):
        row = Voucher.objects.order_by("id")[0]
        code = queries.code_of(row)
    assert code in sign_in("cashier").post(f"/vouchers/{row.uuid}/reveal/").content.decode()
    assert sign_in("support").post(f"/vouchers/{row.uuid}/reveal/").status_code == 403
    with scope.of(office.operator.id):
        assert AuditEntry.objects.filter(verb="show_code", object_id=row.id).count() == 1


def test_EN_61_the_link_deletes_an_unused_ticket(sign_in, office):
    client = sign_in("manager")
    made(client, office)
    with scope.of(office.operator.id):
        row = Voucher.objects.order_by("id")[0]
    assert "was deleted" in client.post(f"/vouchers/{row.uuid}/end/", follow=True).content.decode()
    assert client.post(f"/vouchers/{row.uuid}/end/").status_code == 404


def test_EN_61_without_scripts_a_page_asks_before_a_ticket_is_ended(sign_in, office):
    client = sign_in("manager")
    made(client, office)
    with scope.of(office.operator.id):
        row = Voucher.objects.order_by("id")[0]
    listed = client.get("/vouchers/").content.decode()
    assert f'form="row-ask" formaction="/vouchers/{row.uuid}/end/" data-ask="#delete"' in listed
    assert f'form="row-act" formaction="/vouchers/{row.uuid}/reveal/"' in listed
    assert listed.count('id="delete"') == listed.count('<form id="row-ask"') == listed.count('<form id="row-act"') == 1
    asked = client.get(f"/vouchers/{row.uuid}/end/").content.decode()
    assert "Delete this unused ticket?" in asked
    assert row.shown in asked
    with scope.of(office.operator.id):
        assert Voucher.objects.filter(id=row.id).exists()
        Voucher.objects.filter(id=row.id).update(state="void")
    answer = client.get(f"/vouchers/{row.uuid}/end/", follow=True).content.decode()
    assert "its record stays" in answer


def in_use(office, row):
    """Redeemed and begun."""
    from web import office as world

    code = queries.code_of(row)
    guest = subscribers.register_subscriber(
        by=world.BY, now=world.now(), operator=office.operator, name="ada", password="a long password"
    )
    held = redeeming.redeem_voucher(by=world.BY, now=world.now(), subscriber=guest, code=code)
    type(held).objects.filter(id=held.id).update(first_used_at=world.now())
    return held


def test_EN_61_several_are_deleted_or_expired_at_once(sign_in, office):
    client = sign_in("manager")
    made(client, office)
    with scope.of(office.operator.id):
        used, *unused = Voucher.objects.order_by("id")
        held = in_use(office, used)
    chosen = {"row": [str(each.uuid) for each in (used, *unused[:3])]}
    assert "Delete those of 4 tickets that are unused?" in client.post("/vouchers/", chosen | {"act": "delete"}).text
    done = client.post("/vouchers/", chosen | {"act": "delete", "confirmed": "1"}, follow=True).text
    assert "Delete unused: 3 done." in done
    assert "1 needed nothing." in done
    done = client.post("/vouchers/", chosen | {"act": "expire", "confirmed": "1"}, follow=True).text
    assert "Expire those in use: 1 done." in done
    with scope.of(office.operator.id):
        assert Voucher.objects.count() == 4
        held.refresh_from_db()
    assert held.ended_at
    assert sign_in("cashier").post("/vouchers/", chosen | {"act": "delete"}).status_code == 403


def test_EN_61_what_was_used_since_it_was_ticked_is_not_deleted(sign_in, office):
    from hotgate.apps.vouchers import ending
    from web import office as world

    made(sign_in("manager"), office)
    with scope.of(office.operator.id):
        row = Voucher.objects.order_by("id")[0]
        in_use(office, row)
        with pytest.raises(DomainError) as caught:
            ending.end_voucher(by=world.BY, now=world.now(), voucher=row, wanted=ending.Ended.DELETED)
    assert caught.value.code == "voucher_changed"


def test_EN_57_EN_58_EN_62_sorted_filtered_and_in_pages(sign_in, office):
    client = sign_in("manager")
    made(client, office, size="60")
    first = client.get("/vouchers/?sort=code").content.decode()
    shown = re.findall(r">LOBBY…(\w{4})", first)
    assert (len(shown), shown) == (50, sorted(shown))
    following = re.search(r'href="([^"]+)"[^>]*>Next page', first) or re.search(r'rel="next" href="([^"]+)"', first)
    rest = client.get("/vouchers/" + following.group(1).replace("&amp;", "&")).content.decode()
    more = re.findall(r">LOBBY…(\w{4})", rest)
    assert (len(more), shown + more) == (10, sorted(shown + more))
    assert "LOBBY…" not in client.get("/vouchers/?show=begun").content.decode()
    assert "LOBBY…" in client.get("/vouchers/?show=left").content.decode()


def test_another_operators_vouchers_are_404(sign_in, office, hotel):
    address = made(sign_in("manager"), office)
    stranger = sign_in("owner", hotel)
    with scope.of(office.operator.id):
        row = Voucher.objects.order_by("id")[0]
    for path in ("", "tickets.csv", "a4.pdf"):
        assert stranger.get(address + path).status_code == 404
    assert stranger.post(f"/vouchers/{row.uuid}/end/").status_code == 404
    assert "LOBBY" not in stranger.get("/vouchers/").content.decode()


def test_EN_41_EN_43_EN_44_two_clicks_a_language_and_paper(sign_in, office):
    client = sign_in("cashier")
    page = client.get("/quick-ticket/").content.decode()
    assert "Lobby" not in page  # EN-42: it is free
    given = {"plan": str(office.plans["1 hour"].uuid), "first_name": "<b>Ada</b>", "last_name": "Rossi"}
    shown = client.post("/quick-ticket/", given, follow=True)
    html = shown.content.decode()
    assert "&lt;b&gt;Ada&lt;/b&gt; Rossi" in html
    assert "1 hour" in html
    code = CODE.search(html).group(1)
    address = shown.redirect_chain[-1][0]
    client.post(f"{address}language/", {"language": "it"})
    assert '<option value="it" lang="it" selected>' in client.get(address).content.decode()
    for paper in ("a4", "80mm", "58mm", "card"):
        assert client.get(f"{address}{paper}.pdf").content.startswith(b"%PDF-")
    assert code[-4:] in client.get("/users/").content.decode()  # EN-45


def test_EN_44_the_next_ticket_prints_on_the_paper_of_the_last(sign_in, office):
    client, plan = sign_in("cashier"), {"plan": str(office.plans["1 hour"].uuid)}

    def usual():
        sold = client.post("/quick-ticket/", plan, follow=True)
        address, page = sold.redirect_chain[-1][0], sold.text
        [href] = re.findall(r'class="btn btn-primary" href="([^"]+)"', page)
        assert [f'formaction="{address}{file}"' in page for file in ("card.pdf", "58mm.pdf", "58mm.bin")] == [True] * 3
        return address, href.removeprefix(address)

    address, first = usual()
    client.get(f"{address}58mm.pdf")
    address, second = usual()
    client.get(f"{address}80mm.bin")
    assert (first, second, usual()[1]) == ("a4.pdf", "58mm.pdf", "80mm.bin")


@pytest.mark.parametrize("paper", ["58mm", "80mm"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_EN_44_a_ticket_printer_prints_a_picture_that_logs_in(sign_in, office, paper, language):
    import zxingcpp

    client = sign_in("cashier")
    shown = client.post("/quick-ticket/", {"plan": str(office.plans["1 hour"].uuid)}, follow=True)
    address = shown.redirect_chain[-1][0]
    client.post(f"{address}language/", {"language": language})
    octets = client.get(f"{address}{paper}.bin").content
    picture = raster_of(octets)
    assert picture.width == {"58mm": 384, "80mm": 576}[paper]
    [read] = zxingcpp.read_barcodes(picture)
    code = CODE.search(shown.content.decode()).group(1)
    assert read.text.endswith(f"/portal/{office.operator.slug}/#{code}")
    assert "?" not in read.text


def test_EN_43_a_name_and_a_password_where_the_operator_wants_both(sign_in, office):
    sign_in("manager").post("/quick-ticket/settings/", {"separate_password": "on", "support_line": "Call 9"})
    html = sign_in("cashier").post("/quick-ticket/", {"plan": str(office.plans["1 hour"].uuid)}, follow=True)
    assert 'id="password"' in html.content.decode()


def raster_of(octets):
    """The picture in `GS v 0` commands (ESC/POS), one below the other, as a printer would burn it."""
    from PIL import Image

    parts, at = [], 0
    while (at := octets.find(b"\x1dv0", at)) >= 0:
        width, height = (int.from_bytes(octets[at + n : at + n + 2], "little") for n in (4, 6))
        size = width * height
        parts.append(Image.frombytes("1", (width * 8, height), octets[at + 8 : at + 8 + size]))
        at += 8 + size
    whole = Image.new("L", (parts[0].width, sum(part.height for part in parts)), 255)
    top = 0
    for part in parts:
        whole.paste(part.convert("L").point(lambda dot: 255 - dot), (0, top))
        top += part.height
    return whole
