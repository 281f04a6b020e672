"""The description of the interface, made complete: scopes, the problems that each operation answers with."""

from __future__ import annotations

from typing import Any

from hotgate.web.api import problems

DESCRIPTION = (
    "Users, plans, vouchers, sessions and sales of one operator, for other programs. Every operation needs a token; "
    "a token has a role, and scopes such as `users:read` and `users:write` (which includes reading). "
    "Times are ISO 8601 in UTC, money is minor units and a currency, volumes are octets, durations seconds, ids UUIDs. "
    "What can't be done is told as a problem (RFC 9457) with a stable `code`."
)
ALWAYS = (400, 401, 403, 405, 406, 422, 429, 500, 503)
ERROR = {
    "type": "object",
    "required": ["field", "detail"],
    "properties": {
        "field": {"type": "string", "description": "`body` for the body as a whole; `person.room` inside an object."},
        "detail": {"type": "string"},
    },
}
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. Programs go by `code`; `detail` is for people, in the language that they ask for.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "pattern": "^[a-z0-9_]+$"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": ERROR},
    },
}
SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "hg_…",
    "description": "A token, made in the console under Settings, or by `hotgate token add`.",
}


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """In place, and given back: plain JSON values in the order in which they are to be published."""
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            _complete(method, operation)
    components = schema["components"]
    components["schemas"] = dict(sorted(components["schemas"].items())) | {"Problem": PROBLEM}
    components["securitySchemes"] = {"ApiToken": SCHEME}
    components["responses"] = {str(status): _response(status) for status in problems.TITLES}
    return dict(schema)


def _complete(method: str, operation: dict[str, Any]) -> None:
    scope = operation.pop("x-scope")
    operation["security"] = [{"ApiToken": []}]
    operation["x-scope"] = scope
    description = operation.get("description", "")
    operation["description"] = f"{description}\n\nScope: `{scope}`.".strip()
    statuses = {*ALWAYS, *_more(method, operation)}
    answers = {str(status): answer for status, answer in operation["responses"].items()}
    operation["responses"] = answers | {
        str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)
    }


def _more(method: str, operation: dict[str, Any]) -> set[int]:
    more = {404} if any(each["in"] == "path" for each in operation["parameters"]) else set()
    if method in ("post", "patch", "delete"):
        more |= {409}
    if "requestBody" in operation:
        more |= {413, 415}
    return more


def _response(status: int) -> dict[str, Any]:
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": problems.TITLES[status], "content": content}
