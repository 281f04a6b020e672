"""Django's settings, all from the environment and the master key."""

import secrets
from dataclasses import replace
from pathlib import Path

from csp.constants import NONE, SELF

from hotgate import environment as hotgate_environment
from hotgate.config import django_database, web_addresses
from hotgate.vault import Keys

ENVIRONMENT = hotgate_environment.current()
HAS_KEY = ENVIRONMENT.key is not None
# without a key, a passing one serves checks that touch no data; wsgi and the worker refuse it
_ENVIRONMENT = ENVIRONMENT if HAS_KEY else replace(ENVIRONMENT, key=secrets.token_bytes(32))
KEYS = Keys.of(_ENVIRONMENT.key or b"")
SECRET_KEY = KEYS.cookies.hex()

PACKAGE = Path(__file__).resolve().parents[1]
BASE_DIR = PACKAGE
DEBUG = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "hotgate.config",
    "hotgate.apps.core",
    "hotgate.apps.operators",
    "hotgate.apps.network",
    "hotgate.apps.catalogue",
    "hotgate.apps.ledger",
    "hotgate.apps.subscribers",
    "hotgate.apps.usage",
    "hotgate.apps.vouchers",
    "hotgate.apps.messaging",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "django_cotton",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "hotgate.web.shared.lean.LeanMiddleware",  # of programs; all that follow are of pages
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hotgate.web.shared.seat.SeatMiddleware",
    "hotgate.web.shared.lifetime.LifetimeMiddleware",
]

ROOT_URLCONF = "hotgate.config.urls"
WSGI_APPLICATION = "hotgate.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # a page's template is named by its place: console/today/page.html
        "DIRS": [PACKAGE / "web/shared/templates", PACKAGE / "web"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.templatetags.i18n",
                "hotgate.web.shared.words",
                "hotgate.web.shared.in_rows",
                "hotgate.web.shared.twice",
                "hotgate.web.console.history",
            ],
            "libraries": {"users": "hotgate.web.console.users.menu"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hotgate.web.console.navigation.context",
            ],
        },
    }
]

# ── database ──
DATABASES = {"default": django_database.settings(_ENVIRONMENT)}

# ── people who sign in ──
AUTH_USER_MODEL = "operators.Staff"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "hotgate.config.accounts.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login": ""}  # wrong tries are counted for all processes: see `config.accounts`
# what is sensitive asks for the password again, when it was given longer ago than this
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# one for all web processes: a code of an app counts once, whichever process it is typed into
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entry"}}
SESSION_COOKIE_AGE = 24 * 3600  # whatever somebody does: they sign in once a day
SESSION_IDLE_SECONDS = 2 * 3600  # without a click; pages that refresh themselves don't count
ACCOUNT_SESSION_REMEMBER = True
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # also of invitations
MFA_ADAPTER = "hotgate.config.second_factor.SecondFactorAdapter"
MFA_TOTP_ISSUER = "Hotgate"
MFA_TOTP_TOLERANCE = 1  # a code typed as the next appears still counts (RFC 6238 §5.2)
MFA_FORMS = {
    "authenticate": "hotgate.config.accounts.SecondFactorForm",
    "reauthenticate": "hotgate.config.accounts.SecondFactorAgainForm",
    "add_webauthn": "hotgate.config.second_factor_forms.PasskeyForm",
}
# browsers know passkeys under https, and at localhost
PASSKEYS_WORK = ENVIRONMENT.is_https or web_addresses.is_localhost(ENVIRONMENT)
MFA_SUPPORTED_TYPES = ["totp", *(["webauthn"] if PASSKEYS_WORK else []), "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = PASSKEYS_WORK
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PASSKEYS_WORK and not ENVIRONMENT.is_https
SECOND_FACTOR_IS_REQUIRED = ENVIRONMENT.second_factor

# ── what goes over the wire ──
ALLOWED_HOSTS = web_addresses.allowed_hosts(ENVIRONMENT)
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.public_url]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.is_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if ENVIRONMENT.is_https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if ENVIRONMENT.is_https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# ── static files, languages, time ──
STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "web/shared/static"]
STATIC_ROOT = ENVIRONMENT.state / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("it", "Italiano"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("pt", "Português"),
    ("ar", "العربية"),
]
LANGUAGE_COOKIE_NAME = "hotgate_language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = ENVIRONMENT.is_https
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LOCALE_PATHS = [PACKAGE / "locale"]

# ── jobs ──
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "filters": {
        "one_line": {"()": "hotgate.web.shared.away.OneLine"},
        "no_links": {"()": "hotgate.web.shared.links_in_logs.NoLinks"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["one_line", "no_links"]}
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "hotgate": {"level": "INFO"},
        # somebody else's mistake: it is answered with 400
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
