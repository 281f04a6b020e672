"""FreeRADIUS 3.2 of Debian with rlm_sql on PostgreSQL, as its documentation sets it up, in a private copy of raddb.

Two sites: *stock* is Debian's own `sites-available/default` with sql (what most guides give); *lean* has only sql and
pap, the best that this module can do. Changed for both: ports, folders, the secret; sql on PostgreSQL; room for a
million requests, since 16,384 of them kept for 5 s each would stop logins near 3,300 a second; a
Message-Authenticator in every answer to a login, as current NASes ask for; no proxying.
"""

from __future__ import annotations

import contextlib
import pathlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Final, Literal

import machine
import psycopg
from cluster import Cluster

DATABASE: Final = "radius"
SYSTEM: Final = pathlib.Path("/etc/freeradius/3.0")
PLANS: Final = 10
Site = Literal["stock", "lean"]

_SIGN: Final = "update reply {\n\t\t&Message-Authenticator := 0x00\n\t}"
_LEAN: Final = """
authorize {
	sql
	pap
}
authenticate {
	Auth-Type PAP {
		pap
	}
	Auth-Type CHAP {
		chap
	}
}
preacct {
	acct_unique
}
accounting {
	sql
}
post-auth {
	SIGN
	sql
	Post-Auth-Type REJECT {
		SIGN
		sql
		attr_filter.access_reject
	}
}
"""


def load_subscribers(cluster: Cluster, users: pathlib.Path) -> int:
    """The stock schema with the lines `user,password` of a file; each user has one of ten plans, whose replies stand
    in radgroupreply. How many there are.
    """
    cluster.create(DATABASE)
    schema = (SYSTEM / "mods-config/sql/main/postgresql/schema.sql").read_text()
    with psycopg.connect(cluster.url(DATABASE), autocommit=True) as connection:
        connection.execute(schema)
        cursor = connection.cursor()
        lines = [line.partition(",")[::2] for line in users.read_text().splitlines() if line]
        with cursor.copy("COPY radcheck (username, attribute, op, value) FROM STDIN") as copy:
            for name, password in lines:
                copy.write_row((name, "Cleartext-Password", ":=", password))
        with cursor.copy("COPY radusergroup (username, groupname, priority) FROM STDIN") as copy:
            for number, (name, _) in enumerate(lines):
                copy.write_row((name, f"plan{number % PLANS}", 1))
        with cursor.copy("COPY radgroupreply (groupname, attribute, op, value) FROM STDIN") as copy:
            for plan in range(PLANS):
                for attribute, value in _replies(plan):
                    copy.write_row((f"plan{plan}", attribute, ":=", value))
        connection.execute("ANALYZE")
    return len(lines)


def clear(cluster: Cluster) -> None:
    """No session and no log: each run starts alike."""
    cluster.execute(DATABASE, "TRUNCATE radacct, radpostauth")
    cluster.execute(DATABASE, "CHECKPOINT")


def totals(cluster: Cluster) -> dict[str, tuple[int, int, int, int]]:
    """(sessions, seconds, octets in, octets out) by user, as radacct has them."""
    rows = cluster.execute(
        DATABASE,
        "SELECT username, count(*), coalesce(sum(acctsessiontime), 0)::bigint,"
        " coalesce(sum(acctinputoctets), 0)::bigint, coalesce(sum(acctoutputoctets), 0)::bigint"
        " FROM radacct GROUP BY username",
    )
    return {row[0]: row[1:] for row in rows}


@contextlib.contextmanager
def serving(folder: pathlib.Path, cluster: Cluster, site: Site, auth_port: int, secret: str) -> Iterator[int]:
    """The server on `auth_port` and the one after it, for the length of a block: its pid."""
    if shutil.which("freeradius") is None:
        raise machine.CannotMeasure("FreeRADIUS is missing: apt-get install freeradius freeradius-postgresql")
    raddb = write_raddb(folder, cluster, site, auth_port, secret)
    log = folder / "radius.log"
    words = ["freeradius", "-f", "-d", str(raddb), "-l", str(log)]
    with machine.running(words, folder / "output.log") as process:
        machine.wait_for_udp(auth_port + 1, process, log if log.exists() else folder / "output.log")
        yield process.pid


def write_raddb(folder: pathlib.Path, cluster: Cluster, site: Site, auth_port: int, secret: str) -> pathlib.Path:
    """The private copy."""
    raddb = folder / "raddb"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SYSTEM, raddb, symlinks=True)
    for unused in ("inner-tunnel", "default"):
        (raddb / "sites-enabled" / unused).unlink(missing_ok=True)
    (raddb / "mods-enabled" / "eap").unlink(missing_ok=True)  # wants certificates, and no request here has EAP
    stock = (SYSTEM / "sites-available/default").read_text()
    text = _stock_site(stock, auth_port) if site == "stock" else _lean_site(auth_port)
    (raddb / "sites-enabled" / "benchmark").write_text(text)
    (raddb / "mods-enabled" / "sql").write_text(_sql((SYSTEM / "mods-available/sql").read_text(), cluster))
    (raddb / "clients.conf").write_text(f"client load {{\n\tipaddr = 127.0.0.1\n\tsecret = {secret}\n}}\n")
    main = raddb / "radiusd.conf"
    main.write_text(_main(main.read_text(), folder))
    subprocess.run(["chown", "-R", "freerad:freerad", str(folder)], check=True)
    return raddb


def _main(text: str, folder: pathlib.Path) -> str:
    for name, value in (
        ("logdir", folder),
        ("raddbdir", folder / "raddb"),
        ("run_dir", folder),
        ("max_requests", 1_048_576),
        ("proxy_requests", "no"),
    ):
        text = re.sub(rf"^(\s*{name}\s*=).*$", rf"\1 {value}", text, count=1, flags=re.MULTILINE)
    return re.sub(r"^\$INCLUDE proxy.conf$", "", text, flags=re.MULTILINE)


def _sql(text: str, cluster: Cluster) -> str:
    text = re.sub(r"^\s*dialect = .*$", '\tdialect = "postgresql"', text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^\s*driver = .*$", '\tdriver = "rlm_sql_postgresql"', text, count=1, flags=re.MULTILINE)
    where = f'\tserver = "127.0.0.1"\n\tport = {cluster.port}\n\tlogin = "postgres"\n\tradius_db = "{DATABASE}"'
    return re.sub(r"^\s*radius_db = .*$", where, text, count=1, flags=re.MULTILINE)


def _stock_site(text: str, auth_port: int) -> str:
    """Debian's site, its listeners replaced by two, without EAP, and every answer to a login signed."""
    body = text[text.index("\nauthorize {") :]
    body = re.sub(r"^\teap \{\n(?:.*\n)*?\t\}$", "", body, count=1, flags=re.MULTILINE)
    body = re.sub(r"^\s*eap$", "", body, flags=re.MULTILINE)
    body = re.sub(r"^(\s*)-sql$", r"\1sql", body, flags=re.MULTILINE)
    body = re.sub(r"^post-auth \{$", f"post-auth {{\n\t{_SIGN}", body, count=1, flags=re.MULTILINE)
    body = re.sub(
        r"^(\s*)Post-Auth-Type REJECT \{$", f"\\1Post-Auth-Type REJECT {{\n\t{_SIGN}", body, count=1, flags=re.MULTILINE
    )
    return f"server benchmark {{\n{_listeners(auth_port)}{body}"


def _lean_site(auth_port: int) -> str:
    return f"server benchmark {{\n{_listeners(auth_port)}{_LEAN.replace('SIGN', _SIGN)}}}\n"


def _listeners(auth_port: int) -> str:
    kinds = (("auth", auth_port), ("acct", auth_port + 1))
    return "".join(f"listen {{\n\ttype = {kind}\n\tipaddr = 127.0.0.1\n\tport = {port}\n}}\n" for kind, port in kinds)


def _replies(plan: int) -> Iterator[tuple[str, str]]:
    rate = (plan + 1) * 1_000_000
    yield "Session-Timeout", "86400"
    yield "Idle-Timeout", "600"
    yield "Acct-Interim-Interval", "300"
    yield "WISPr-Bandwidth-Max-Up", str(rate)
    yield "WISPr-Bandwidth-Max-Down", str(rate * 4)
    yield "Mikrotik-Rate-Limit", f"{plan + 1}M/{(plan + 1) * 4}M"
