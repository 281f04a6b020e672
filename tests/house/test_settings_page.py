"""docs/settings.md says what hotgate/environment.py reads, row by row."""

import pathlib

from hotgate.environment import SETTINGS, Setting

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "settings.md"


def row(setting: Setting) -> str:
    default = setting.default_shown or f"`{setting.default}`"
    secret = " *Secret.*" if setting.is_secret else ""
    return f"| `{setting.name}` | {default} | {setting.meaning}{secret} |"


def test_the_page_lists_every_setting_and_no_other() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `HOTGATE_")]
    assert rows == [row(setting) for setting in SETTINGS]
