"""A browser that keeps in mind every form that it was shown, and which templates they came from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.test import Client
from django.urls import Resolver404, resolve

from web.page_forms import Form, forms_in

TAG = re.compile(r"<form\b[^>]*>")
FILLED_IN = re.compile(r"{% *if [^>]*?{% *endif *%}|{%.*?%}|{{.*?}}")
Key = tuple[str, ...]
ROWS = {"row"}  # ticked or not


class Sighting:
    """What all browsers of one test saw together."""

    def __init__(self) -> None:
        self.forms: dict[Key, tuple[Looking, Form]] = {}
        self.templates: set[tuple[str, str]] = set()  # file, and the tag of a form in it
        self.faults: list[str] = []
        self._known: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def note(self, client: Looking, response: Any) -> None:
        if response.status_code >= 500:
            self.faults.append(f"{response.request['REQUEST_METHOD']} {response.request['PATH_INFO']}")
        if "html" not in response.get("Content-Type", "") or response.streaming:
            return
        html = response.content.decode()
        if "<form" not in html:
            return
        for form in forms_in(html, response.request["PATH_INFO"]):
            if form.method != "dialog" and not form.action.startswith("http"):
                self.forms.setdefault(key_of(form), (client, form))
        for template in response.templates or ():
            self._note_template(str(template.origin and template.origin.name), html)

    def _note_template(self, file: str, html: str) -> None:
        if file not in self._known:
            self._known[file] = tags_of(Path(file)) if Path(file).is_file() else []
        self.templates |= {(file, tag) for tag, shape in self._known[file] if shape.search(html)}


class Looking(Client):
    def __init__(self, sighting: Sighting, **options: Any) -> None:
        super().__init__(raise_request_exception=False, **options)
        self.sighting = sighting

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        self.sighting.note(self, response)
        return response


def tags_of(file: Path) -> list[tuple[str, re.Pattern[str]]]:
    """Each form's opening tag, and what it may look like once it is filled in."""
    return [(tag, _shape(tag)) for tag in TAG.findall(FILLED_IN.sub("{}", file.read_text()))]


def _shape(tag: str) -> re.Pattern[str]:
    return re.compile(r"\s*[^>]*?".join(re.escape(part.strip()) for part in tag.split("{}")))


def key_of(form: Form) -> Key:
    """Forms that differ by the row they stand in are one; those of two buttons are two."""
    acts = [field.value for field in form.fields if field.name == "act"]
    return (form.method, route_of(form.address), *acts[-1:], *sorted(set(form.names) - ROWS))


def route_of(address: str) -> str:
    try:
        return str(resolve(address).view_name)
    except Resolver404:
        return address
