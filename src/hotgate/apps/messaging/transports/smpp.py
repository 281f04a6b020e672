"""SMS, by SMPP 3.4 to an SMS centre: bind, one submission, its answer, unbind."""

from __future__ import annotations

import asyncio
from typing import Any

from aiosmpplib import ESME, PhoneNumber, SubmitSm, SubmitSmResp
from aiosmpplib.hook import AbstractHook
from aiosmpplib.state import SmppCommandStatus, SmppError

from hotgate.apps.messaging.transports.failing import NotSent
from hotgate.environment import MessageServer

SECONDS = 20
LEAVE_SECONDS = 2
LONG_IN_PARTS = 0b0100_0000  # a long text in parts with a user data header, as phones expect it (SMPP 3.4 §5.2.12)
QUIET = 100  # a log level above all of the library's: its lines would carry what is sent
# ESME_RINVDSTADR and its kin: the number will not become a better one
FINAL = frozenset(
    {SmppCommandStatus.ESME_RINVDSTADR, SmppCommandStatus.ESME_RINVDSTTON, SmppCommandStatus.ESME_RINVDSTNPI}
)


class Answer(AbstractHook):
    """Waits for what the centre says to the one message."""

    def __init__(self) -> None:
        self.status: asyncio.Future[SmppCommandStatus] = asyncio.get_running_loop().create_future()

    async def sending(self, smpp_message: Any, pdu: bytes, client_id: str) -> None:
        pass

    async def received(self, smpp_message: Any, pdu: bytes, client_id: str) -> None:
        if isinstance(smpp_message, SubmitSmResp) and not self.status.done():
            self.status.set_result(smpp_message.command_status)

    async def send_error(self, smpp_message: Any, error: Exception | None, client_id: str) -> None:
        if error is not None and not self.status.done():
            self.status.set_exception(error)


def send(server: MessageServer, recipient: str, subject: str, text: str) -> None:
    """NotSent. An SMS has no subject."""
    try:
        status = asyncio.run(_submitted(server, recipient, text))
    except (OSError, SmppError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
        raise NotSent(f"the SMS centre can't be used ({type(error).__name__})") from error
    if status is not SmppCommandStatus.ESME_ROK:
        raise NotSent(f"the SMS centre answers {status.name}", is_final=status in FINAL)


async def _submitted(server: MessageServer, recipient: str, text: str) -> SmppCommandStatus:
    answer = Answer()
    esme = ESME(server.host, server.port, system_id=server.user, password=server.password, hook=answer, log_level=QUIET)
    await asyncio.wait_for(esme.connect(), SECONDS)  # raises, where `start` would go on trying
    await esme.broker.enqueue(
        SubmitSm(
            short_message=text,
            source=PhoneNumber(server.sender),
            destination=PhoneNumber(recipient.removeprefix("+")),
            auto_message_payload=False,
            esm_class=LONG_IN_PARTS,
        )
    )
    running = asyncio.create_task(esme.start())
    try:
        return await asyncio.wait_for(answer.status, SECONDS)
    finally:
        stopping = asyncio.create_task(esme.stop())  # it waits for the centre, without a limit of its own
        await asyncio.wait({stopping, running}, timeout=LEAVE_SECONDS)
        for task in (stopping, running):
            task.cancel()
