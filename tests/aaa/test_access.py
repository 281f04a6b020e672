"""Access-Requests over UDP, from the datagram to the committed row. D-numbers as in the decision table."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import pytest

from aaa.running import KEY, SECRET, Nas, Running, number
from aaa.seeded import World
from hotgate import vault
from hotgate.domain.reasons import TEXTS, Reason
from hotgate.radius import attributes as attr
from hotgate.radius import passwords
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import Code, Packet, attribute, vendor_attribute

PASSWORD = "secret-word"
DEVICE = "AA-BB-CC-00-00-01"
OTHER = "AA-BB-CC-00-00-02"


def code_of(reply: Packet | None) -> int | None:
    return None if reply is None else reply.code


def reason_told(reply: Packet | None) -> str:
    assert reply is not None
    assert reply.code == Code.ACCESS_REJECT
    return (reply.first(attr.REPLY_MESSAGE) or b"").decode()


def attempts_of(world: World, columns: str = "outcome, reason, rule") -> list[tuple[object, ...]]:
    sql = f"SELECT {columns} FROM login_attempt WHERE operator_id = %s ORDER BY at, id"
    return world.rows(sql, world.operator_id)


def test_a_guest_logs_in_by_pap_whatever_the_case_of_the_name(nas: Nas, world: World) -> None:
    world.guest("anna", amount=10_000_000)
    assert code_of(nas.login("Anna", PASSWORD, "aa:bb:cc:00:00:01")) == Code.ACCESS_ACCEPT
    assert attempts_of(world, "outcome, user_name, device") == [("accepted", "Anna", DEVICE)]


def test_a_guest_logs_in_by_chap_where_the_password_is_kept(nas: Nas, world: World) -> None:
    plan_id = world.plan(amount=1_000_000)
    subscriber_id = world.subscriber("carl", PASSWORD, chap=True)
    world.entitlement(subscriber_id, plan_id, amount=1_000_000)
    assert code_of(nas.login("carl", PASSWORD, DEVICE, chap=True)) == Code.ACCESS_ACCEPT
    assert code_of(nas.login("carl", "wrong", DEVICE, chap=True)) == Code.ACCESS_REJECT


def test_mschapv2_is_answered_with_our_own_proof_and_keys(nas: Nas, world: World) -> None:
    subscriber_id = world.subscriber("mia", PASSWORD, chap=True)
    world.entitlement(subscriber_id, world.plan(amount=1_000_000), amount=1_000_000)
    challenge, peer = secrets.token_bytes(16), secrets.token_bytes(16)
    response = passwords.mschapv2_response(1, PASSWORD, b"mia", challenge, peer)
    more = vendor_attribute(attr.MICROSOFT, attr.MS_CHAP_CHALLENGE, challenge)
    more += vendor_attribute(attr.MICROSOFT, attr.MS_CHAP2_RESPONSE, response)
    reply = nas.login("mia", "", DEVICE, more)
    assert reply is not None
    assert reply.code == Code.ACCESS_ACCEPT
    assert reply.vendor(attr.MICROSOFT, attr.MS_CHAP2_SUCCESS) is not None
    assert reply.vendor(attr.MICROSOFT, attr.MS_MPPE_SEND_KEY) is not None


def test_the_accept_carries_class_and_limits(nas: Nas, world: World) -> None:
    subscriber_id, entitlement_id = world.guest("anna", amount=3600, measure="time")
    reply = nas.login("anna", PASSWORD, DEVICE)
    assert reply is not None
    token = vault.read_class_token(world.keys.class_token, reply.first(attr.CLASS) or b"")
    assert token == (world.operator_id, subscriber_id, entitlement_id)
    assert reply.first(attr.SESSION_TIMEOUT) == (3600).to_bytes(4, "big")
    assert reply.first(attr.ACCT_INTERIM_INTERVAL) == (300).to_bytes(4, "big")


def no_proof(nas: Nas) -> bytes:
    return nas.access_request("anna", "", DEVICE)


def two_proofs(nas: Nas) -> bytes:
    chap = attribute(attr.CHAP_PASSWORD, passwords.chap_response(7, PASSWORD.encode(), bytes(16)))
    return nas.access_request("anna", PASSWORD, DEVICE, chap)


def by_chap(nas: Nas) -> bytes:
    return nas.access_request("anna", PASSWORD, DEVICE, chap=True)


def by_eap(nas: Nas) -> bytes:
    return nas.access_request("anna", "", DEVICE, attribute(attr.EAP_MESSAGE, b"\x02\x01\x00\x09\x01anna"))


def wrong_password(nas: Nas) -> bytes:
    return nas.access_request("anna", "guess", DEVICE)


def unknown_name(nas: Nas) -> bytes:
    return nas.access_request("nobody", PASSWORD, DEVICE)


@pytest.mark.parametrize(
    ("request_of", "reason", "rule"),
    [
        (no_proof, Reason.NO_PROOF, "D15"),
        (two_proofs, Reason.NO_PROOF, "D15"),
        (by_chap, Reason.NOT_PROVABLE, "D16"),
        (by_eap, Reason.EAP_UNSUPPORTED, "D17"),
        (wrong_password, Reason.WRONG_PASSWORD, "D18"),
        (unknown_name, Reason.UNKNOWN_NAME, "D18"),
    ],
)
def test_what_can_not_be_proven_is_rejected_and_logged(
    nas: Nas, world: World, request_of: Callable[[Nas], bytes], reason: Reason, rule: str
) -> None:
    world.guest("anna", amount=1_000_000)
    assert reason_told(nas.ask("auth", request_of(nas))) == TEXTS[reason].guest
    assert attempts_of(world) == [("refused", str(reason), rule)]


def test_a_reject_waits_and_holds_up_nobody_else(aaa: Running, world: World, host: str) -> None:
    """D18: the delay is a timer, so an accept that comes in meanwhile is answered at once."""
    world.nas(host, SECRET, reject_delay_ms=700)
    world.guest("anna", amount=1_000_000)
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host)
    began = time.monotonic()
    rejected = nas.access_request("anna", "guess", OTHER)
    nas.socket.sendto(rejected, aaa.server.address("auth"))
    assert code_of(nas.login("anna", PASSWORD, DEVICE)) == Code.ACCESS_ACCEPT
    assert time.monotonic() - began < 0.6
    assert code_of(nas.receive(rejected)) == Code.ACCESS_REJECT
    assert 0.7 <= time.monotonic() - began < 1.6
    nas.close()


def test_parallel_guessing_of_one_device_gets_no_more_answers_than_its_cap(
    aaa: Running, world: World, host: str
) -> None:
    """D18, A18: what goes beyond the rejects under way is not answered at all."""
    world.nas(host, SECRET, reject_delay_ms=600)
    world.guest("anna", amount=1_000_000)
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host)
    sent = []
    for wave in range(2):
        for _ in range(4):
            octets = nas.access_request("anna", f"guess {len(sent)}", DEVICE)
            sent.append(octets)
            nas.socket.sendto(octets, aaa.server.address("auth"))
        time.sleep(0.3 * (1 - wave))
    time.sleep(1.2)
    nas.socket.setblocking(False)
    answered = {nas.socket.recv(4096)[1] for _ in range(4)}
    assert answered == {octets[1] for octets in sent[:4]}
    with pytest.raises(BlockingIOError):
        nas.socket.recv(4096)
    nas.close()


def test_where_no_device_is_told_only_the_name_that_is_guessed_at_waits(aaa: Running, world: World, host: str) -> None:
    """A18: or a few wrong passwords would silence everybody behind such a NAS."""
    world.nas(host, SECRET, reject_delay_ms=1000)
    for name in ("anna", "berta"):
        world.guest(name, amount=1_000_000)
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host)
    for name in ("anna",) * 4 + ("",) * 4 + ("somebody", "else"):
        nas.socket.sendto(nas.access_request(name, "guess"), aaa.server.address("auth"))
    time.sleep(0.3)
    assert nas.login("Anna", PASSWORD, seconds=0.3) is None
    assert code_of(nas.login("berta", PASSWORD, seconds=0.3)) == Code.ACCESS_ACCEPT
    assert code_of(nas.login("anna", PASSWORD, DEVICE, seconds=0.3)) == Code.ACCESS_ACCEPT
    nas.close()


def test_a_nas_that_names_itself_otherwise_is_rejected_only_where_it_is_strict(
    aaa: Running, world: World, host: str
) -> None:
    """D21: behind NAT a NAS sends its LAN address, which is logged and no more."""
    nas_id = world.nas(host, SECRET, identifier="gateway-1")
    world.guest("anna", amount=1_000_000)
    aaa.do(aaa.server._reload_clients())
    nas, other = Nas(aaa.server, host), attribute(attr.NAS_IDENTIFIER, b"gateway-2")
    assert code_of(nas.login("anna", PASSWORD, DEVICE, other)) == Code.ACCESS_ACCEPT
    world.execute("UPDATE nas SET strict = true WHERE id = %s", nas_id)
    aaa.do(aaa.server._reload_clients())
    assert reason_told(nas.login("anna", PASSWORD, DEVICE, other)) == TEXTS[Reason.NAS_MISMATCH].guest
    assert attempts_of(world, "outcome, rule") == [("accepted", "D21"), ("refused", "D21")]
    nas.close()


def test_names_of_one_operator_are_nobody_at_another(nas: Nas, world: World) -> None:
    """D24"""
    stranger = World(world.connection)
    stranger.guest("berta", amount=1_000_000)
    assert reason_told(nas.login("berta", PASSWORD, DEVICE)) == TEXTS[Reason.UNKNOWN_NAME].guest


def test_an_unknown_source_is_dropped_and_counted(aaa: Running, world: World, host: str) -> None:
    """D1"""
    nas = Nas(aaa.server, host)
    assert nas.login("anna", PASSWORD, DEVICE, seconds=0.3) is None
    aaa.do(aaa.server._write_attempts())
    assert world.rows("SELECT rule, count FROM login_attempt WHERE source = %s", host) == [("D1", 1)]
    world.nas(host, SECRET)
    time.sleep(1.5)  # a new NAS is known within a second or so, without a restart
    world.guest("anna", amount=1_000_000)
    assert code_of(nas.login("anna", PASSWORD, DEVICE)) == Code.ACCESS_ACCEPT
    nas.close()


def test_of_a_flood_from_made_up_sources_few_rows_are_written_and_all_packets_counted(
    aaa: Running, world: World
) -> None:
    for n in range(300):
        stranger = Nas(aaa.server, f"127.9.{n >> 8}.{n & 255}")
        stranger.socket.sendto(b"anything", aaa.server.address("auth"))
        stranger.close()
    time.sleep(0.2)
    aaa.do(aaa.server._write_attempts())
    counts = "SELECT count(*), sum(count) FROM login_attempt WHERE rule = 'D1' AND source"
    (told, of_told), (further, of_further) = (
        world.rows(f"{counts} {which}")[0] for which in ("<<= '127.9.0.0/16'", "IS NULL")
    )
    assert (of_told + of_further, told + further < 210) == (300, True)


def test_a_secret_that_was_changed_holds_at_once(aaa: Running, world: World, host: str) -> None:
    nas_id = world.nas(host, SECRET)
    world.guest("anna", amount=1_000_000)
    aaa.do(aaa.server._reload_clients())
    fresh = b"another secret of sixteen"
    sealed = vault.seal(world.keys.network, fresh, b"nas:%d:secret" % nas_id)
    until = "UPDATE nas_secret SET sealed = %s, previous_until = now() + interval '1 hour' WHERE nas_id = %s"
    world.execute(until, sealed, nas_id)
    aaa.do(aaa.server._reload_clients())
    for key in (ClientKey(fresh), KEY):  # the one before is good while the NAS is being changed
        nas = Nas(aaa.server, host, key)
        assert code_of(nas.login("anna", PASSWORD, DEVICE)) == Code.ACCESS_ACCEPT
        nas.close()
    world.execute("UPDATE nas_secret SET previous_until = NULL WHERE nas_id = %s", nas_id)
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host)
    assert nas.login("anna", PASSWORD, DEVICE, seconds=0.3) is None
    nas.close()


def test_auto_learns_from_the_first_message_authenticator_and_keeps_it(aaa: Running, world: World, host: str) -> None:
    """Standards §1.4: what was learned stands in the database, so a restart does not forget it."""
    nas_id = world.nas(host, SECRET, require_message_authenticator="auto")
    world.guest("anna", amount=1_000_000)
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host)
    unsigned = unsigned_request(nas)
    assert code_of(nas.ask("auth", unsigned)) == Code.ACCESS_ACCEPT
    assert code_of(nas.login("anna", PASSWORD, DEVICE)) == Code.ACCESS_ACCEPT
    assert nas.ask("auth", unsigned_request(nas), 0.4) is None
    aaa.do(aaa.server._write_seen())
    assert world.value("SELECT message_authenticator_seen_at IS NOT NULL FROM nas WHERE id = %s", nas_id)
    nas.close()


def unsigned_request(nas: Nas) -> bytes:
    authenticator = secrets.token_bytes(16)
    hidden = passwords.hide_password(PASSWORD.encode(), KEY, authenticator)
    body = attribute(attr.USER_NAME, b"anna") + attribute(attr.USER_PASSWORD, hidden)
    body += attribute(attr.CALLING_STATION_ID, DEVICE.encode())
    return bytes([Code.ACCESS_REQUEST, nas._next()]) + (20 + len(body)).to_bytes(2, "big") + authenticator + body


def test_a_duplicate_gets_the_same_octets_and_one_row(nas: Nas, world: World) -> None:
    """D13"""
    world.guest("anna", amount=1_000_000)
    octets = nas.access_request("anna", PASSWORD, DEVICE)
    first, second = nas.ask("auth", octets), nas.ask("auth", octets)
    assert first is not None
    assert second is not None
    assert first.octets == second.octets
    assert len(attempts_of(world)) == 1


def test_one_device_takes_its_own_place_over_and_another_finds_none(nas: Nas, world: World) -> None:
    subscriber_id, _ = world.guest("anna", amount=1_000_000)
    assert code_of(nas.login("anna", PASSWORD, DEVICE)) == Code.ACCESS_ACCEPT
    assert code_of(nas.login("anna", PASSWORD, DEVICE)) == Code.ACCESS_ACCEPT
    assert reason_told(nas.login("anna", PASSWORD, OTHER)) == TEXTS[Reason.TOO_MANY_DEVICES].guest
    assert world.rows("SELECT device FROM slot WHERE subscriber_id = %s", subscriber_id) == [(DEVICE,)]


def test_of_many_logins_at_once_only_as_many_as_there_are_places_get_in(nas: Nas, world: World) -> None:
    profile_id = world.profile(devices_max=3)
    subscriber_id, _ = world.guest("family", amount=9_000_000, profile_id=profile_id)
    sent = [nas.access_request("family", PASSWORD, f"AA-BB-CC-00-01-{i:02X}") for i in range(40)]
    for octets in sent:
        nas.socket.sendto(octets, nas.server.address("auth"))
    codes = sorted(filter(None, (code_of(reply) for reply in receive_all(nas, sent))))
    assert codes == [Code.ACCESS_ACCEPT] * 3 + [Code.ACCESS_REJECT] * 37
    lent = "SELECT count(*), sum(slice_amount) FROM slot WHERE subscriber_id = %s"
    assert world.rows(lent, subscriber_id) == [(3, 9_000_000)]


def receive_all(nas: Nas, sent: list[bytes]) -> list[Packet]:
    from hotgate.radius.packet import decode

    nas.socket.settimeout(5)
    return [decode(nas.socket.recv(4096)) for _ in sent]


def test_a_plan_without_places_or_limits_writes_no_slot(nas: Nas, world: World) -> None:
    profile_id = world.profile(devices_max=None)
    subscriber_id, _ = world.guest("flat", measure="none", profile_id=profile_id)
    for _ in range(3):
        assert code_of(nas.login("flat", PASSWORD, DEVICE)) == Code.ACCESS_ACCEPT
    assert world.value("SELECT count(*) FROM slot WHERE subscriber_id = %s", subscriber_id) == 0


def test_a_blocked_device_is_refused_whatever_is_typed_on_it(aaa: Running, world: World, host: str) -> None:
    world.nas(host, SECRET)
    world.guest("blocked-one", measure="none")
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host)
    assert code_of(nas.login("blocked-one", PASSWORD, DEVICE)) == Code.ACCESS_ACCEPT
    world.execute("INSERT INTO blocked_device (operator_id, mac) VALUES (%s, %s)", world.operator_id, DEVICE)
    aaa.do(aaa.server._reload_clients())
    assert reason_told(nas.login("blocked-one", PASSWORD, DEVICE)) == TEXTS[Reason.DEVICE_BLOCKED].guest
    world.guest("welcome", measure="none")
    assert code_of(nas.login("welcome", PASSWORD, OTHER)) == Code.ACCESS_ACCEPT
    world.execute("DELETE FROM blocked_device")
    aaa.do(aaa.server._reload_clients())
    assert code_of(nas.login("blocked-one", PASSWORD, DEVICE)) == Code.ACCESS_ACCEPT
    nas.close()


def test_a_device_logs_in_by_its_mac_where_the_nas_allows_it(aaa: Running, world: World, host: str) -> None:
    nas_id = world.nas(host, SECRET)
    subscriber_id = world.subscriber(f"mac:{DEVICE}", None, kind="device")
    world.entitlement(subscriber_id, world.plan(measure="none", for_devices=True))
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host)
    refused = TEXTS[Reason.DEVICE_LOGIN_NOT_ALLOWED].guest
    assert reason_told(nas.login("aa:bb:cc:00:00:01", "aabbcc000001", "aa:bb:cc:00:00:01")) == refused
    world.execute("UPDATE nas SET mac_login = true WHERE id = %s", nas_id)
    aaa.do(aaa.server._reload_clients())
    assert code_of(nas.login("aabbcc000001", "x", DEVICE)) == Code.ACCESS_ACCEPT
    assert reason_told(nas.login("aabbcc000001", "x", OTHER)) == refused
    nas.close()


def test_status_server_is_answered_while_the_database_answers(nas: Nas, aaa: Running) -> None:
    """D22, and D19 as RFC 5997 §4 has it: silence is what makes a NAS turn to another server."""
    octets = KEY.sign_access_request(Code.STATUS_SERVER, 9, secrets.token_bytes(16), b"")
    assert code_of(nas.ask("auth", octets)) == Code.ACCESS_ACCEPT
    aaa.server.health.is_up = False
    try:
        octets = KEY.sign_access_request(Code.STATUS_SERVER, 10, secrets.token_bytes(16), b"")
        assert nas.ask("auth", octets, 0.3) is None
    finally:
        aaa.server.health.is_up = True


def test_S4_a_flood_of_status_server_is_answered_up_to_its_limit(nas: Nas, aaa: Running) -> None:
    before = aaa.server.attempts.totals["S4", "auth"]
    flood = [KEY.sign_access_request(Code.STATUS_SERVER, n, secrets.token_bytes(16), b"") for n in range(200)]
    for octets in flood:
        nas.socket.sendto(octets, aaa.server.address("auth"))
    deadline = time.monotonic() + 10
    # two seconds may have begun meanwhile, each with its own share
    while (unanswered := aaa.server.attempts.totals["S4", "auth"] - before) < 100:
        assert time.monotonic() < deadline, unanswered
        time.sleep(0.1)
    time.sleep(1.5)
    octets = KEY.sign_access_request(Code.STATUS_SERVER, 250, secrets.token_bytes(16), b"")
    assert code_of(nas.ask("auth", octets)) == Code.ACCESS_ACCEPT


def test_a_confining_nas_gets_an_accept_into_the_walled_garden(aaa: Running, world: World, host: str) -> None:
    world.nas(host, SECRET, can_confine=True)
    _, entitlement_id = world.guest("anna", amount=1_000)
    world.execute("UPDATE entitlement SET used = 1000 WHERE id = %s", entitlement_id)
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host)
    reply = nas.login("anna", PASSWORD, DEVICE)
    assert reply is not None
    assert reply.code == Code.ACCESS_ACCEPT
    assert reply.first(attr.FILTER_ID) == b"hotgate-confined"
    assert attempts_of(world) == [("confined", str(Reason.USED_UP), "")]
    nas.close()


def test_replies_never_repeat_what_the_request_said(nas: Nas, world: World) -> None:
    reply = nas.login("<script>nobody</script>", PASSWORD, DEVICE, number(attr.NAS_PORT, 4))
    assert reply is not None
    assert b"script" not in reply.octets
