"""A program that is told codes by guests counts as they would: wrong ones make it wait, right ones never."""

from __future__ import annotations

import pytest

from hotgate.web.api.guesses import OF_TOKEN

WRONG = [f"WRONG{number:04}" for number in range(OF_TOKEN.tries + 1)]


@pytest.fixture
def guest(api, cafe):
    return api.post("/users", {"plan": str(cafe.plans["1 hour"].uuid)}).json()["user"]["id"]


@pytest.fixture
def code(api, cafe):
    batch = api.post("/voucher-batches", {"plan": str(cafe.plans["1 GB"].uuid), "size": 1}).json()
    return batch["codes"][0]["code"]


def redeem(api, guest, code):
    return api.post("/vouchers/redeem", {"user": guest, "code": code})


def look_up(api, guest, code):
    return api.get(f"/vouchers?code={code}")


@pytest.mark.parametrize(("ask", "told"), [(redeem, 409), (look_up, 200)])
def test_after_sixty_wrong_codes_a_token_waits_and_no_other(api, program, guest, code, ask, told):
    assert {ask(api, guest, wrong).status_code for wrong in WRONG[:-1]} == {told}
    answer = ask(api, guest, WRONG[-1])
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_tries")
    assert 0 < int(answer["Retry-After"]) <= OF_TOKEN.lockout.total_seconds() + 1
    assert redeem(api, guest, code).status_code == 429, "a right one waits too, else it would be found"
    assert redeem(program(), guest, code).status_code == 201


def test_right_codes_count_nothing_however_often_they_are_asked_for(api, guest, code):
    for _ in range(OF_TOKEN.tries + 1):
        assert look_up(api, guest, code).json()["items"]
    assert redeem(api, guest, code).status_code == 201
