"""Transfers name their cause, balance, and are taken back once (§5.3)."""

from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.domain import transfers
from hotgate.domain.errors import DomainError
from hotgate.domain.transfers import Transfer

PAID = Transfer(transfers.transfer_id(7, "3/", 0), "wallet:5", "usage_revenue", 150, "EUR", "session:7")
accounts = st.sampled_from(["wallet:1", "wallet:2", "usage_revenue", "cash"])
many = st.lists(
    st.builds(
        Transfer,
        st.uuids(),
        accounts,
        accounts,
        st.integers(1, 10**9),
        st.just("EUR"),
        st.just(""),
        st.none(),
    ),
    max_size=20,
)


def test_an_id_names_its_cause() -> None:
    assert PAID.id == transfers.transfer_id(7, "3/", 0)
    assert PAID.id == UUID(bytes=sha256(b"usage\x1f7\x1f3/\x1f0").digest()[:16])


@pytest.mark.parametrize("cause", [(7, "3/", 1), (8, "3/", 0), (7, "4/", 0), (73, "/", 0), (7, "3", 0)])
def test_another_cause_has_another_id(cause: tuple[int, str, int]) -> None:
    assert transfers.transfer_id(*cause) != PAID.id


def test_a_reversal_is_the_mirror_image() -> None:
    back = transfers.reversal_of(PAID)
    assert tuple(back[1:]) == ("usage_revenue", "wallet:5", 150, "EUR", "session:7", PAID.id)
    assert back.id == transfers.reversal_of(PAID).id != PAID.id
    assert set(transfers.balances([PAID, back]).values()) == {0}
    with pytest.raises(DomainError) as refusal:
        transfers.reversal_of(back)
    assert refusal.value.code == "reversal_irreversible"


@pytest.mark.parametrize(
    ("posted", "may"),
    [
        ([], True),
        ([PAID], True),
        ([PAID._replace(amount_minor=0)], False),
        ([PAID._replace(amount_minor=-1)], False),
        ([PAID._replace(credit="wallet:5")], False),
        ([PAID, PAID._replace(debit="wallet:6", currency="USD")], False),
        ([PAID, PAID._replace(debit="wallet:6", credit="revenue_usd", currency="USD")], True),
    ],
)
def test_balanced(posted: list[Transfer], may: bool) -> None:
    assert transfers.balanced(posted) is may


@given(many)
def test_the_sum_is_always_zero(posted: list[Transfer]) -> None:
    assert sum(transfers.balances(posted).values()) == 0
    reversed_all = [*posted, *(transfers.reversal_of(t) for t in posted)]
    assert not any(transfers.balances(reversed_all).values())
