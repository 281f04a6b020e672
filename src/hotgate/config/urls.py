from django.urls import URLPattern, URLResolver, include, path

from hotgate.web.console.urls import ROUTES as CONSOLE
from hotgate.web.portal.urls import urlpatterns as portal

handler500 = "hotgate.web.shared.away.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("portal/", include(portal)),
    *(route.pattern() for route in CONSOLE),
]
