"""`python -m hotgate.aaa`: one AAA process, until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

from hotgate import database, environment, vault
from hotgate.aaa import logs, loop, radsec, server


def configuration() -> server.Configuration:
    """From the environment. Raises WrongSetting."""
    here = environment.current()
    conninfo = database.conninfo(here, "aaa")
    if here.key is None:
        raise environment.WrongSetting(f"there is no key at {here.key_path} yet: `hotgate up` makes it")
    return server.Configuration(
        conninfo=conninfo,
        become=database.become(here, "aaa"),
        keys=vault.Keys.of(here.key),
        auth=(here.radius_auth.host, here.radius_auth.port),
        acct=(here.radius_acct.host, here.radius_acct.port),
        is_shared=here.aaa_processes > 1,
        name=server.process_name(),
        journal=here.journal,
        books_apart=(os.cpu_count() or 1) > 1,
        radsec_address=(here.radsec.host, here.radsec.port) if here.radsec is not None else None,
        radsec_files=_radsec_files(here),
        http=(here.aaa_http.host, here.aaa_http.port) if here.aaa_http is not None else None,
    )


def _radsec_files(here: environment.Environment) -> radsec.Files | None:
    certificate, key, authorities = here.radsec_certificate, here.radsec_key, here.radsec_ca
    if certificate is None or key is None or authorities is None:
        return None
    return radsec.Files(certificate, key, authorities)


async def serve(told: server.Configuration) -> None:
    """Serve until told to end; what is queued by then is still answered."""
    ended = asyncio.Event()
    here = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        here.add_signal_handler(number, ended.set)
    running = server.Server(told)
    await running.start()
    loop.collect_rarely()
    reloads: set[asyncio.Task[None]] = set()
    here.add_signal_handler(signal.SIGHUP, lambda: reloads.add(asyncio.create_task(running.reload())))
    logging.getLogger("hotgate.aaa").info("RADIUS on %s:%d and %s:%d", *told.auth, *told.acct)
    await ended.wait()
    await running.stop()


def main() -> int:
    """The exit code: 2 for a wrong setting or a port that is taken."""
    logs.set_up(sys.stderr, os.environ)
    try:
        told = configuration()
        loop.run(serve(told))
    except environment.WrongSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"cannot listen on {told.auth} and {told.acct}: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
