import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate import vault

MASTER = bytes(range(32))
KEYS = vault.Keys.of(MASTER)
INT64 = st.integers(min_value=-(2**63), max_value=2**63 - 1)


@given(plaintext=st.binary(max_size=300), aad=st.binary(max_size=40))
def test_what_was_sealed_opens(plaintext: bytes, aad: bytes) -> None:
    assert vault.unseal(KEYS.network, vault.seal(KEYS.network, plaintext, aad), aad) == plaintext


def test_equal_plaintexts_seal_differently() -> None:
    assert vault.seal(KEYS.network, b"secret", b"") != vault.seal(KEYS.network, b"secret", b"")


SEALED = vault.seal(KEYS.network, b"secret", b"nas:1")


@pytest.mark.parametrize(
    ("key", "sealed", "aad"),
    [
        pytest.param(KEYS.reprint, SEALED, b"nas:1", id="key of another purpose"),
        pytest.param(KEYS.network, SEALED, b"nas:2", id="another row"),
        pytest.param(KEYS.network, SEALED[:-1], b"nas:1", id="cut short"),
        pytest.param(KEYS.network, b"\x02" + SEALED[1:], b"nas:1", id="another key id"),
        pytest.param(KEYS.network, SEALED[:-1] + bytes([SEALED[-1] ^ 1]), b"nas:1", id="one bit wrong"),
        pytest.param(KEYS.network, b"", b"nas:1", id="empty"),
    ],
)
def test_nothing_else_opens(key: vault.SealingKey, sealed: bytes, aad: bytes) -> None:
    with pytest.raises(vault.VaultError):
        vault.unseal(key, sealed, aad)


def test_sealed_starts_with_its_key_id() -> None:
    assert vault.seal(vault.SealingKey(7, MASTER), b"", b"")[0] == 7


@given(key=st.binary(max_size=64), messages=st.lists(st.binary(max_size=200), max_size=3))
def test_a_key_is_digested_once_for_many_messages(key: bytes, messages: list[bytes]) -> None:
    digest = vault.keyed_hmac(key)
    assert [digest(each) for each in messages] == [hmac.digest(key, each, "sha256") for each in messages]


def test_a_key_longer_than_a_block_is_refused() -> None:
    with pytest.raises(ValueError, match="65 octets"):
        vault.keyed_hmac(bytes(65))


def test_every_purpose_has_its_own_key() -> None:
    secrets = [KEYS.network.secret, KEYS.reprint.secret]
    secrets += [KEYS.code_index, KEYS.wire, KEYS.class_token, KEYS.cookies]
    assert len({*secrets, MASTER}) == len(secrets) + 1
    assert {len(secret) for secret in secrets} == {32}


def test_derive_is_hkdf_of_one_block() -> None:
    # RFC 5869 test case 1, first 32 octets, through the same two steps
    pseudorandom = hmac.digest(bytes(range(0x0D)), b"\x0b" * 22, "sha256")
    first_block = hmac.digest(pseudorandom, bytes(range(0xF0, 0xFA)) + b"\x01", "sha256")
    assert first_block.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
    pseudorandom = hmac.digest(b"hotgate", MASTER, "sha256")
    assert vault.derive(MASTER, "label") == hmac.digest(pseudorandom, b"label\x01", "sha256")


def test_fingerprint_tells_keys_apart() -> None:
    assert vault.fingerprint(MASTER) == vault.fingerprint(bytes(range(32)))
    assert vault.fingerprint(MASTER) != vault.fingerprint(bytes(32))
    assert len(vault.fingerprint(MASTER)) == 16


def test_repr_shows_no_key() -> None:
    assert "b'" not in repr(KEYS) + repr(KEYS.network)


def test_equal_passwords_of_two_subscribers_differ() -> None:
    digest = vault.wire_digest(KEYS.wire, "12", b"3pass")
    assert digest == vault.wire_digest(KEYS.wire, "12", b"3pass")
    assert digest != vault.wire_digest(KEYS.wire, "123", b"pass")
    assert len(digest) == len(vault.code_index(KEYS.code_index, "ABCD")) == 32


def test_very_many_are_as_one_by_one() -> None:
    found = ["", "ABCD", "WIFI23456789X", "A" * 200]
    assert vault.code_indexes(KEYS.code_index, found) == [vault.code_index(KEYS.code_index, code) for code in found]
    seal = vault.sealer(KEYS.reprint)
    sealed = [seal(b"one", b"here"), seal(b"one", b"there")]
    assert vault.unseal(KEYS.reprint, sealed[1], b"there") == b"one"
    assert len({each[1 : 1 + vault.NONCE_OCTETS] for each in sealed}) == 2
    with pytest.raises(vault.VaultError):
        vault.unseal(KEYS.reprint, sealed[1], b"here")


@given(operator=INT64, subscriber=INT64, authorization=INT64)
def test_class_token_round_trip(operator: int, subscriber: int, authorization: int) -> None:
    token = vault.class_token(KEYS.class_token, operator, subscriber, authorization)
    assert token == vault.class_token(KEYS.class_token, operator, subscriber, authorization)
    assert len(token) == vault.CLASS_TOKEN_OCTETS <= 64
    assert vault.read_class_token(KEYS.class_token, token) == (operator, subscriber, authorization)


TOKEN = vault.class_token(KEYS.class_token, 1, 2, 3)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(b"", id="empty"),
        pytest.param(TOKEN[:-1], id="short"),
        pytest.param(TOKEN + b"\x00", id="long"),
        pytest.param(bytes([TOKEN[0] ^ 1]) + TOKEN[1:], id="version"),
        pytest.param(TOKEN[:8] + b"\x09" + TOKEN[9:], id="another operator"),
        pytest.param(b"our own class of another server", id="foreign"),
    ],
)
def test_a_foreign_class_is_none(token: bytes) -> None:
    assert vault.read_class_token(KEYS.class_token, token) is None
