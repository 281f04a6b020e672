"""HN-W14: one realm has users of programs, cards and vouchers at once, each with the plan that was chosen for it."""

from __future__ import annotations


def test_HN_W14_one_realm_mixes_users_of_programs_cards_and_vouchers(api, cafe):
    plan = {name: str(cafe.plans[name].uuid) for name in ("1 hour", "1 GB", "Day pass")}
    guest = api.post("/users", {"plan": plan["1 hour"]}).json()
    batch = api.post("/card-batches", {"size": 2, "plan": plan["1 GB"]}).json()
    codes = api.post("/voucher-batches", {"size": 1, "plan": plan["Day pass"]}).json()["codes"]
    paid = api.post("/vouchers/redeem", {"user": guest["user"]["id"], "code": codes[0]["code"]}).json()
    assert (guest["entitlement"]["plan_name"], paid["plan_name"]) == ("1 hour", "Day pass"), "a voucher is a way to pay"
    cards = [api.get(f"/users/{each['user']}").json() for each in batch["cards"]]
    assert {each["realm"] for each in [guest["user"], *cards]} == {batch["batch"]["realm"]}
    assert {guest["user"]["created_via"], *(each["created_via"] for each in cards)} == {"api", "card"}
    for each in cards:
        held = api.get(f"/users/{each['id']}/entitlements").json()["items"]
        assert [one["plan_name"] for one in held] == ["1 GB"]
