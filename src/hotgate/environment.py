"""What the machine tells Hotgate: variables named HOTGATE_*, read once at start into one frozen value.

`load` is pure, so every wrong value is a test. `docs/settings.md` is checked against `SETTINGS`.
"""

import os
import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

KEY_OCTETS = 32
ROLES = ("owner", "aaa", "web", "worker")

ReadFile = Callable[[str], str]


class WrongSetting(Exception):
    """One line for the person who starts Hotgate: which variable, what is wrong, what it should be."""


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class MessageServer:
    """Where mail or SMS leaves the house: `smtp://user:password@host:587?from=wifi@example.org`."""

    kind: str  # smtp: with STARTTLS; smtps; smtp+plain: without TLS, on this machine; smpp
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str


@dataclass(frozen=True, slots=True)
class Environment:
    state: pathlib.Path
    http: Address
    radius_auth: Address
    radius_acct: Address
    aaa_processes: int
    web_processes: int
    public_url: str
    role: str  # whose database rights this process takes
    second_factor: bool  # owners and managers must have one before anything else
    aaa_http: Address | None  # of metrics and health; None: off
    journal: bool
    radsec: Address | None  # None: off
    radsec_certificate: pathlib.Path | None
    radsec_key: pathlib.Path | None
    radsec_ca: pathlib.Path | None
    mail: MessageServer | None  # None: no mail leaves
    sms: MessageServer | None
    database_url: str | None = field(default=None, repr=False)  # None: the embedded PostgreSQL
    key: bytes | None = field(default=None, repr=False)  # None: not made yet

    @property
    def key_path(self) -> pathlib.Path:
        return self.state / "key"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    parse: Callable[[str], Any]
    default: str
    meaning: str
    is_secret: bool = False  # may be given as NAME_FILE, the path of a file that holds it
    default_shown: str = ""  # where the default depends on something, in words

    @property
    def field(self) -> str:
        return self.name.removeprefix("HOTGATE_").lower()


def current() -> Environment:
    """The environment of this process. Raises WrongSetting."""
    return load(os.environ, _read_text, is_root=os.geteuid() == 0)


def load(environ: Mapping[str, str], read_file: ReadFile, *, is_root: bool = False) -> Environment:
    """Raises WrongSetting on the first value that is wrong. `read_file` raises OSError."""
    text = {setting.field: _given(setting, environ, read_file) for setting in SETTINGS}
    text["state"] = text["state"] or _default_state(environ, is_root)
    parsed = {s.field: _parsed(s, text[s.field] or s.default) for s in SETTINGS}
    parsed["key"] = parsed["key"] or _key_in_state(parsed["state"], read_file)
    parsed["public_url"] = parsed["public_url"] or f"http://localhost:{parsed['http'].port}"
    for one, other in (("radius_auth", "radius_acct"), ("http", "aaa_http")):
        if parsed[one] == parsed[other]:
            raise WrongSetting(f"HOTGATE_{one.upper()} and HOTGATE_{other.upper()} are both {parsed[one]}: change one")
    files = [parsed[f"radsec_{each}"] for each in ("certificate", "key", "ca")]
    if parsed["radsec"] is not None and None in files:
        raise WrongSetting("HOTGATE_RADSEC needs HOTGATE_RADSEC_CERTIFICATE, HOTGATE_RADSEC_KEY and HOTGATE_RADSEC_CA")
    return Environment(**parsed)


def unknown_names(environ: Mapping[str, str]) -> list[str]:
    """Variables that look like ours and are none, most likely misspelt."""
    known = {s.name for s in SETTINGS} | {f"{s.name}_FILE" for s in SETTINGS if s.is_secret}
    ours = (name for name in environ if name.startswith("HOTGATE_") and not name.startswith("HOTGATE_TEST_"))
    return sorted(name for name in ours if name not in known)


def _given(setting: Setting, environ: Mapping[str, str], read_file: ReadFile) -> str:
    value = environ.get(setting.name, "").strip()
    path = environ.get(f"{setting.name}_FILE", "").strip() if setting.is_secret else ""
    if value and path:
        raise WrongSetting(f"{setting.name} and {setting.name}_FILE are both set: keep one")
    if not path:
        return value
    try:
        return read_file(path).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSetting(f"{setting.name}_FILE: {path} cannot be read ({_reason(error)})") from error


def _parsed(setting: Setting, text: str) -> Any:
    try:
        return setting.parse(text)
    except ValueError as error:
        shown = "" if setting.is_secret else f" {text!r}"
        raise WrongSetting(f"{setting.name}{shown}: {error}") from error


def _default_state(environ: Mapping[str, str], is_root: bool) -> str:
    if is_root:
        return "/var/lib/hotgate"
    state_home = environ.get("XDG_STATE_HOME") or f"{environ.get('HOME', '')}/.local/state"
    return f"{state_home}/hotgate"


def _key_in_state(state: pathlib.Path, read_file: ReadFile) -> bytes | None:
    path = state / "key"
    try:
        return _key(read_file(str(path)).strip())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise WrongSetting(f"{path} cannot be used as the key ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _read_text(path: str) -> str:
    return pathlib.Path(path).read_text(encoding="utf-8")


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    wrong = ValueError("expected address:port, such as 127.0.0.1:8000 or [::1]:8000")
    if host.startswith("[") != (":" in host) or not port.isdecimal() or not 0 < int(port) < 65536:
        raise wrong
    try:
        return Address(str(ip_address(host.removeprefix("[").removesuffix("]"))), int(port))
    except ValueError:
        raise wrong from None


def _optional_address(text: str) -> Address | None:
    return None if text in ("", "off") else _address(text)


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise ValueError("expected on or off")
    return text == "on"


def _optional_path(text: str) -> pathlib.Path | None:
    return _state(text) if text else None


def _key(text: str) -> bytes | None:
    if not text:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_OCTETS:
        raise ValueError(f"expected {2 * KEY_OCTETS} hexadecimal digits, as `openssl rand -hex 32` gives")
    return key


def _state(text: str) -> pathlib.Path:
    path = pathlib.Path(text)
    if not path.is_absolute():
        raise ValueError("expected an absolute path")
    return path


def _database_url(text: str) -> str | None:
    if text and urlsplit(text).scheme not in ("postgresql", "postgres"):
        raise ValueError("expected postgresql://user:password@host:port/database")
    return text or None


def _public_url(text: str) -> str:
    url = urlsplit(text)
    if text and (url.scheme not in ("http", "https") or not url.hostname or url.path.strip("/")):
        raise ValueError("expected http:// or https:// and a host, without a path")
    return text.rstrip("/")


def _mail(text: str) -> MessageServer | None:
    return _message_server(text, {"smtp": 587, "smtps": 465, "smtp+plain": 25})


def _sms(text: str) -> MessageServer | None:
    return _message_server(text, {"smpp": 2775})


def _message_server(text: str, ports: Mapping[str, int]) -> MessageServer | None:
    if not text:
        return None
    url = urlsplit(text)
    sender = parse_qs(url.query).get("from", [""])[0]
    if url.scheme not in ports or not url.hostname or not sender:
        scheme = next(iter(ports))
        raise ValueError(f"expected {scheme}://user:password@host:{ports[scheme]}?from=sender")
    user, password = unquote(url.username or ""), unquote(url.password or "")
    return MessageServer(url.scheme, url.hostname, url.port or ports[url.scheme], user, password, sender)


def _processes(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise ValueError("expected a number from 1 to 64")
    return int(text)


def _second_factor(text: str) -> bool:
    if text not in ("required", "later"):
        raise ValueError("expected required or later")
    return text == "required"


def _role(text: str) -> str:
    if text not in ROLES:
        raise ValueError(f"expected one of {', '.join(ROLES)}")
    return text


SETTINGS = (
    Setting(
        "HOTGATE_STATE",
        _state,
        "",
        "Folder for the key, the embedded database and collected static files. An absolute path.",
        default_shown="`/var/lib/hotgate` as root, otherwise `${XDG_STATE_HOME:-~/.local/state}/hotgate`",
    ),
    Setting(
        "HOTGATE_KEY",
        _key,
        "",
        "Master key: 64 hexadecimal digits. Passwords, secrets and codes cannot be read without it.",
        is_secret=True,
        default_shown="the file `key` in the state folder, made at first start",
    ),
    Setting(
        "HOTGATE_DATABASE_URL",
        _database_url,
        "",
        "A PostgreSQL 15 or later of your own: `postgresql://user:password@host:port/database`. "
        "Several hosts: `postgresql://user:password@one:5432,two:5432/database?target_session_attrs=read-write`.",
        is_secret=True,
        default_shown="the embedded PostgreSQL",
    ),
    Setting("HOTGATE_HTTP", _address, "127.0.0.1:8000", "Where the web listens: `address:port`."),
    Setting(
        "HOTGATE_PUBLIC_URL",
        _public_url,
        "",
        "The web's address as people type it. With `https://`, cookies are sent over TLS only.",
        default_shown="`http://localhost` with the port of `HOTGATE_HTTP`",
    ),
    Setting(
        "HOTGATE_RADIUS_AUTH",
        _address,
        "0.0.0.0:1812",
        "Where Access-Requests arrive: `address:port`. Disconnect and CoA leave from that address too: from `0.0.0.0` "
        "they reach gateways on IPv4 only, from `[::]` all.",
    ),
    Setting("HOTGATE_RADIUS_ACCT", _address, "0.0.0.0:1813", "Where accounting arrives: `address:port`."),
    Setting("HOTGATE_AAA_PROCESSES", _processes, "1", "AAA processes that share those ports."),
    Setting("HOTGATE_WEB_PROCESSES", _processes, "2", "Web processes: one for each core that the web may fill."),
    Setting(
        "HOTGATE_AAA_HTTP",
        _optional_address,
        "127.0.0.1:9812",
        "Where an AAA process tells its health and its metrics; further processes take the next ports. `off`: nowhere.",
    ),
    Setting(
        "HOTGATE_JOURNAL",
        _switch,
        "on",
        "Keep every accounting packet, without its secrets, so that a day can be replayed: `on` or `off`.",
    ),
    Setting(
        "HOTGATE_RADSEC",
        _optional_address,
        "",
        "Where RADIUS over TLS arrives, such as `0.0.0.0:2083`. It needs the three files below.",
        default_shown="nowhere",
    ),
    Setting(
        "HOTGATE_RADSEC_CERTIFICATE",
        _optional_path,
        "",
        "Our certificate, with its chain, in PEM.",
        default_shown="none",
    ),
    Setting("HOTGATE_RADSEC_KEY", _optional_path, "", "The key of that certificate, in PEM.", default_shown="none"),
    Setting(
        "HOTGATE_RADSEC_CA",
        _optional_path,
        "",
        "Certificates of the authorities that sign those of your NASes, in PEM.",
        default_shown="none",
    ),
    Setting(
        "HOTGATE_SECOND_FACTOR",
        _second_factor,
        "required",
        "Whether owners and managers must set up a passkey or an app before anything else: `required`, or `later`"
        " with a banner that reminds. `hotgate up --demo` takes `later`.",
    ),
    Setting(
        "HOTGATE_MAIL",
        _mail,
        "",
        "The server that takes our mail: `smtp://user:password@host:587?from=wifi@example.org` (STARTTLS), `smtps:`, or"
        " `smtp+plain:` for one on this machine.",
        is_secret=True,
        default_shown="none: nothing is sent by mail",
    ),
    Setting(
        "HOTGATE_SMS",
        _sms,
        "",
        "The SMS centre, by SMPP 3.4: `smpp://user:password@host:2775?from=Hotgate`.",
        is_secret=True,
        default_shown="none: nothing is sent by SMS",
    ),
    Setting(
        "HOTGATE_ROLE",
        _role,
        "web",
        "Database rights of this process; `hotgate up` sets it for its children.",
    ),
)
