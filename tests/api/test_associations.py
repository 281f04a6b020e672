"""A wireless controller tells who roams where."""

from __future__ import annotations

import pytest

from api.program import problem

TOLD = {"device": "02:00:5e:10:00:01", "access_point": "0a:11:22:33:44:55", "began_at": "2026-03-01T18:03:11Z"}


def test_HN_30_a_controller_tells_and_what_it_told_is_read_newest_first(api, program):
    told = [TOLD | {"network": "Guests", "signal_dbm": -61}, TOLD | {"began_at": "2026-03-01T19:00:00+00:00"}]
    answer = api.post("/wifi-associations", {"associations": told})
    assert (answer.status_code, answer.json()) == (201, {"kept": 2})
    last, first = api.get("/wifi-associations").json()["items"]
    assert first == {
        "id": first["id"], "device": "02-00-5E-10-00-01", "access_point": "0A-11-22-33-44-55", "network": "Guests",
        "user": None, "nas": None, "began_at": "2026-03-01T18:03:11Z", "ended_at": None, "cause": None,
        "signal_dbm": -61,
    }  # fmt: skip
    assert last["began_at"] == "2026-03-01T19:00:00Z"
    user = api.post("/users", {}).json()["user"]["id"]
    assert api.get("/wifi-associations", user=user).json()["items"] == []
    problem(program("support").post("/wifi-associations", {"associations": told}), 403, "role_missing")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ([], "associations"),
        ([TOLD] * 201, "associations"),
        ([TOLD, TOLD | {"device": "no"}], "associations.1.device"),
        ([TOLD | {"began_at": "2026-03-01T18:03:11"}], "associations.0.began_at"),
        ([TOLD | {"ended_at": "2026-03-01T18:00:00Z"}], "associations.0.ended_at"),
    ],
)
def test_HN_30_what_is_wrong_is_named_and_nothing_is_kept(api, told, field):
    answer = api.post("/wifi-associations", {"associations": told})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert api.get("/wifi-associations").json()["items"] == []


def test_another_operators_associations_are_not_there(program, hotel):
    program(office=hotel).post("/wifi-associations", {"associations": [TOLD]})
    assert program().get("/wifi-associations").json()["items"] == []
