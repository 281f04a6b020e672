"""The first hour of a café, on everything that `hotgate up --demo` starts: sell, see, explain, disconnect."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.needs("chromium")

HOTGATE = Path(sys.executable).with_name("hotgate")
START_SECONDS, END_SECONDS, STORY_SECONDS = 90, 30, 60


class Running(NamedTuple):
    url: str
    radius: str
    accounting_port: int
    coa_port: int
    email: str
    password: str
    variables: dict[str, str]


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def installation(state: Path) -> dict[str, str]:
    """Variables of an installation of its own, on free ports."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HOTGATE_")}
    return inherited | {
        "HOTGATE_SECOND_FACTOR": "later",  # as with --demo, also where it is restored
        "HOTGATE_STATE": str(state),
        "HOTGATE_HTTP": f"127.0.0.1:{free_port(socket.SOCK_STREAM)}",
        "HOTGATE_RADIUS_AUTH": f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}",
        "HOTGATE_RADIUS_ACCT": f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}",
    }


@contextlib.contextmanager
def up(folder: Path, variables: dict[str, str], *words: str) -> Iterator[str]:
    """Everything that `hotgate up` starts; what it tells the person at the terminal."""
    log = folder / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen([HOTGATE, "up", *words], env=variables, stdout=output, stderr=output)
    try:
        yield _wait_for(log, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(END_SECONDS)


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="hotgate-journey-", dir="/tmp"))
    made.chmod(0o711)  # the database's user passes through
    yield made
    shutil.rmtree(made)


@pytest.fixture
def running(folder: Path) -> Iterator[Running]:
    variables = installation(folder / "state")
    with up(folder, variables, "--demo") as text:
        email, password = (re.search(rf"{word}\s+(\S+)", text)[1] for word in ("Sign-in", "Password"))
        yield Running(
            url=variables["HOTGATE_HTTP"].replace("127.0.0.1", "http://localhost"),
            radius=variables["HOTGATE_RADIUS_AUTH"],
            accounting_port=int(variables["HOTGATE_RADIUS_ACCT"].rpartition(":")[2]),
            coa_port=free_port(socket.SOCK_DGRAM),
            email=email,
            password=password,
            variables=variables,
        )


def _wait_for(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_SECONDS
    while "is running" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    time.sleep(0.3)
    return log.read_text()


def guest(running: Running, secret: str, code: str, *words: str) -> subprocess.Popen[str]:
    """A guest with this code at the café's gateway, played by `hotgate simulate`."""
    command = [
        HOTGATE, "simulate", "--server", running.radius, "--acct-port", str(running.accounting_port),
        "--secret", secret, "--coa-port", str(running.coa_port), "--user", code, "--no-compare", *words,
    ]  # fmt: skip
    return subprocess.Popen(command, env=running.variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def told(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=STORY_SECONDS)[0]


def test_the_first_hour_of_a_cafe(browser, running, folder):
    page = sign_in(browser, running.url, running)

    make_a_plan(page)
    secret = give_the_gateway_a_new_secret(page, running)
    code = sell_a_ticket(page)

    short = told(
        guest(running, secret, code, "--traffic", "20 MB", "--duration", "30s", "--rate", "200M", "--interim", "60")
    )
    assert "refused" not in short.lower(), short
    page.goto(f"/users/?q={code}")
    why = page.get_by_role("region", name="Why?")
    expect(why).to_contain_text("A login now would be refused")
    expect(why).to_contain_text("The time or data of the plan is used up.")
    refused = told(guest(running, secret, code))
    assert "used up" in refused, refused
    page.goto("/attempts/?show=refused")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Recharge the user with a plan.")

    disconnect_another(page, running, secret)
    restore_elsewhere(browser, running, folder)


def sign_in(browser, url: str, running: Running):
    page = browser.new_context(base_url=url).new_page()
    page.goto("/")
    page.get_by_label("E-mail").fill(running.email)
    page.get_by_label("Password").fill(running.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    return page


def make_a_plan(page) -> None:
    page.goto("/plans/new/")
    page.get_by_label("Name", exact=True).fill("Sip")
    page.get_by_label("Counts", exact=True).select_option("traffic")
    page.get_by_label("Amount", exact=True).fill("5 MB")
    page.get_by_label("Price", exact=True).fill("0.50")
    expect(page.locator("#preview")).to_contain_text("5 MB, usable for 7 days from first login, 0.50 €")
    page.get_by_role("button", name="Save the plan").click()
    expect(page.get_by_role("status")).to_contain_text("Sip is ready to be sold.")


def give_the_gateway_a_new_secret(page, running: Running) -> str:
    page.goto("/network/")
    page.locator("tbody a").first.click()
    page.get_by_role("button", name="Generate").click()
    secret = page.get_by_label("Secret").input_value()
    page.get_by_label("Port for disconnects").fill(str(running.coa_port))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("is saved")
    time.sleep(1.5)  # the AAA server looks for changed gateways once a second
    return secret


def sell_a_ticket(page, plan: str = "Sip") -> str:
    page.goto("/quick-ticket/")
    page.get_by_role("button", name=re.compile(f"^{plan}")).click()
    printed = page.context.request.get(page.get_by_role("link", name="Print A4").get_attribute("href"))
    assert printed.body().startswith(b"%PDF-")
    return page.locator("#code").inner_text()


def disconnect_another(page, running: Running, secret: str) -> None:
    code = sell_a_ticket(page, "1 hour")
    online = guest(running, secret, code, "--traffic", "endless", "--duration", "10m", "--interim", "60")
    page.goto("/sessions/")
    row = page.locator("tbody tr").first
    expect(row).to_contain_text(code[-4:].replace("-", ""), timeout=15_000)
    row.locator("summary").click()
    row.get_by_role("button", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("status")).to_contain_text("is told to disconnect")
    story = told(online)
    assert "disconnect" in story.lower(), story
    page.goto("/sessions/")
    expect(page.get_by_text("Nobody is online")).to_be_visible()


def restore_elsewhere(browser, running: Running, folder: Path) -> None:
    words, backup, elsewhere = folder / "words", folder / "cafe.backup", folder / "elsewhere"
    words.write_text("eight plain words are enough for a passphrase here")
    elsewhere.mkdir()
    variables = installation(elsewhere / "state")
    hotgate(running.variables, "backup", "--passphrase-file", str(words), str(backup))
    hotgate(variables, "restore", "--passphrase-file", str(words), str(backup))
    with up(elsewhere, variables):
        page = sign_in(browser, variables["HOTGATE_HTTP"].replace("127.0.0.1", "http://localhost"), running)
        page.goto("/plans/")
        expect(page.get_by_role("row", name="Sip")).to_contain_text("0.50 €")
        page.context.close()


def hotgate(variables: dict[str, str], *words: str) -> None:
    done = subprocess.run([HOTGATE, *words], env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
