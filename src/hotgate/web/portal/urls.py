"""The portal's addresses. A gateway is set up to send its guests to `arrive`."""

from __future__ import annotations

from django.urls import path

from hotgate.web.portal import views

urlpatterns = [
    path("<slug:operator>/", views.ticket, name="ticket_portal"),
    path("<slug:operator>/<uuid:nas>/", views.arrive, name="arrive"),
]
