"""Sites and NASes."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from pydantic import Field, IPvAnyAddress

from hotgate.apps.network import queries, services
from hotgate.apps.operators import queries as operators
from hotgate.domain.makers import LABELS
from hotgate.web.api.access import caller
from hotgate.web.api.operations import act, change, read
from hotgate.web.api.paging import Paged, page
from hotgate.web.api.shapes import Line, Moment, Name, Page, Shown, Told, Word
from hotgate.web.api.v1 import rows
from hotgate.web.shared.authorization import Action

router = Router()
NETWORK = "network"
OLD_SECRET_WORKS_FOR = timedelta(hours=24)
Secret = Annotated[str, Field(min_length=1, max_length=services.SECRET_MAX)]
Kind = Literal["hotspot", "pppoe", "dot1x"]
Port = Annotated[int, Field(ge=1, le=65535)]
SETTINGS = ("name", "identifier", "maker", "enabled", "require_message_authenticator", "sends_accounting")
MORE_SETTINGS = (
    "can_confine",
    "mac_login",
    "strict",
    "lacks_gigawords",
    "coa_address",
    "coa_port",
    "kind",
    "users_max",
)


class Site(Shown):
    id: UUID
    name: str
    time_zone: str | None = Field(description="null: the operator's")
    commercial_mode: str


class SitePage(Page):
    items: list[Site]


class NasSettings(Told):
    identifier: Name | None = None
    maker: Literal[*LABELS] | None = None  # type: ignore[valid-type]
    enabled: bool | None = None
    require_message_authenticator: Literal["yes", "no", "auto"] | None = None
    sends_accounting: bool | None = None
    can_confine: bool | None = None
    mac_login: bool | None = None
    strict: bool | None = None
    lacks_gigawords: bool | None = None
    coa_address: IPvAnyAddress | None = Field(None, description="null: where its packets come from.")
    coa_port: Port | None = None
    kind: Kind | None = Field(None, description="How guests come to it.")
    users_max: Annotated[int, Field(ge=1, le=services.USERS_MAX)] | None = Field(
        None, description="Users at once; then logins are refused until somebody leaves. null: no limit."
    )


class NewNas(NasSettings):
    site: UUID
    name: Word = ""
    address: Line = Field(description="Where its packets come from: an address, or a prefix.", examples=["192.0.2.7"])
    secret: Secret


class ChangedNas(NasSettings):
    """What is left out stays as it is. After a change of the secret the old one works for another 24 hours."""

    site: UUID | None = None
    name: Word | None = None
    secret: Secret | None = None


class Nas(Shown):
    id: UUID
    site: UUID
    name: str
    address: str
    identifier: str
    maker: str
    enabled: bool
    require_message_authenticator: str
    sends_accounting: bool
    can_confine: bool
    mac_login: bool
    strict: bool
    lacks_gigawords: bool
    coa_address: str | None
    coa_port: int
    kind: Kind
    users_max: int | None
    last_seen_at: Moment | None
    created_at: Moment


class SavedNas(Shown):
    nas: Nas
    warning: str | None


class NasPage(Page):
    items: list[Nas]


@read(router, "/sites", SitePage, action=Action.SEE_NETWORK, resource=NETWORK)
def list_sites(request: HttpRequest, wanted: Paged) -> Any:
    return page(operators.sites(caller(request).operator), wanted, lambda found: [_site(row) for row in found])


@read(router, "/sites/{uuid:site}", Site, action=Action.SEE_NETWORK, resource=NETWORK)
def read_site(request: HttpRequest, site: UUID) -> Any:
    return _site(rows.one(operators.sites(caller(request).operator), site))


@read(router, "/nas", NasPage, action=Action.SEE_NETWORK, resource=NETWORK)
def list_nas(request: HttpRequest, wanted: Paged) -> Any:
    return page(_all(caller(request)), wanted, lambda found: [_nas(row) for row in found])


@read(router, "/nas/{uuid:nas}", Nas, action=Action.SEE_NETWORK, resource=NETWORK)
def read_nas(request: HttpRequest, nas: UUID) -> Any:
    return _nas(rows.one(_all(caller(request)), nas))


@act(router, "/nas", SavedNas, action=Action.EDIT_NETWORK, resource=NETWORK, status=201)
def add_nas(request: HttpRequest, told: NewNas) -> Any:
    """Its packets are answered within a second."""
    who = caller(request)
    saved = services.add_nas(
        by=who.by,
        now=timezone.now(),
        operator=who.operator,
        site=rows.site(who, told.site),
        address=told.address,
        secret=told.secret,
        **_settings(told),
    )
    return {"nas": _nas(rows.one(_all(who), saved.nas.uuid)), "warning": saved.warning}


@change(router, "/nas/{uuid:nas}", SavedNas, action=Action.EDIT_NETWORK, resource=NETWORK)
def change_nas(request: HttpRequest, nas: UUID, told: ChangedNas) -> Any:
    who = caller(request)
    row = rows.one(_all(who), nas)
    settings = _settings(told)
    if told.site is not None:
        settings["site"] = rows.site(who, told.site)
    saved = services.update_nas(
        by=who.by,
        now=timezone.now(),
        nas=row,
        secret=told.secret,
        keep_old_secret_for=OLD_SECRET_WORKS_FOR if told.secret else None,
        **settings,
    )
    return {"nas": _nas(saved.nas), "warning": saved.warning}


def _all(who: Any) -> Any:
    return queries.nases(who.operator).select_related("site")


def _settings(told: NasSettings) -> dict[str, Any]:
    sent = told.model_dump(exclude_unset=True, include={*SETTINGS, *MORE_SETTINGS})
    address, most = sent.pop("coa_address", None), sent.pop("users_max", None)
    given = {name: value for name, value in sent.items() if value is not None}
    if "coa_address" in told.model_fields_set:
        given["coa_address"] = None if address is None else str(address)
    if "users_max" in told.model_fields_set:
        given["users_max"] = most
    return given


def _site(row: Any) -> dict[str, Any]:
    plain = ("name", "time_zone", "commercial_mode")
    return {"id": row.uuid} | {name: getattr(row, name) for name in plain}


def _nas(row: Any) -> dict[str, Any]:
    plain = (*SETTINGS, *MORE_SETTINGS, "last_seen_at", "created_at")
    shown = {name: getattr(row, name) for name in plain}
    return shown | {"id": row.uuid, "site": row.site.uuid, "address": _plain(row.address)}


def _plain(network: str) -> str:
    return network.removesuffix("/128" if ":" in network else "/32")
