"""The NAS: logs guests in, meters them, obeys orders, and reboots when told to."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from hotgate.radius.attributes import ErrorCause, TerminateCause
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import Code, Packet
from hotgate.simulator import grant as grants
from hotgate.simulator import orders, quantities, requests
from hotgate.simulator import session as sessions
from hotgate.simulator.clock import Clock, Story
from hotgate.simulator.grant import Grant
from hotgate.simulator.online import Build, Ending, Online
from hotgate.simulator.reporter import Reporter
from hotgate.simulator.requests import Guest
from hotgate.simulator.session import Deadline, Session, Wish
from hotgate.simulator.truth import Truth
from hotgate.simulator.wire import Exchanges, NoAnswer

_ENDINGS: Final = {
    Deadline.VOLUME_SPENT: "the NAS ends the session: the volume is used up",
    Deadline.SESSION_TIMEOUT: "the NAS ends the session: the time is used up",
    Deadline.IDLE_TIMEOUT: "the NAS ends the session: idle for too long",
}


class Nas:
    """One NAS: `auth` leads to the server's authentication port, `reporter` to its accounting port."""

    def __init__(
        self, build: Build, key: ClientKey, auth: Exchanges, reporter: Reporter, clock: Clock, story: Story
    ) -> None:
        self._build = build
        self._key = key
        self._auth = auth
        self._reporter = reporter
        self._clock = clock
        self._story = story
        self._online: dict[str, Online] = {}
        self._booted_at = clock.now()
        self._logins = 0

    async def visit(self, guest: Guest, wish: Wish, truth: Truth) -> tuple[Ending, int]:
        """One login and all that follows; how it ended, and octets moved."""
        session_id = self._session_id(guest)
        grant = await self._log_in(guest, session_id)
        if isinstance(grant, Ending):
            return grant, 0
        online = self._bring_online(guest, session_id, grant, wish, truth)
        while online.session is not None:
            await self._clock.until(sessions.next_deadline(online.session)[0], online.wake)
            online.wake.clear()
            self._catch_up(online)
        return online.ending, online.octets

    async def reboot(self, *, with_on: bool) -> None:
        """Power gone for a moment: no Stop for anybody, counters from zero."""
        now = self._clock.now()
        self._story.tell("the NAS reboots" + (", and says so" if with_on else ", and says nothing"))
        self._booted_at = now
        rebooted = [online for online in self._online.values() if online.session is not None]
        for online in rebooted:
            self._catch_up(online)
            if online.session is not None:
                last = sessions.end(online.session, now, TerminateCause.NAS_REBOOT)
                online.truth.happens(online.told, last)
                online.ending, online.octets = Ending.REBOOTED, last.octets_in + last.octets_out
        if with_on:
            await self._reporter.send_on(now)
        for online in rebooted:
            self._leave(online)

    def obey(self, order: Packet) -> ErrorCause | None:
        """Carry out a CoA or Disconnect; why not, if not."""
        found = orders.find(order, [online.label for online in self._online.values()])
        if isinstance(found, ErrorCause):
            return found
        online = self._online[found]
        self._catch_up(online)
        if online.session is None:
            return ErrorCause.SESSION_CONTEXT_NOT_FOUND
        if order.code == Code.DISCONNECT_REQUEST:
            self._cut(online, online.session)
            return None
        return self._change(online, online.session, order)

    async def _log_in(self, guest: Guest, session_id: str) -> Grant | Ending:
        build, name = self._build, f"{guest.name} logs in ({self._build.method.upper()}) … "
        try:
            answer = await self._auth.ask_access(
                lambda nonce: requests.access(guest, build.identity, session_id, build.method, self._key, nonce)
            )
        except NoAnswer as error:
            self._story.tell(name + "the server does not answer" + (f" ({error})" if str(error) else ""))
            return Ending.UNANSWERED
        message = grants.reply_message(answer)
        if answer.code != Code.ACCESS_ACCEPT:
            self._story.tell(name + f"login refused: {message or 'no reason given'}")
            return Ending.REFUSED
        grant = grants.read(answer, build.maker)
        limits = ", ".join(grants.limits_in_words(grant)) or "without limits"
        self._story.tell(name + f"accepted: {limits}" + (f" ({message})" if message else ""))
        return grant

    def _bring_online(self, guest: Guest, session_id: str, grant: Grant, wish: Wish, truth: Truth) -> Online:
        build = self._build
        session, start = sessions.begin(
            session_id,
            self._clock.now(),
            grant,
            wish,
            interim_asked=build.interim_asked,
            enforces_volume=build.enforces_volume,
        )
        online = Online(guest, truth, truth.begins(start), session, classes=grant.classes)
        online.user_name, online.booted_at = grant.user_name or guest.name, self._booted_at
        self._online[session_id] = online
        self._reporter.send(online, start)
        return online

    def _catch_up(self, online: Online) -> None:
        """All that is due until now."""
        if online.session is None:
            return
        name = online.guest.name
        online.session, happened = sessions.advance(online.session, self._clock.now())
        for what, report in happened:
            used = f"{quantities.shown_octets(report.octets_in + report.octets_out)} in {report.seconds:,} s"
            if what is Deadline.INTERIM:
                self._story.tell(f"{name} has used {used}", report.at)
            else:
                self._story.tell(_ENDINGS.get(what, f"{name} leaves") + f" ({used})", report.at)
            self._reporter.send(online, report)
        if online.session is None:
            self._leave(online)

    def _cut(self, online: Online, session: Session) -> None:
        stop = sessions.end(session, self._clock.now(), TerminateCause.ADMIN_RESET)
        used = f"{quantities.shown_octets(stop.octets_in + stop.octets_out)} in {stop.seconds:,} s"
        self._story.tell(f"the server cuts the session: Disconnect ({online.guest.name}, {used})", stop.at)
        self._reporter.send(online, stop)
        self._leave(online)

    def _change(self, online: Online, session: Session, order: Packet) -> ErrorCause | None:
        grant = grants.changed(session.grant, order, self._build.maker)
        if grant is None:
            return ErrorCause.UNSUPPORTED_ATTRIBUTE
        online.session = sessions.change(session, grant, self._clock.now())
        online.classes = grant.classes
        limits = ", ".join(grants.limits_in_words(grant)) or "without limits"
        self._story.tell(f"the server changes the session of {online.guest.name}: {limits}")
        online.wake.set()
        return None

    def _leave(self, online: Online) -> None:
        online.session = None
        if self._online.get(online.told.session_id) is online:
            del self._online[online.told.session_id]
        online.wake.set()

    def _session_id(self, guest: Guest) -> str:
        """Unique, or by the habit of many small boxes the same again after each boot."""
        self._logins += 1
        if self._build.habits.reuses_session_ids:
            return f"{guest.number:08x}"
        return f"{int(time.time() * 1000):011x}{self._logins:04x}"


def remaining(wish: Wish, octets: int) -> Wish:
    """What a guest still wants after a reboot took the first session."""
    return wish if wish.octets is None else replace(wish, octets=max(0, wish.octets - octets))
