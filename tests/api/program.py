"""A program of somebody else's, as the tests of the API see it: a token and a few verbs."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.test import Client

from hotgate.apps.core import scope
from hotgate.apps.operators.actor import COMMAND_LINE as BY
from hotgate.apps.operators.tokens import services
from hotgate.apps.operators.tokens.services import SCOPES, Made
from web.office import Office, now

ROOT = "/api/v1"


def token_for(office: Office, role: str = "owner", **settings: Any) -> Made:
    given = {"name": "Hotel desk", "scopes": SCOPES} | settings
    with scope.of(office.operator.id):
        return services.make_token(by=BY, now=now(), operator=office.operator, role=role, **given)


class Program:
    def __init__(self, secret: str, token: Any = None) -> None:
        self.secret = secret
        self.token = token
        self.client = Client()

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(ROOT + path, query, headers=self.headers())

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        """With a key of its own unless one is given; '' sends none."""
        key = str(uuid.uuid4()) if key is None else key
        return self.send("POST", path, body, {"Idempotency-Key": key} if key else {})

    def patch(self, path: str, body: Any) -> Any:
        return self.send("PATCH", path, body, {})

    def delete(self, path: str) -> Any:
        return self.client.delete(ROOT + path, headers=self.headers())

    def send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        octets = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.generic(
            method, ROOT + path, octets, content_type="application/json", headers=self.headers() | headers
        )

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem that was answered."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = json.loads(response.content)
    assert (told["status"], told["code"], told["type"]) == (status, code, f"urn:hotgate:problem:{code}")
    return told
