"""What is asked before a session or its device is acted on, in the live sessions and in the logs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from hotgate.web.shared.asking import Ask
from hotgate.web.shared.authorization import Action

END = Ask(
    Action.DISCONNECT,
    _("End this session now?"),
    _("The session ends now. What is left of the plan stays, and the user may log in again."),
    _("Disconnect"),
)
CLOSE = Ask(
    Action.DISCONNECT,
    _("Close this session?"),
    _(
        "For a session that the gateway seems to have forgotten. It ends in the books even where the gateway refuses or"
        " is silent; if it is reported again, it opens again."
    ),
    _("Close it"),
)
BLOCK = Ask(
    Action.DISCONNECT,
    _("Block this device?"),
    _(
        "Nobody can log in with this device any more, by whatever name or code, and what it has open ends. The user"
        " keeps all else."
    ),
    _("Block"),
)
BIND = Ask(
    Action.EDIT_USERS,
    _("Associate this device with its user?"),
    _("From now on this device logs its user in by itself, where gateway and plan allow it."),
    _("Associate"),
    is_dangerous=False,
)
BIND_RANDOM = BIND._replace(
    text=_(
        "From now on this device logs its user in by itself, where gateway and plan allow it. The device made this"
        " address up and may change it."
    )
)
OF_SESSIONS = {"end": END, "close": CLOSE, "block": BLOCK}
OF_LOGS = {"bind": BIND, "bind-random": BIND_RANDOM, "block": BLOCK}
