import errno
import pathlib

import pytest

from hotgate import database, environment
from hotgate.config import django_database
from hotgate.environment import Address, Environment, WrongSetting

KEY = "ab" * 32
FILES = {
    "/run/secrets/key": KEY + "\n",
    "/run/secrets/url": "postgresql://radius@db.example/radius\n",
    "/srv/hotgate/key": KEY,
    "/srv/broken/key": "not a key",
}


def read_file(path: str) -> str:
    if path not in FILES:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
    return FILES[path]


def load(is_root: bool = False, **variables: str) -> Environment:
    environ = {"HOME": "/home/ann"} | {f"HOTGATE_{name}": value for name, value in variables.items()}
    return environment.load(environ, read_file, is_root=is_root)


def test_defaults_as_root() -> None:
    assert load(is_root=True) == Environment(
        state=pathlib.Path("/var/lib/hotgate"),
        http=Address("127.0.0.1", 8000),
        radius_auth=Address("0.0.0.0", 1812),
        radius_acct=Address("0.0.0.0", 1813),
        aaa_processes=1,
        web_processes=2,
        public_url="http://localhost:8000",
        role="web",
        second_factor=True,
        aaa_http=Address("127.0.0.1", 9812),
        journal=True,
        radsec=None,
        radsec_certificate=None,
        radsec_key=None,
        radsec_ca=None,
        mail=None,
        sms=None,
    )


def test_radius_over_tls_needs_its_files() -> None:
    files = {f"RADSEC_{each}": f"/etc/hotgate/{each}.pem" for each in ("CERTIFICATE", "KEY", "CA")}
    assert load(RADSEC="0.0.0.0:2083", **files).radsec == Address("0.0.0.0", 2083)
    with pytest.raises(WrongSetting, match="HOTGATE_RADSEC needs"):
        load(RADSEC="0.0.0.0:2083", RADSEC_KEY="/etc/hotgate/KEY.pem")


def test_a_second_factor_is_required_unless_it_may_come_later() -> None:
    assert load().second_factor
    assert not load(SECOND_FACTOR="later").second_factor
    with pytest.raises(WrongSetting, match="expected required or later"):
        load(SECOND_FACTOR="never")


def test_switches_are_on_or_off() -> None:
    assert not load(JOURNAL="off").journal
    assert load(AAA_HTTP="off").aaa_http is None
    with pytest.raises(WrongSetting, match="expected on or off"):
        load(JOURNAL="maybe")


def test_state_of_a_plain_user() -> None:
    assert load().state == pathlib.Path("/home/ann/.local/state/hotgate")
    environ = {"HOME": "/home/ann", "XDG_STATE_HOME": "/home/ann/state"}
    assert environment.load(environ, read_file).state == pathlib.Path("/home/ann/state/hotgate")


def test_key_from_variable_file_or_state() -> None:
    key = bytes.fromhex(KEY)
    assert load(KEY=KEY).key == load(KEY_FILE="/run/secrets/key").key == load(STATE="/srv/hotgate").key == key
    assert load().key is None


def test_ipv6_addresses_stand_in_brackets() -> None:
    address = load(RADIUS_AUTH="[::1]:1812").radius_auth
    assert address == Address("::1", 1812)
    assert str(address) == "[::1]:1812"


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"HTTP": "8000"}, "HOTGATE_HTTP '8000': expected address:port"),
        ({"HTTP": "localhost:8000"}, "HOTGATE_HTTP 'localhost:8000': expected address:port"),
        ({"HTTP": "::1:8000"}, "HOTGATE_HTTP '::1:8000': expected address:port"),
        ({"HTTP": "[127.0.0.1]:80"}, "HOTGATE_HTTP '[127.0.0.1]:80': expected address:port"),
        ({"RADIUS_AUTH": "0.0.0.0:0"}, "HOTGATE_RADIUS_AUTH '0.0.0.0:0': expected address:port"),
        ({"RADIUS_ACCT": "0.0.0.0:65536"}, "HOTGATE_RADIUS_ACCT '0.0.0.0:65536': expected address:port"),
        ({"AAA_PROCESSES": "0"}, "HOTGATE_AAA_PROCESSES '0': expected a number from 1 to 64"),
        ({"AAA_PROCESSES": "two"}, "HOTGATE_AAA_PROCESSES 'two': expected a number from 1 to 64"),
        ({"STATE": "state"}, "HOTGATE_STATE 'state': expected an absolute path"),
        ({"STATE": "/srv/broken"}, "/srv/broken/key cannot be used as the key (expected 64"),
        ({"KEY": "secret"}, "HOTGATE_KEY: expected 64 hexadecimal digits"),
        ({"KEY": KEY, "KEY_FILE": "/run/secrets/key"}, "HOTGATE_KEY and HOTGATE_KEY_FILE are both set"),
        ({"KEY_FILE": "/gone"}, "HOTGATE_KEY_FILE: /gone cannot be read (No such file or directory)"),
        ({"DATABASE_URL": "mysql://root:pw@db/x"}, "HOTGATE_DATABASE_URL: expected postgresql://"),
        ({"PUBLIC_URL": "wifi.example"}, "HOTGATE_PUBLIC_URL 'wifi.example': expected http:// or https://"),
        (
            {"RADIUS_AUTH": "127.0.0.1:1812", "RADIUS_ACCT": "127.0.0.1:1812"},
            "HOTGATE_RADIUS_AUTH and HOTGATE_RADIUS_ACCT are both 127.0.0.1:1812: change one",
        ),
        ({"HTTP": "127.0.0.1:9812"}, "HOTGATE_HTTP and HOTGATE_AAA_HTTP are both 127.0.0.1:9812"),
        ({"ROLE": "root"}, "HOTGATE_ROLE 'root': expected one of owner, aaa, web, worker"),
    ],
)
def test_a_wrong_value_is_one_line_without_the_secret(variables: dict[str, str], line: str) -> None:
    with pytest.raises(WrongSetting) as caught:
        load(**variables)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)
    assert "root:pw" not in str(caught.value)


def test_misspelt_names_are_found() -> None:
    environ = {
        "HOTGATE_HTPP": "",
        "HOTGATE_KEY_FILE": "",
        "HOTGATE_HTTP_FILE": "",
        "HOTGATE_TEST_X": "",
        "HOME": "",
    }
    assert environment.unknown_names(environ) == ["HOTGATE_HTPP", "HOTGATE_HTTP_FILE"]


def test_secrets_are_not_in_repr() -> None:
    shown = repr(load(KEY=KEY, DATABASE_URL="postgresql://u:hunter2@db/x"))
    assert "hunter2" not in shown
    assert "xab" not in shown


def test_embedded_roles_differ_in_login_and_password() -> None:
    made = [database.conninfo(load(KEY=KEY, STATE="/srv/hotgate"), role) for role in database.ROLES]
    assert [info["user"] for info in made] == [
        "hotgate_owner",
        "hotgate_aaa",
        "hotgate_web",
        "hotgate_worker",
    ]
    assert len({info["password"] for info in made}) == 4
    assert {(info["host"], info["dbname"]) for info in made} == {("/srv/hotgate/sock", "hotgate")}


def test_a_given_url_is_used_by_every_role_which_then_takes_its_own() -> None:
    given = load(DATABASE_URL_FILE="/run/secrets/url")
    assert database.conninfo(given, "aaa")["user"] == database.conninfo(given, "web")["user"] == "radius"
    assert "'hotgate_aaa'" in (database.become(given, "aaa") or "")
    assert database.become(given, "owner") is None
    assert database.become(load(KEY=KEY), "aaa") is None


def test_G9_several_hosts_of_which_one_takes_writes_reach_every_process() -> None:
    url = "postgresql://radius:pw@db1.example:5432,db2.example:5433/radius?target_session_attrs=read-write"
    told = {"host": "db1.example,db2.example", "port": "5432,5433", "target_session_attrs": "read-write"}
    given = load(DATABASE_URL=url)
    assert told.items() <= database.conninfo(given, "aaa").items()
    django = django_database.settings(given)
    assert (django["HOST"], django["PORT"]) == (told["host"], told["port"])
    assert django["OPTIONS"]["target_session_attrs"] == "read-write"


@pytest.mark.parametrize("url", ["postgresql://db.example", "postgresql://db.example/x?nonsense=1"])
def test_a_url_that_leads_nowhere_is_refused(url: str) -> None:
    with pytest.raises(WrongSetting):
        database.conninfo(load(DATABASE_URL=url), "web")


def test_no_key_yet_is_said_plainly() -> None:
    with pytest.raises(WrongSetting, match="`hotgate up` makes it"):
        database.conninfo(load(), "web")
