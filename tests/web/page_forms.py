"""The forms that stand on a page, read from its HTML as a browser would, with what it would send."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple

TYPED = {"text", "search", "email", "tel", "number", "password", "date", "datetime-local", "time", "url"}
Attributes = dict[str, str]
Values = dict[str, list[str]]


class Field(NamedTuple):
    name: str
    value: str
    is_typed: bool = False
    is_sent: bool = True  # a box that is not ticked is not
    is_file: bool = False


class Form(NamedTuple):
    page: str  # the address that it stands on
    action: str
    method: str
    fields: tuple[Field, ...]

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(field.name for field in self.fields if field.name != "csrfmiddlewaretoken"))

    @property
    def address(self) -> str:
        """Where it is sent to."""
        if self.action.startswith("/"):
            return self.action
        here = self.page.partition("?")[0]
        return here + self.action if self.action and not self.action.startswith("?") else here

    def values(self) -> Values:
        """What is sent if nothing is typed."""
        sent: Values = {}
        for field in self.fields:
            if field.is_sent:
                sent.setdefault(field.name, []).append(field.value)
        return sent


def forms_in(html: str, page: str) -> list[Form]:
    reader = _Reader()
    reader.feed(html)
    for button in reader.stray_buttons:
        for each in reader.forms:
            if each.attributes.get("id") == button["form"]:
                each.buttons.append(button)
    return [form for each in reader.forms for form in _by_button(each, reader.strays, page)]


class _Open:
    def __init__(self, attributes: Attributes) -> None:
        self.attributes = attributes
        self.fields: list[Field] = []
        self.buttons: list[Attributes] = []
        self.others: list[str] = []  # addresses to which a script sends the same while it is filled in


def _by_button(each: _Open, strays: list[tuple[str, Field]], page: str) -> list[Form]:
    """One for each of its buttons, which say by name and value, or by an address, what is done."""
    told = each.attributes
    fields = each.fields + [field for form, field in strays if form == told.get("id")]
    made = []
    for button in each.buttons or [{}]:
        own = [Field(button["name"], button.get("value", ""))] if button.get("name") else []
        action = button.get("formaction") or told.get("action", "")
        made.append(Form(page, action, told.get("method", "get").lower(), tuple(fields + own)))
    return made + [Form(page, action, "post", tuple(fields)) for action in each.others]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Open] = []
        self.current: _Open | None = None
        self.strays: list[tuple[str, Field]] = []  # of the form with this id, in which they do not stand
        self.stray_buttons: list[Attributes] = []
        self.select: Attributes = {}
        self.options: list[tuple[str, bool]] = []
        self.area: Attributes = {}
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.current = _Open(attributes)
            self.forms.append(self.current)
        if self.current and "hx-post" in attributes:
            self.current.others.append(attributes["hx-post"])
        if tag == "input":
            self._put(attributes, _input(attributes))
        elif tag == "button" and attributes.get("type", "submit") == "submit":
            if attributes.get("form"):
                self.stray_buttons.append(attributes)
            elif self.current:
                self.current.buttons.append(attributes)
        elif tag == "textarea":
            self.area, self.text = attributes, ""
        elif tag == "select":
            self.select, self.options = attributes, []
        elif tag == "option":
            self.options.append((attributes.get("value", ""), "selected" in attributes))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.current = None
        elif tag == "textarea":
            self._put(self.area, Field(self.area.get("name", ""), self.text.removeprefix("\n"), is_typed=True))
            self.area = {}
        elif tag == "select":
            chosen = [value for value, is_chosen in self.options if is_chosen]
            several = "multiple" in self.select
            for value in chosen or ([] if several else [value for value, _ in self.options[:1]]):
                self._put(self.select, Field(self.select.get("name", ""), value))
            if several and not chosen:
                self._put(self.select, Field(self.select.get("name", ""), "", is_sent=False))

    def handle_data(self, data: str) -> None:
        self.text += data if self.area else ""

    def _put(self, attributes: Attributes, field: Field | None) -> None:
        if field is None or not field.name or "disabled" in attributes:
            return
        if attributes.get("form"):
            self.strays.append((attributes["form"], field))
        elif self.current is not None:
            self.current.fields.append(field)


def _input(attributes: Attributes) -> Field | None:
    kind, name, value = (attributes.get(key, "") for key in ("type", "name", "value"))
    if kind in ("checkbox", "radio"):
        return Field(name, value or "on", is_sent="checked" in attributes)
    if kind in ("submit", "button", "image", "reset"):
        return None
    if kind == "file":
        return Field(name, "", is_sent=False, is_file=True)
    return Field(name, value, is_typed=(kind or "text") in TYPED)
