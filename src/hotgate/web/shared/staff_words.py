"""Roles as people read them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ROLE_LABELS = {
    "owner": _("Owner"),
    "manager": _("Manager"),
    "cashier": _("Cashier"),
    "account_editor": _("Account editor"),
    "support": _("Support"),
    "auditor": _("Auditor"),
}
