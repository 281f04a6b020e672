"""What was odd in a session (B16), in words. It is shown and never mended in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from hotgate.domain.sessions import Flag

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

WORDS: dict[str, StrPromise] = {
    Flag.COUNTER_FELL: _("A counter fell in the middle of the session. The greatest reading stands."),
    Flag.WRAP_UNSURE: _("Its counters may have begun anew at 4 GB once more than is seen. The sum may be too small."),
    Flag.CLOCK_JUMPED: _("The gateway's clock jumped."),
    Flag.TIME_AHEAD: _("It says that it lasted longer than there was time."),
    Flag.TIME_WENT_BACK: _("Its time went back: two sessions may have become one."),
    Flag.TOO_FAST: _("More traffic than any line carries in that time."),
    Flag.ABOVE_PLAN: _("Faster than the plan allows: the gateway may not enforce the speed."),
    Flag.ODD_PACKETS: _("Octets and packets don't fit together: one of the counters is wrong."),
    Flag.ID_USED_AGAIN: _("The gateway may have used its session id again at once: who used what is not certain."),
}


def words_of(flags: list[str]) -> list[StrPromise]:
    return [WORDS[each] for each in flags if each in WORDS]
