"""One line in the log when the database goes or comes back, and none for a start that goes well."""

import pytest

from hotgate.aaa.links import Health


@pytest.mark.parametrize(
    ("reports", "levels"),
    [
        ([True, True], []),
        ([True, False, False, True], ["ERROR", "WARNING"]),
        ([False, False, True], ["ERROR", "WARNING"]),  # away from the start: that is an alarm, too
    ],
)
def test_news_of_the_database(reports: list[bool], levels: list[str], caplog: pytest.LogCaptureFixture) -> None:
    health = Health()
    for is_up in reports:
        health.report(is_up, "connection refused")
    assert [record.levelname for record in caplog.records] == levels
    assert health.is_up is reports[-1]
