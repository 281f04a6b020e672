from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from hotgate.web.api.urls import V1
from hotgate.web.api.urls import urlpatterns as api
from hotgate.web.console.settings.join import join
from hotgate.web.console.urls import ROUTES as CONSOLE
from hotgate.web.portal.urls import urlpatterns as portal

handler500 = "hotgate.web.shared.away.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/join/<str:token>/", join, name="join"),
    path("accounts/language/", set_language, name="set_language"),
    path("accounts/sessions/", RedirectView.as_view(pattern_name="own_sessions")),  # allauth's own page is not ours
    path("accounts/", include("allauth.urls")),
    path("portal/", include(portal)),
    path(f"{V1}/", include(api)),
    *(route.pattern() for route in CONSOLE),
]
