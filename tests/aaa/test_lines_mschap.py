"""MS-CHAPv2 over UDP as a NAS and its client see it (standards §1.6, D16, D17, A23)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import NamedTuple

import pytest

from aaa.running import KEY, SECRET, Nas, Running
from aaa.seeded import World, code_of
from aaa.test_access import DEVICE, PASSWORD, attempts_of
from hotgate.domain.reasons import TEXTS, Reason
from hotgate.radius import attributes as attr
from hotgate.radius import mppe, passwords
from hotgate.radius.packet import Code, Packet, attribute, vendor_attribute
from hotgate.radius.passwords import MsChapV2Proof

CODE = "ABCD-EFGH-JK"
ERROR = re.compile(r"E=(\d+) R=0 C=([0-9A-F]{32}) V=3 M=(.+)")


class Login(NamedTuple):
    """One attempt, with what its client needs to check the answer."""

    proof: MsChapV2Proof
    request: bytes
    reply: Packet

    def told(self, kind: int) -> bytes | None:
        return self.reply.vendor(attr.MICROSOFT, kind)

    def key(self, kind: int) -> bytes:
        return mppe.uncover(self.told(kind) or b"", KEY, self.request[4:20])

    def error(self) -> tuple[int, str]:
        value = self.told(attr.MS_CHAP_ERROR)
        assert value is not None
        assert value[0] == self.proof.identifier
        found = ERROR.fullmatch(value[1:].decode())
        assert found is not None
        return int(found[1]), found[3]


def log_in(nas: Nas, name: str, password: str, *, challenge: bytes = b"", peer: bytes = b"") -> Login:
    challenge, peer = challenge or secrets.token_bytes(16), peer or secrets.token_bytes(16)
    response = passwords.mschapv2_response(9, password, name.encode(), challenge, peer)
    more = vendor_attribute(attr.MICROSOFT, attr.MS_CHAP_CHALLENGE, challenge)
    more += vendor_attribute(attr.MICROSOFT, attr.MS_CHAP2_RESPONSE, response)
    request = nas.access_request(name, "", DEVICE, more)
    reply = nas.ask("auth", request)
    assert reply is not None
    return Login(MsChapV2Proof(9, name.encode(), challenge, peer, response[26:]), request, reply)


def guest(world: World, name: str = "mia", *, chap: bool = True, amount: int = 1_000_000) -> tuple[int, int]:
    subscriber_id = world.subscriber(name, PASSWORD, chap=chap)
    return subscriber_id, world.entitlement(subscriber_id, world.plan(amount=amount), amount=amount)


def assert_proven(login: Login, password: bytes) -> None:
    """The client finds that the server knows the password, and both ends hold the same keys."""
    assert login.reply.code == Code.ACCESS_ACCEPT
    assert login.told(attr.MS_CHAP2_SUCCESS) == login.proof.success(password)
    master = mppe.master_key(login.proof.password_hash_hash(password), login.proof.response)
    assert login.key(attr.MS_MPPE_SEND_KEY) == mppe.send_key(master)
    assert login.key(attr.MS_MPPE_RECV_KEY) == mppe.receive_key(master)
    salts = [(login.told(kind) or b"")[:2] for kind in (attr.MS_MPPE_SEND_KEY, attr.MS_MPPE_RECV_KEY)]
    assert salts[0] != salts[1]
    assert all(salt[0] & 0x80 for salt in salts)
    assert login.told(attr.MS_MPPE_ENCRYPTION_POLICY) == bytes((0, 0, 0, 1))
    assert login.told(attr.MS_MPPE_ENCRYPTION_TYPES) == bytes((0, 0, 0, 4))


def test_the_server_proves_itself_and_hands_out_the_keys(nas: Nas, world: World) -> None:
    guest(world)
    assert_proven(log_in(nas, "mia", PASSWORD), PASSWORD.encode())


def test_a_domain_before_the_name_is_no_part_of_the_challenge(nas: Nas, world: World) -> None:
    """RFC 2759 §4: the peer hashes its name alone; here it is the name that the NAS sends."""
    guest(world, "cafe\\mia")
    assert_proven(log_in(nas, "cafe\\mia", PASSWORD), PASSWORD.encode())


def test_equal_challenges_are_taken(nas: Nas, world: World) -> None:
    """A23: CoovaChilli sends the same octets as both."""
    guest(world)
    same = secrets.token_bytes(16)
    assert_proven(log_in(nas, "mia", PASSWORD, challenge=same, peer=same), PASSWORD.encode())


@pytest.mark.parametrize("typed", ["ABCD-EFGH-JK", "ABCDEFGHJK", "abcdefghjk"])
def test_a_code_is_proven_in_the_spelling_in_which_it_was_typed(nas: Nas, world: World, typed: str) -> None:
    """The response can't be normalised, so the answer is made from what the guest typed, not from what is kept."""
    code_of(world, CODE, world.plan(amount=5_000_000))
    for _ in range(2):
        assert_proven(log_in(nas, typed, typed), typed.encode())


def used_up(world: World) -> None:
    _, entitlement_id = guest(world)
    world.execute("UPDATE entitlement SET used = amount WHERE id = %s", entitlement_id)


def by_staff(world: World) -> None:
    subscriber_id, _ = guest(world)
    world.insert("hold", operator_id=world.operator_id, subscriber_id=subscriber_id, kind="staff")


def without_a_plan(world: World) -> None:
    world.subscriber("mia", PASSWORD, chap=True)


def hash_only(world: World) -> None:
    guest(world, chap=False)


def later(world: World) -> None:
    subscriber_id = world.subscriber("mia", PASSWORD, chap=True)
    world.entitlement(subscriber_id, world.plan(amount=1_000), amount=1_000, starts_at="2099-01-01T00:00:00Z")


def nobody(_world: World) -> None:
    return


@pytest.mark.parametrize(
    ("prepare", "code", "reason", "rule"),
    [
        (nobody, 691, Reason.UNKNOWN_NAME, "D18"),
        (hash_only, 691, Reason.NOT_PROVABLE, "D16"),
        (by_staff, 647, Reason.HELD_BY_STAFF, ""),
        (without_a_plan, 649, Reason.NO_ENTITLEMENT, ""),
        (used_up, 649, Reason.USED_UP, ""),
        (later, 646, Reason.NOT_STARTED, ""),
    ],
)
def test_a_refusal_says_why_in_its_own_words(
    nas: Nas, world: World, prepare: Callable[[World], None], code: int, reason: Reason, rule: str
) -> None:
    prepare(world)
    login = log_in(nas, "mia", PASSWORD)
    assert login.reply.code == Code.ACCESS_REJECT
    told, message = login.error()
    assert told == code
    assert message == (login.reply.first(attr.REPLY_MESSAGE) or b"").decode()
    assert attempts_of(world) == [("refused", str(reason), rule)]


def test_a_wrong_password_is_691_with_a_new_challenge_each_time(nas: Nas, world: World) -> None:
    guest(world)
    errors = [log_in(nas, "mia", "guess").told(attr.MS_CHAP_ERROR) or b"" for _ in range(2)]
    assert errors[0] != errors[1]
    assert all(value[1:].startswith(b"E=691 R=0 C=") for value in errors)


def test_an_error_of_mschap_answers_mschap_alone(nas: Nas, world: World) -> None:
    """A6: a Reject to PAP has a Reply-Message and no more."""
    guest(world)
    reply = nas.login("mia", "guess", DEVICE)
    assert reply is not None
    assert {kind for kind, _ in reply.attributes} == {attr.MESSAGE_AUTHENTICATOR, attr.REPLY_MESSAGE}


def test_eap_is_refused_without_an_error_of_mschap(nas: Nas, world: World) -> None:
    """D17"""
    guest(world)
    eap = attribute(attr.EAP_MESSAGE, b"\x02\x01\x00\x08\x01mia")
    reply = nas.login("mia", "", DEVICE, eap)
    assert reply is not None
    assert reply.code == Code.ACCESS_REJECT
    assert reply.vendor(attr.MICROSOFT, attr.MS_CHAP_ERROR) is None
    assert attempts_of(world) == [("refused", str(Reason.EAP_UNSUPPORTED), "D17")]
    assert (reply.first(attr.REPLY_MESSAGE) or b"").decode() == TEXTS[Reason.EAP_UNSUPPORTED].guest


def test_a_confining_accept_proves_the_server_too(aaa: Running, world: World, host: str) -> None:
    """Else the client hangs up and never sees the page that would help."""
    world.nas(host, SECRET, can_confine=True)
    used_up(world)
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host)
    login = log_in(nas, "mia", PASSWORD)
    assert login.reply.first(attr.FILTER_ID) == b"hotgate-confined"
    assert_proven(login, PASSWORD.encode())
    nas.close()
