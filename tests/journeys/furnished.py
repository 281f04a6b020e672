"""What an operator of some years has besides a day: batches, cards, imports, a map, sites, tokens, long work."""

from __future__ import annotations

import io
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from web.busy_day import Day
    from web.office import Office

RADIO = "0A-11-22-33-44-55"
GUESTS = "User name,Password,Full name,Plan\nanna,correct horse,Anna Neri,1 GB\nben,short,Ben Grün,\ncem,,,Gold\n"


def furnish(office: Office, day: Day) -> SimpleNamespace:
    """Names of what was made, for the addresses of its pages. In the scope of the operator."""
    from hotgate.apps.network import places
    from hotgate.apps.operators.actor import COMMAND_LINE as BY
    from hotgate.apps.usage.models import AccessSession
    from web.office import now

    given: dict[str, Any] = {"by": BY, "now": now(), "operator": office.operator}
    AccessSession.objects.filter(subscriber=day.maria).update(
        called_station=f"{RADIO}:Guests", mac="02-00-00-AA-BB-01", terminate_cause=4
    )
    _set_aside(given, office)
    _certified(given, office)
    _told_by_a_controller(given)
    return SimpleNamespace(
        **_vouchers(given, office, day),
        **_cards_and_imports(given, office),
        **_settings(given, office),
        floor_plan=place_on_a_map(given | {"site": office.site}, office),
        point=places.points(office.operator)[0],
    )


def _set_aside(given: dict[str, Any], office: Office) -> None:
    """Two accounting records that could not be booked."""
    from hotgate.apps.usage.models import Quarantine

    told = {"1": [b"maria".hex()], "40": ["00000063"], "44": [b"8000abcd".hex()]}
    for minutes, reason in ((4, "unknown_status_type"), (90, "23514")):
        at = given["now"] - timedelta(minutes=minutes)
        row = {"operator_id": office.operator.id, "nas_id": office.nas.id, "at": at, "reason": reason}
        Quarantine.objects.create(**row, attributes=told)


def _told_by_a_controller(given: dict[str, Any]) -> None:
    """Maria walked from the bar to the pool and back."""
    from hotgate.apps.usage import controllers

    now, device = given["now"], "02-00-00-AA-BB-01"
    walks = [("0A-11-22-33-44-66", 40, 12, 19), (RADIO, 12, None, None), (RADIO, 95, 40, 1)]
    told = [
        controllers.Told(
            device,
            point,
            now - timedelta(minutes=began),
            None if ended is None else now - timedelta(minutes=ended),
            "Guests",
            cause,
            -58 - began // 4,
        )
        for point, began, ended, cause in walks
    ]
    controllers.note_associations(now=now, operator=given["operator"], told=told)


def _certified(given: dict[str, Any], office: Office) -> None:
    from hotgate.apps.usage.models import GatewayCertificate
    from hotgate.domain.certifying import Line, Verdict

    verdicts = dict.fromkeys(map(str, Line), str(Verdict.PASSED)) | {str(Line.COUNTS_BEYOND_WRAP): str(Verdict.UNKNOWN)}
    told = {"maker": "standard", "hardware": "hAP ax³", "software": "RouterOS 7.16", "packets": 212, "sessions": 17}
    row = {"operator": office.operator, "nas": office.nas, "staff": office.staff["owner"], "verdicts": verdicts} | told
    at = given["now"]
    failed = verdicts | {str(Line.PACKETS_ARE_COUNTED): str(Verdict.FAILED)}
    GatewayCertificate.objects.create(**row | {"verdicts": failed}, at=at - timedelta(days=3), passed=False)
    GatewayCertificate.objects.create(**row, at=at, passed=True)


def _vouchers(given: dict[str, Any], office: Office, day: Day) -> dict[str, Any]:
    from hotgate.apps.core import work
    from hotgate.apps.vouchers import batches, redeeming
    from hotgate.apps.vouchers.models import BatchMode
    from hotgate.domain.codes import BatchSettings

    plan = office.plans["1 hour"]
    drafted = batches.draft_batch(**given, plan=plan, size=500, settings=BatchSettings(prefix="POOL"))
    sold = batches.draft_batch(**given, plan=office.plans["1 GB"], size=40, mode=BatchMode.REDEEM)
    batches.confirm_batch(by=given["by"], now=given["now"], batch=sold.batch)
    redeeming.redeem_voucher(by=given["by"], now=given["now"], subscriber=day.maria, code=sold.samples[0])
    begun = {"now": given["now"], "operator_id": office.operator.id, "staff_id": office.staff["owner"].id}
    running = work.begin(**begun, kind="voucher_batch", title="1 hour", total=1_000_000)
    work.report(now=given["now"], work_id=running.id, done=400_000)
    failed = work.begin(**begun, kind="user_import", title="guests.csv", total=3)
    work.fail(now=given["now"], work_id=failed.id, message="Nothing was made. Please try again.")
    return {"drafted": drafted.batch, "sold": sold.batch, "work": running}


def _cards_and_imports(given: dict[str, Any], office: Office) -> dict[str, Any]:
    from hotgate.apps.subscribers import cards, services
    from hotgate.apps.subscribers.importing import services as importing

    people = services.default_realm(office.operator)
    files = {"by": given["by"], "now": given["now"], "realm": people, "file_name": "guests.csv"}
    mapped = importing.take_in(**files, content=GUESTS.encode())
    ready = importing.take_in(**files, content="".join(GUESTS.splitlines(keepends=True)[:2]).encode())
    done = importing.take_in(**files, content=b"User name,Full name\ndora,Dora Blu\n")
    importing.confirm(by=given["by"], now=given["now"], draft=done)
    importing.carry_out(by=given["by"], now=given["now"], run=done)
    return {
        "done_import": done,
        "cards": cards.make_cards(**given, size=12, plan=office.plans["Day pass"], prefix="room"),
        "draft_import": mapped,
        "ready_import": ready,
        "realm": people,
    }


def _settings(given: dict[str, Any], office: Office) -> dict[str, Any]:
    from hotgate.apps.catalogue import profiles
    from hotgate.apps.catalogue.drafts import Limits
    from hotgate.apps.network import blocking
    from hotgate.apps.operators import services as operators
    from hotgate.apps.operators.models import Role
    from hotgate.apps.operators.tokens import services as tokens

    operators.create_site(**given, name="Terrace")
    child = operators.create_operator(
        by=given["by"], now=given["now"], name="Bar Luna", currency="EUR", parent=office.operator
    )
    blocking.block(**given, mac="02-00-00-AA-BB-09", reason="scanned the network")
    tokens.make_token(
        **given,
        name="Hotel desk",
        role=str(Role.CASHIER),
        scopes=["users:read"],
        expires_at=given["now"] + timedelta(days=90),
    )
    profile = profiles.create_profile(**given, name="Guests", limits=Limits(download_bps=20_000_000, devices_max=3))
    return {"profile": profile, "child": child}


def place_on_a_map(given: dict[str, Any], office: Office) -> Any:
    from hotgate.apps.network import places

    plan = places.add_plan(**given, name="Ground floor", image=drawing())
    bar = places.add_point(**given, name="Bar", mac=RADIO)
    pool = places.add_point(**given, name="Pool", mac="0A-11-22-33-44-66")
    gateway = places.point_of_nas(by=given["by"], now=given["now"], nas=office.nas)
    for point, x, y in ((bar, 200, 150), (pool, 620, 300), (gateway, 420, 120)):
        places.place(by=given["by"], now=given["now"], point=point, plan=plan, x=x, y=y)
    return plan


def drawing() -> bytes:
    image = Image.new("RGB", (800, 450), "white")
    draw = ImageDraw.Draw(image)
    for walls in ((20, 20, 780, 430), (20, 20, 330, 240), (330, 20, 520, 240), (520, 240, 780, 430)):
        draw.rectangle(walls, outline="#334155", width=4)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()
