"""Settings of the portal: safe by default, and everything that differs between
installations comes from environment variables, declared in variables.py and read here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from mrc_portal import variables
from mrc_portal.environment import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = variables.MRC_DATA_DIR.read().resolve()

DEBUG = variables.MRC_DEBUG.read()
SECRET_KEY = variables.MRC_SECRET_KEY.read() or secret_key(DATA_DIR)
# The public address, such as https://mrc.example. Used in citations and permanent addresses.
SITE_URL = variables.MRC_SITE_URL.read()
# Whom harvesters and those who found a hole in the portal's security may write to. The second may
# also be a page: https://…; without it the first is named, and without both nobody is.
CONTACT_EMAIL = variables.MRC_CONTACT_EMAIL.read()
SECURITY_CONTACT = variables.MRC_SECURITY_CONTACT.read()
# Its own machine may always ask, as whoever looks at /healthz there does.
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *variables.MRC_ALLOWED_HOSTS.read()]
if SITE_URL:
    ALLOWED_HOSTS.append(urlsplit(SITE_URL).hostname or "")
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "mrc_portal",
    "mrc_portal.search",
    "mrc_portal.alerts",
    "modeltranslation",  # before admin, whose autodiscovery needs the translated fields
    "mrc_portal.admin_app.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_filters",
    "django_prose_editor",
    "simple_history",
    "csp",
    "library",
    "events",
    "council",
]

# The rooms: what public pages are made of, and what the roles are about.
ROOMS = ("library", "events", "council")

MIDDLEWARE = [
    "mrc_portal.page_cache.forget_trackers",
    "mrc_portal.page_cache.ask_again",
    "mrc_portal.page_cache.PageCache",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "mrc_portal.urls"
# History is read, not reverted: a revert would step around the rules of publishing.
SIMPLE_HISTORY_REVERT_DISABLED = True

WSGI_APPLICATION = "mrc_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "mrc_portal.context_processors.portal",
            ],
        },
    },
]

# Database: SQLite in the data folder, or whatever DATABASE_URL names.
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **(
            variables.DATABASE_URL.read()
            or {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA_DIR / "portal.sqlite3")}
        ),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue instead of failing; readers never wait for them (WAL).
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# Languages. The order is the order of the switcher, on every page.
LANGUAGES = [("ky", _("Kyrgyz")), ("ru", _("Russian")), ("en", _("English"))]
LANGUAGE_CODE = "ru"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SAMESITE: Literal["Lax"] = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
# locale/ is ours; locale/packages/ fills the gaps that packages leave in Kyrgyz and Russian.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "packages"]
FORMAT_MODULE_PATH = ["mrc_portal.formats"]
TIME_ZONE = "Asia/Bishkek"
USE_TZ = True
MODELTRANSLATION_DEFAULT_LANGUAGE = "ru"
# What a missing translation falls back to is decided by mrc_portal/languages.py.
MODELTRANSLATION_ENABLE_FALLBACKS = False
MODELTRANSLATION_CUSTOM_FIELDS = ("ProseField",)


def _name_of_column(name: str, language: str) -> str:
    from mrc_portal.languages import OWN_NAMES  # needs the settings itself

    return f"{name} ({OWN_NAMES[language]})"


MODELTRANSLATION_BUILD_LOCALIZED_VERBOSE_NAME = _name_of_column

# Files
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("handbook", BASE_DIR / "docs" / "pictures"),  # of the demonstration: anybody may see them
]
STATICFILES_FINDERS = [
    "mrc_portal.styles.StyleSheetFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
# Documents are never served by address: library/views.py asks who may see them first.
MEDIA_ROOT = DATA_DIR / "files"
CACHE_DIR = DATA_DIR / "cache"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_MAX_AGE = 0 if DEBUG else 60 * 60
MAX_UPLOAD_MB = variables.MAX_UPLOAD_MB.read()
MAX_PDF_PAGES = variables.MAX_PDF_PAGES.read()
FILE_UPLOAD_PERMISSIONS = 0o640
ARRIVING_DIR = DATA_DIR / "arriving"
FILE_UPLOAD_HANDLERS = [
    "mrc_portal.upload_limit.UploadLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "mrc_portal.upload_limit.OwnFolder",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000

# Pages that were made once, kept by each process until anything public changes.
PAGE_CACHE_BYTES = 0 if DEBUG else 24 * 1024**2

# What the first start fills the portal with.
LOAD_DEMO = variables.MRC_DEMO.read()

# Search
SEARCH_DIR = DATA_DIR / "search"
SEARCH_INLINE = False

# Letters to readers, see mrc_portal/alerts. Without a mail server there are none, and no page
# offers them. Their links need the public address: no request brings one when they are written.
MAIL_SERVER = variables.MRC_EMAIL_URL.read()
ALERTS_ON = MAIL_SERVER is not None
ALERTS_INLINE = False
if MAIL_SERVER is not None:
    if not SITE_URL:
        raise ImproperlyConfigured("MRC_EMAIL_URL needs MRC_SITE_URL: letters have links")
    EMAIL_BACKEND = MAIL_SERVER["EMAIL_BACKEND"]
    EMAIL_HOST = MAIL_SERVER["EMAIL_HOST"]
    EMAIL_PORT = MAIL_SERVER["EMAIL_PORT"]
    EMAIL_HOST_USER = MAIL_SERVER["EMAIL_HOST_USER"]
    EMAIL_HOST_PASSWORD = MAIL_SERVER["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS = MAIL_SERVER["EMAIL_USE_TLS"]
    EMAIL_USE_SSL = MAIL_SERVER["EMAIL_USE_SSL"]
    EMAIL_TIMEOUT = MAIL_SERVER["EMAIL_TIMEOUT"]
DEFAULT_FROM_EMAIL = (
    variables.MRC_EMAIL_FROM.read() or f"noreply@{urlsplit(SITE_URL).hostname or 'localhost'}"
)

# Security. HTTPS is on unless the site is asked to run without it (make run on one's own machine).
HTTPS = variables.MRC_HTTPS.read()
if HTTPS is None:
    HTTPS = not DEBUG
if HTTPS and SITE_URL.startswith("http://"):
    raise ImproperlyConfigured(
        f"MRC_SITE_URL={SITE_URL!r}: expected https://, because MRC_HTTPS is on"
    )
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
# A proxy in front sets X-Forwarded-Proto and X-Forwarded-For; without one they are not believed.
BEHIND_PROXY = variables.MRC_BEHIND_PROXY.read()
# Of the server alone, which would refuse it without its name: `prepare_portal` does so before.
variables.FORWARDED_ALLOW_IPS.read()
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "mrc_portal.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # The nonce appears only where a page asks for it: the editor's import map in the admin.
        "script-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Addresses of readers' requests are not logged; only what went wrong is.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # A line for each HEAD: that Django leaves the body to the server is no fault of a page.
        "gunicorn.http.wsgi": {"level": "ERROR"},
    },
}
