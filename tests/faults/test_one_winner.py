"""One code, typed 200 times at once at the gateway, on the portal and by a program: exactly one gets it."""

from __future__ import annotations

import json
import pathlib
import random
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from aaa.running import SECRET, Nas
from faults import scale
from faults.installation import Installation
from hotgate.radius.packet import Code, decode

ROUNDS = scale.count(short=3, full=100)
REQUESTS = 200
AT_ONCE = REQUESTS if scale.IS_SOAK else 24
TESTS = pathlib.Path(__file__).parents[1]
ANSWER_SECONDS, TIMES = 3.0, 12


class Ways:
    """Three ways to use a code. Each says whether it was this one that got it."""

    def __init__(self, installation: Installation, host: str) -> None:
        self.radius, self.host = installation.address("auth"), host
        self.web = f"http://{installation.variables['HOTGATE_HTTP']}"
        words = [sys.executable, str(TESTS / "faults" / "selling.py"), host, SECRET.decode(), str(ROUNDS)]
        environ = installation.variables | {"HOTGATE_ROLE": "owner", "PYTHONPATH": str(TESTS)}
        self.told = json.loads(subprocess.run(words, env=environ, check=True, capture_output=True).stdout)
        page = self.fetch(self.told["arrival"]).read().decode()
        found = re.search(r'name="visit" value="([^"]+)"', page)
        assert found
        self.visit = found[1]
        time.sleep(1.5)  # the AAA server looks for new gateways once a second
        self.nas = Nas(installation, host)  # type: ignore[arg-type]

    def at_the_gateway(self, code: str, number: int) -> bool:
        octets = self.nas.access_request(code, code, f"02-00-00-00-00-{number:02X}")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as guest:
            guest.bind((self.host, 0))
            guest.settimeout(ANSWER_SECONDS)
            for _each in range(TIMES):
                guest.sendto(octets, self.radius)
                try:
                    return decode(guest.recv(4096)).code == Code.ACCESS_ACCEPT
                except TimeoutError:
                    continue
        raise AssertionError("the AAA server does not answer")

    def on_the_portal(self, code: str, number: int) -> bool:
        """It sends whoever has a good code to the gateway, which asks the AAA server."""
        form = urllib.parse.urlencode({"visit": self.visit, "code": code}).encode()
        answer = self.fetch(self.told["arrival"].partition("?")[0], form)
        if answer.status != 303:
            return False
        [name] = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers["Location"]).query)["username"]
        return self.at_the_gateway(name, number)

    def by_a_program(self, code: str, number: int) -> bool:
        guests = self.told["guests"]
        body = json.dumps({"user": guests[number % len(guests)], "code": code}).encode()
        headers = {"Authorization": f"Bearer {self.told['token']}", "Content-Type": "application/json"}
        headers["Idempotency-Key"] = str(uuid.uuid4())
        return bool(self.fetch("/api/v1/vouchers/redeem", body, headers).status == 201)

    def fetch(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
        asked = urllib.request.Request(self.web + path, body, headers or {})
        try:
            return STRAIGHT.open(asked, timeout=60)
        except urllib.error.HTTPError as answer:
            if answer.code < 500:
                return answer
            raise


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


STRAIGHT = urllib.request.build_opener(_NoRedirect)


@pytest.fixture
def ways(installation: Installation, host: str) -> Iterator[Ways]:
    made = Ways(installation, host)
    yield made
    made.nas.close()


def test_of_200_redemptions_over_portal_radius_and_api_exactly_one_wins(ways: Ways, installation: Installation) -> None:
    winners = []
    for code in ways.told["codes"]:
        ways_in: list[Callable[[str, int], bool]] = [ways.at_the_gateway, ways.on_the_portal, ways.by_a_program]
        asked = [(ways_in[number % len(ways_in)], code, number) for number in range(REQUESTS)]
        random.shuffle(asked)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            won = [way.__name__ for way, got in threads.map(lambda each: (each[0], each[0](*each[1:])), asked) if got]
        assert len(won) == 1, won
        winners += won
    with installation.connect() as connection:
        row = connection.execute("SELECT count(*)::int FROM entitlement").fetchone()
    assert row == (ROUNDS,)
    scale.note("one winner", rounds=ROUNDS, requests=REQUESTS, winners={each: winners.count(each) for each in winners})
