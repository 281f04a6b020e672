"""The pages of vouchers and of the ticket generator."""

from __future__ import annotations

from hotgate.web.console.vouchers import generator, views
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.routes import Route

ROUTES = (
    Route("vouchers/", views.listing, "vouchers", Action.SEE_VOUCHERS),
    Route("vouchers/<uuid:voucher>/end/", views.end, "end_voucher", Action.MAKE_VOUCHERS),
    Route("vouchers/<uuid:voucher>/reveal/", views.reveal, "reveal_voucher", Action.SELL_TICKETS),
    Route("vouchers/generator/", generator.page, "generator", Action.MAKE_VOUCHERS),
    Route("vouchers/generator/preview/", generator.preview, "preview_batch", Action.MAKE_VOUCHERS),
    Route("vouchers/batches/<uuid:batch>/", generator.one, "batch", Action.MAKE_VOUCHERS),
    Route("vouchers/batches/<uuid:batch>/confirm/", generator.confirm, "confirm_batch", Action.MAKE_VOUCHERS),
    Route("vouchers/batches/<uuid:batch>/cancel/", generator.cancel, "cancel_batch", Action.MAKE_VOUCHERS),
    Route("vouchers/batches/<uuid:batch>/delete/", generator.delete_unused, "delete_batch", Action.MAKE_VOUCHERS),
    Route("vouchers/batches/<uuid:batch>/archive/", generator.archive_used, "archive_batch", Action.MAKE_VOUCHERS),
    Route("vouchers/batches/<uuid:batch>/tickets.csv", generator.export, "export_batch", Action.MAKE_VOUCHERS),
    Route("vouchers/batches/<uuid:batch>/<slug:paper>.pdf", generator.pdf, "batch_pdf", Action.MAKE_VOUCHERS),
)
