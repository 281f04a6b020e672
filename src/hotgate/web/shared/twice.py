"""`{% written menu %}…{% endwritten %}`: rendered once, to stand in the page where `{{ menu }}` does, however often."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token

register = template.Library()


class Written(template.Node):
    def __init__(self, name: str, inside: NodeList) -> None:
        self.name, self.nodelist = name, inside

    def render(self, context: Any) -> str:
        context[self.name] = self.nodelist.render(context)
        return ""


@register.tag
def written(parser: Parser, token: Token) -> Written:
    _tag, name = token.split_contents()
    inside = parser.parse(("endwritten",))
    parser.delete_first_token()
    return Written(name, inside)
