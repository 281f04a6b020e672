"""Accounting reports on their way: dealt out by the dice, repeated until they are answered, and counted then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from hotgate.radius.packet import Code
from hotgate.simulator import requests
from hotgate.simulator.clock import Clock, Story
from hotgate.simulator.mischief import Mischief
from hotgate.simulator.online import Build, Online
from hotgate.simulator.session import INTERIM_SECONDS_WITHOUT_ADVICE, Report
from hotgate.simulator.truth import Truth
from hotgate.simulator.wire import Exchanges, NoAnswer


class Reporter:
    """The accounting side of a NAS."""

    def __init__(self, build: Build, acct: Exchanges, mischief: Mischief, clock: Clock, story: Story) -> None:
        self._build = build
        self._acct = acct
        self._mischief = mischief
        self._clock = clock
        self._story = story
        self._deliveries: dict[asyncio.Task[None], Truth] = {}

    def send(self, online: Online, report: Report) -> None:
        """Report to the server, by the way that the dice give it."""
        online.truth.happens(online.told, report)
        online.octets = max(online.octets, report.octets_in + report.octets_out)
        passage = self._mischief.passage()
        is_last = report.cause is not None
        if passage.behind_next and not is_last:
            online.held.append(report)
            return
        reports = [report, *online.held]
        online.held = []
        asked = self._build.interim_asked  # which holds behind the session's end too, for its Stop
        interim = online.session.interim_seconds if online.session else asked or INTERIM_SECONDS_WITHOUT_ADVICE
        task = asyncio.create_task(self._deliver(online, reports, passage.intervals_late * interim))
        self._deliveries[task] = online.truth
        task.add_done_callback(self._deliveries.pop)

    async def send_on(self, now: float) -> None:
        """Accounting-On: the NAS has started."""
        build = self._build
        if not await self._ask(requests.accounting_on(build.identity, now, build.habits, now)):
            self._story.tell("the Accounting-On was never answered")

    async def settle(self, truth: Truth) -> None:
        """Wait until every report on this guest has been answered or given up."""
        while under_way := [task for task, whose in self._deliveries.items() if whose is truth]:
            await asyncio.wait(under_way)

    async def _deliver(self, online: Online, reports: Sequence[Report], seconds_late: float) -> None:
        await self._clock.sleep(seconds_late)
        for report in reports:
            if await self._ask(self._attributes(online, report)):
                online.truth.arrives(online.told, report)
            else:
                online.told.unanswered += 1
                self._story.tell(f"a report on {online.guest.name} was never answered")

    def _attributes(self, online: Online, report: Report) -> bytes:
        return requests.accounting(
            report,
            online.guest,
            self._build.identity,
            self._build.habits,
            user_name=online.user_name,
            classes=online.classes,
            booted_at=online.booted_at,
            # By the server's clock, not by ours: a story that began hours ago is told late throughout.
            delay_seconds=max(0, int(time.time() - report.at)),
        )

    async def _ask(self, attributes: bytes) -> bool:
        try:
            answer = await self._acct.ask_accounting(attributes)
        except NoAnswer:
            return False
        return answer.code == Code.ACCOUNTING_RESPONSE
