"""Django's back end, which asks the server no more often than is needed."""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from hotgate.store import db


class DatabaseWrapper(base.DatabaseWrapper):
    releases_early = False  # this transaction: see `operators.audit`

    def is_usable(self) -> bool:
        """A server that went away has closed its end: there is something to read. Silence costs no round trip.

        In a transaction that failed nothing can be asked, and Django takes the connection for unusable.
        """
        if self.connection is None:
            return True
        is_silent = not self.connection.closed and not _has_something_to_say(self.connection)
        has_failed = self.connection.info.transaction_status == TransactionStatus.INERROR
        return (is_silent and not has_failed) or super().is_usable()

    def _commit(self) -> None:
        """Where locks go before the disk has everything, this waits for the disk: whoever goes on may rely on it."""
        is_early, self.releases_early = self.releases_early, False
        if not is_early or self.connection is None:
            super()._commit()  # type: ignore[misc]
            return
        with self.wrap_database_errors:
            db.at_once(self.connection, (db.COMMIT, ()), (db.WAIT_FOR_DISK, ()))

    def _rollback(self) -> None:
        self.releases_early = False
        super()._rollback()  # type: ignore[misc]


def _has_something_to_say(connection: Any) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
