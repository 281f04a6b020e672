"""A realm's own style: what looks different passes, what loads or hides something doesn't (HN-W20)."""

from __future__ import annotations

import pytest

from hotgate.domain import styling

LOADS = "It loads nothing"
RULES = "only @media"
ESCAPES = "Neither"
OPEN = "not closed"


@pytest.mark.parametrize(
    "style",
    [
        "",
        ":root{--main:#8a1c4a;--paper:#fff7ee}",
        "@media (prefers-color-scheme: dark) { :root { --main: rgb(255 200 0 / 90%) } }",
        "@MEDIA screen and(min-width:40em){h1{font-size:clamp(1rem, 2vw, 3rem)}}",
        "body { background: LINEAR-GRADIENT(160deg, var(--paper), color-mix(in srgb, var(--main) 20%, white)) }",
        'h1::after { content: "} @import url(x) /* " }\n/* url(https://example.org) is not taken */',
        "button:not(.quiet):is(:hover, :focus) { border-radius: calc(1rem * 2) }",
        "main > p + p ~ a[href^='tel:'] { font: 1rem/1.5 Georgia, serif !important }",
        ".site { font-family: 'Noto Naskh Arabic', serif } /* خط */",
    ],
)
def test_HN_W20_a_style_that_only_looks_different_passes(style: str) -> None:
    assert styling.obstacle(style) is None


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ("a{}" + " " * 8_000, "At most 8,000"),
        ("/*" + "ع" * 3_999 + "*/", "At most 8,000"),  # octets, not letters
        ("@import 'https://example.org/a.css';", RULES),
        ("@import url(//example.org/a.css);", RULES),
        ("@ImPort\n'x';", RULES),
        ("a{}@charset 'utf-7';", RULES),
        ("@font-face{font-family:x;src:local(x)}", RULES),
        ("@namespace 'https://example.org';", RULES),
        ("@media screen{@import 'x'}", RULES),
        ("@/**/import 'x';", RULES),
        ("a{background:url(https://example.org/a.png)}", LOADS),
        ("a{background:url('data:image/svg+xml,<svg/>')}", ESCAPES),
        ("a{background:url(data:image/png;base64,AAAA)}", LOADS),
        ("a{background:url(/portal/other/)}", LOADS),
        ("a{background:URL ('x')}a{background:uRl(x)}", LOADS),
        ("a{background:url(/*)}*/)}", LOADS),
        ("a{background:/**/url(x)}", LOADS),
        ("a{background:image-set('https://example.org/a.png' 1x)}", LOADS),
        ("a{background:-webkit-image-set('x' 1x)}", LOADS),
        ("a{background:src('https://example.org/')}", LOADS),
        ("a{background:image('x')}", LOADS),
        ("a{background:-webkit-cross-fade(url(x), url(y), 50%)}", LOADS),
        ("input[value^=a]{--x:url(https://example.org/a)}", LOADS),
        ("a{width:expression(alert(1))}", LOADS),
        ("a{filter:progid:DXImageTransform.Microsoft.AlphaImageLoader(src='x')}", LOADS),
        ("a{content:attr(value)}", LOADS),
        ("a{background:€url(x)}", LOADS),
        ("a{background:u\\72l(x)}", ESCAPES),
        ("@\\69mport 'x';", ESCAPES),
        ("</style><script>alert(1)</script>", ESCAPES),
        ("<!-- a{} -->", ESCAPES),
        ("a{color:red", OPEN),
        ("a{color:red}}", OPEN),
        ("a{width:calc(1px}", OPEN),
        ("a[b{}", OPEN),
        ("a{} /* to the end", OPEN),
        ("a{} */", OPEN),
        ('a{content:"x}', OPEN),
        ("a{content:'x\n'}", OPEN),
        ('a{content:"\n} b{background:url(x)}"}', LOADS),  # a quoted text ends with its line
        ("a{}\0", "control"),
        ("a{}\x0c", "control"),  # a line end to CSS, and none to us
        ("a{}\ud800", "control"),
    ],
)
def test_HN_W20_a_style_that_loads_something_or_hides_what_it_does_is_refused(style: str, told: str) -> None:
    assert told in (styling.obstacle(style) or "")


def test_the_version_is_another_for_another_style() -> None:
    assert styling.version("") == ""
    assert styling.version("a{}") == styling.version("a{}") != styling.version("b{}")
