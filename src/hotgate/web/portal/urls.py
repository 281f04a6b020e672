"""The portal's addresses. A gateway is set up to send its guests to `arrive`."""

from __future__ import annotations

from django.urls import path

from hotgate.web.portal import views
from hotgate.web.portal.credentials import credentials
from hotgate.web.portal.me import me
from hotgate.web.portal.registering import register
from hotgate.web.portal.styled import style

urlpatterns = [
    path("<slug:operator>/", views.ticket, name="ticket_portal"),
    path("<slug:operator>/me/", me, name="me"),
    path("<slug:operator>/style/<uuid:realm>.css", style, name="portal_style"),
    path("<slug:operator>/credentials/<slug:token>/", credentials, name="credentials"),
    path("<slug:operator>/<uuid:nas>/", views.arrive, name="arrive"),
    path("<slug:operator>/<uuid:nas>/register/", register, name="register"),
]
