"""The page of API tokens: make one, see it once, revoke it."""

from __future__ import annotations

import re

from hotgate.apps.core import scope
from hotgate.apps.operators.models import ApiToken

FORM = {"name": "Hotel desk", "role": "account_editor", "scopes": ["users:write", "plans:read"], "addresses": ""}


def made_with(client, **changes):
    return client.post("/settings/tokens/new/", FORM | changes)


def test_a_token_is_made_shown_once_and_revoked(sign_in, cafe, client):
    owner = sign_in("owner")
    shown = made_with(owner)
    [secret] = re.findall(r'id="token">(hg_[0-9a-f]{16}_[\w-]{43})<', shown.content.decode())
    assert shown["Cache-Control"] == "no-store"
    listed = owner.get("/settings/tokens/").content.decode()
    assert "Hotel desk" in listed
    assert secret not in listed
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/users", headers=headers).status_code == 200
    with scope.of(cafe.operator.id):
        token = ApiToken.objects.get()
    owner.post(f"/settings/tokens/{token.uuid}/revoke/")
    assert client.get("/api/v1/users", headers=headers).status_code == 401


def test_what_is_wrong_stands_beside_its_field(sign_in, cafe):
    owner = sign_in("owner")
    for changes, text in (
        ({"scopes": []}, "This field is required"),
        ({"addresses": "300.1.1.1"}, "Addresses such as"),
        ({"until": "2020-01-01"}, "This date has passed"),
        ({"until": "9999-12-31"}, "less than or equal to 2199-12-31"),
        ({"name": "a\0b"}, "Null characters are not allowed"),
    ):
        answer = made_with(owner, **changes)
        assert (answer.status_code, text in answer.content.decode()) == (422, True), changes
    with scope.of(cafe.operator.id):
        assert not ApiToken.objects.exists()


def test_nobody_gives_a_program_more_than_they_hold(sign_in, cafe):
    manager = sign_in("manager")
    assert made_with(manager, role="owner").status_code == 422
    assert made_with(manager, role="manager").status_code == 200


def test_another_operators_token_is_404(sign_in, hotel):
    made_with(sign_in("owner", hotel))
    with scope.of(hotel.operator.id):
        token = ApiToken.objects.get()
    assert sign_in("owner").post(f"/settings/tokens/{token.uuid}/revoke/").status_code == 404
