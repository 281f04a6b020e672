"""One run: sockets opened, every guest's story, and the comparison at the end."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from hotgate.radius.authenticator import ClientKey
from hotgate.radius.client import ClientProtocol
from hotgate.simulator import nas as nases
from hotgate.simulator import truth as truths
from hotgate.simulator.clock import Clock, Story
from hotgate.simulator.mischief import Mischief, Odds
from hotgate.simulator.nas import Nas
from hotgate.simulator.online import Build, Ending
from hotgate.simulator.reporter import Reporter
from hotgate.simulator.requests import Guest
from hotgate.simulator.session import Wish
from hotgate.simulator.truth import NoView, ServerView, Truth, Verdict
from hotgate.simulator.wire import Address, DynamicAuthorization, Exchanges, waits

COMPARE_SECONDS_MAX: Final = 60.0
UNKNOWN_USER: Final = 2  # exit code of `hotgate user` for a name that it has never heard


class CannotListen(Exception):
    """The port for CoA and Disconnect is taken."""


class UnknownUser(NoView):
    """The server knows no such name: no sessions, then."""


@dataclass(frozen=True, slots=True)
class Options:
    """All that the command line says."""

    auth: Address
    acct: Address
    secret: bytes = field(repr=False)
    guests: tuple[Guest, ...]
    build: Build
    wish: Wish
    again: bool = False
    speed: float = 1.0
    begin_ago: float = 0.0
    coa: Address | None = ("127.0.0.1", 3799)
    local: str | None = None
    takes_unsigned: bool = False  # a server that signs no replies with Message-Authenticator
    first_retry: float = 1.0
    patience: float = 30.0  # seconds until a request is given up
    compare: str | None = None  # a command with {name} in it; None: nothing to compare with
    odds: Odds = field(default_factory=Odds)
    seed: int = 1


@dataclass(slots=True)
class Result:
    """What a run found."""

    truths: list[Truth]
    endings: list[list[Ending]]
    verdicts: list[Verdict]
    uncompared: list[str]  # why, for each user whose totals were not to be had
    thrown: dict[str, int]
    retransmissions: int
    bad_replies: int

    @property
    def is_good(self) -> bool:
        """Whether everything was answered, and nothing differs silently."""
        answered = all(Ending.UNANSWERED not in endings for endings in self.endings)
        told = not any(truth.unanswered for truth in self.truths)
        return answered and told and not self.uncompared and all(verdict.honest for verdict in self.verdicts)


async def run(options: Options, write: Callable[[str], None]) -> Result:
    """Play the whole story. Raises CannotListen."""
    clock = Clock(options.speed, options.begin_ago)
    story = Story(clock, write)
    before = [await _view_before(options, guest) for guest in options.guests]
    key, mischief = ClientKey(options.secret), Mischief(options.odds, options.seed)
    tries = tuple(waits(options.first_retry, options.patience))
    protocols = [
        ClientProtocol(key, require_message_authenticator=not options.takes_unsigned) for _ in ("auth", "acct")
    ]
    auth = await Exchanges.open(options.auth, protocols[0], mischief, tries, options.local)
    acct = await Exchanges.open(options.acct, protocols[1], mischief, tries, options.local)
    reporter = Reporter(options.build, acct, mischief, clock, story)
    nas = Nas(options.build, key, auth, reporter, clock, story)
    port = await _listen(options, key, nas)
    players = [Truth(guest.name) for guest in options.guests]
    try:
        reboot = asyncio.create_task(_reboot(options, nas, clock, mischief))
        stories = (
            _play(options, nas, reporter, guest, truth) for guest, truth in zip(options.guests, players, strict=True)
        )
        endings = await asyncio.gather(*stories)
        reboot.cancel()
    finally:
        for open_socket in (auth, acct, port):
            if open_socket is not None:
                open_socket.close()
    result = Result(
        players,
        endings,
        [],
        [],
        mischief.thrown,
        auth.retransmissions + acct.retransmissions,
        auth.bad_replies + acct.bad_replies,
    )
    await _compare(options, result, before)
    return result


async def _play(options: Options, nas: Nas, reporter: Reporter, guest: Guest, truth: Truth) -> list[Ending]:
    """One guest: a visit, the rest of it after a reboot, and once more if asked."""
    endings: list[Ending] = []
    for _ in range(1 + options.again):
        wish = options.wish
        ending, octets = await nas.visit(guest, wish, truth)
        endings.append(ending)
        if ending is Ending.REBOOTED:
            ending, _ = await nas.visit(guest, nases.remaining(wish, octets), truth)
            endings.append(ending)
        await reporter.settle(truth)
    return endings


async def _reboot(options: Options, nas: Nas, clock: Clock, mischief: Mischief) -> None:
    habit = options.build.habits.reboots
    if habit != "never":
        await clock.sleep(mischief.moment_of_reboot(options.build.interim_asked or 60))
        await nas.reboot(with_on=habit == "with On")


async def _listen(options: Options, key: ClientKey, nas: Nas) -> DynamicAuthorization | None:
    if options.coa is None:
        return None
    try:
        return await DynamicAuthorization.open(options.coa, key, nas.obey)
    except OSError as error:
        raise CannotListen(f"{options.coa[0]}:{options.coa[1]}: {error.strerror or error}") from error


async def _compare(options: Options, result: Result, before: Sequence[ServerView]) -> None:
    if options.compare is None:
        return
    for truth, earlier in zip(result.truths, before, strict=True):
        try:
            now = await _view(options.compare, truth.name)
        except UnknownUser as error:
            now = ServerView()
            if truth.totals().sessions:
                result.uncompared.append(f"{truth.name}: {error}")
                continue
        except NoView as error:
            result.uncompared.append(f"{truth.name}: {error}")
            continue
        result.verdicts.append(truths.compare(truth, earlier, now))


async def _view_before(options: Options, guest: Guest) -> ServerView:
    """A ticket is unknown until its first use: then there is nothing to subtract."""
    if options.compare is None:
        return ServerView()
    try:
        return await _view(options.compare, guest.name)
    except NoView:
        return ServerView()


async def _view(command: str, name: str) -> ServerView:
    """The server's own totals. Raises NoView."""
    words = [word.replace("{name}", name) for word in shlex.split(command)]
    try:
        process = await asyncio.create_subprocess_exec(
            *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
    except OSError as error:
        raise NoView(f"{words[0]}: {error.strerror}") from error
    try:
        output, errors = await asyncio.wait_for(process.communicate(), COMPARE_SECONDS_MAX)
    except TimeoutError as error:
        process.kill()
        raise NoView(f"{words[0]} did not answer within {COMPARE_SECONDS_MAX:.0f} s") from error
    if process.returncode:
        lines = errors.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise (UnknownUser if process.returncode == UNKNOWN_USER else NoView)(lines[-1])
    return truths.view(output.decode(errors="replace"))
