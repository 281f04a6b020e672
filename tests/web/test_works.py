"""Long work: its progress, who sees it, how it ends."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from hotgate.apps.core import scope
from hotgate.apps.core import work as works
from hotgate.domain.errors import DomainError
from web.office import now


@pytest.fixture
def begun(cafe):
    def begin(role="cashier", office=cafe, **more):
        with scope.of(office.operator.id):
            return works.begin(
                now=now(), operator_id=office.operator.id, staff_id=office.staff[role].id, kind="voucher_batch",
                **{"title": "<b>1000</b> codes", "total": 1000} | more,
            )  # fmt: skip

    return begin


def progress(client, work):
    return client.get(reverse("work_progress", args=[work.uuid])).content.decode()


def test_progress_is_asked_for_until_the_end(sign_in, cafe, begun):
    work, client = begun(), sign_in("cashier")
    with scope.of(cafe.operator.id):
        works.report(now=now(), work_id=work.id, done=250)
    html = progress(client, work)
    assert 'value="25"' in html
    assert 'hx-trigger="every 1s"' in html
    with scope.of(cafe.operator.id):
        works.finish(now=now(), work_id=work.id, result="/plans/", message="1000 codes")
        works.report(now=now(), work_id=work.id, done=3)
        works.fail(now=now(), work_id=work.id, message="too late")
    html = progress(client, work)
    assert "hx-trigger" not in html, "it is over: nobody asks again"
    assert 'href="/plans/"' in html
    assert "250 / 1,000" in html
    assert "too late" not in html


def test_a_total_that_nobody_knows_yet(sign_in, cafe, begun):
    html = progress(sign_in(), begun(total=None))
    assert '<progress class="work-bar" aria-label' in html
    assert "<b>1000" not in html


def test_what_fails_says_why(sign_in, cafe, begun):
    work = begun()
    with pytest.raises(DomainError), scope.of(cafe.operator.id), works.failing(work.id, "It broke."):
        raise DomainError("x", "The space of codes is too small.")
    with pytest.raises(ValueError, match="secret"), scope.of(cafe.operator.id), works.failing(begun().id, "It broke."):
        raise ValueError("secret detail")


def test_it_is_found_again_by_whoever_began_it_and_by_chiefs(sign_in, begun):
    work = begun("cashier")
    here = reverse("work", args=[work.uuid])
    assert {role: sign_in(role).get(here).status_code for role in ("cashier", "owner", "support")} == {
        "cashier": 200, "owner": 200, "support": 404,
    }  # fmt: skip
    assert "&lt;b&gt;1000&lt;/b&gt; codes" in sign_in("cashier").get("/work/").content.decode()
    assert "codes" not in sign_in("support").get("/work/").content.decode()


def test_another_operators_work_is_404(sign_in, begun, hotel):
    assert sign_in("owner").get(reverse("work", args=[begun(office=hotel).uuid])).status_code == 404


@pytest.mark.parametrize(
    "result", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_a_result_stands_on_our_own_pages(cafe, begun, result):
    work = begun()
    with scope.of(cafe.operator.id), pytest.raises(IntegrityError), transaction.atomic():
        works.finish(now=now(), work_id=work.id, result=result)
