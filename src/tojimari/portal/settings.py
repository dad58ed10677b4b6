"""Settings. Everything that differs from one installation to another comes from the environment.

docs/operate.md lists the variables. `environment()` fills in what `tojimari up` needs.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import platformdirs
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from tojimari import __version__
from tojimari.portal.secret import secret_key

env = environ.Env()

HERE = Path(__file__).parent
VERSION = __version__

HOME = Path(
    env.str("TOJIMARI_HOME", "")
    or Path(platformdirs.user_data_dir("tojimari", appauthor=False)) / "portal"
)
LOCAL: bool = env.str("TOJIMARI_MODE", "local") == "local"
"""One owner on this very computer, reached by a link that only the command prints."""

PUBLIC_URL = env.str("TOJIMARI_PUBLIC_URL", "http://127.0.0.1:8765").rstrip("/")
_public = urlsplit(PUBLIC_URL)
if _public.scheme not in ("http", "https") or not _public.hostname:
    raise ImproperlyConfigured(
        f"TOJIMARI_PUBLIC_URL={PUBLIC_URL}: write it like https://portal.example.jp"
    )
HTTPS = _public.scheme == "https"

DEBUG = False
SECRET_KEY = env.str("TOJIMARI_SECRET_KEY", "") or secret_key(HOME)
TASK_KEY = Path(env.str("TOJIMARI_TASK_KEY", "") or HOME / "task-key")
"""File with the key that tasks for devices are signed with. Only the worker needs to read it."""
STATEMENT_KEY = Path(env.str("TOJIMARI_STATEMENT_KEY", "") or HOME / "statement-key")
"""File with the key that statements are signed with. Only the worker needs to read it."""
SECRET_KEY_FALLBACKS = env.list("TOJIMARI_OLD_SECRET_KEYS", default=[])

ALLOWED_HOSTS = [_public.hostname, *env.list("TOJIMARI_HOSTS", default=[])]
if LOCAL:
    # A page elsewhere that points its own name at 127.0.0.1 is turned away by this list.
    ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "tojimari.portal.errors.csrf_failed"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_tasks",
    "django_tasks_db",
    "tojimari.portal.core",
    "tojimari.portal.mailin",
    "tojimari.portal.people",
    "tojimari.portal.companies",
    "tojimari.portal.devices",
    "tojimari.portal.outside",
    "tojimari.portal.incidents",
    "tojimari.portal.mailcheck",
    "tojimari.portal.sensors",
    "tojimari.portal.lessons",
    "tojimari.portal.supporters",
    "tojimari.portal.papers",
    "tojimari.portal.proofs",
    "tojimari.portal.updates",
    "tojimari.portal.experts",
    "tojimari.portal.money",
    "tojimari.portal.requests",
    "tojimari.portal.chains",
    "tojimari.portal.lenders",
    "tojimari.portal.drills",
    "tojimari.portal.desk",
    "tojimari.portal.surveys",
    "tojimari.portal.operate",
]

MIDDLEWARE = [
    "tojimari.portal.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tojimari.portal.people.activity.SessionActivity",
    "tojimari.portal.middleware.NoNul",
    "tojimari.portal.middleware.PlainErrors",
    "tojimari.portal.middleware.NeverCached",
]

ROOT_URLCONF = "tojimari.portal.urls"
WSGI_APPLICATION = "tojimari.portal.wsgi.application"
AUTH_USER_MODEL = "people.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tojimari.portal.words.context",
            ],
            "builtins": ["tojimari.portal.people.templatetags.words"],
        },
    }
]


def _database() -> dict[str, Any]:
    url = env.str("TOJIMARI_DATABASE_URL", "") or f"sqlite:///{HOME / 'portal.sqlite3'}"
    if not url.startswith(("postgres://", "postgresql://", "sqlite://")):
        raise ImproperlyConfigured(
            "TOJIMARI_DATABASE_URL: write it like postgres://user:password@host/name or "
            "sqlite:////full/path"
        )
    chosen: dict[str, Any] = env.db_url_config(url)
    if chosen["ENGINE"].endswith("sqlite3"):
        chosen["OPTIONS"] = {
            # Writers queue for the lock instead of failing half-way through a transaction.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
        }
    else:
        chosen["CONN_MAX_AGE"] = env.int("TOJIMARI_CONNECTION_SECONDS", 60)
        chosen["CONN_HEALTH_CHECKS"] = True
    return chosen


DATABASES = {"default": _database()}
COUNTERS_KEPT = 1_000_000
"""Counters of the library for accounts; fewer would let somebody wash theirs away by making others."""
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Such counters have to be shared by all threads; there is one process.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": COUNTERS_KEPT},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "tojimari_cache",
            "OPTIONS": {"MAX_ENTRIES": COUNTERS_KEPT},
        }
    }

TASKS = {
    "default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]},
}

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TOJIMARI_TIME_ZONE", "Asia/Tokyo")
LOCALE_PATHS = [HERE / "locale"]
"""What the sign-in framework says, in the words of our own pages."""

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [HERE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- who may come in -------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {"login": "tojimari.portal.people.forms.SignInForm"}
ACCOUNT_ADAPTER = "tojimari.portal.people.adapter.AccountAdapter"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_LOGOUT_REDIRECT_URL = "companies:start"
ACCOUNT_MAX_EMAIL_ADDRESSES = 2
ACCOUNT_CHANGE_EMAIL = True
LOGIN_URL = "companies:start" if LOCAL else "account_login"
LOGIN_REDIRECT_URL = "companies:home"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_TOTP_ISSUER = "Tojimari"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
USERSESSIONS_TRACK_ACTIVITY = True

# --- how pages are served --------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "__Host-tojimari" if HTTPS else "tojimari"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SECURE_SSL_REDIRECT = HTTPS and env.bool("TOJIMARI_REDIRECT_TO_HTTPS", True)
SECURE_HSTS_SECONDS = env.int("TOJIMARI_HSTS_SECONDS", 63_072_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("TOJIMARI_HSTS_SUBDOMAINS", True)
SECURE_HSTS_PRELOAD = env.bool("TOJIMARI_HSTS_PRELOAD", True)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
BEHIND_PROXY: bool = env.bool("TOJIMARI_BEHIND_PROXY", False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TOJIMARI_PROXY_COUNT", 1)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_HANDLERS = [
    "tojimari.portal.core.uploads.InMemory",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# --- who runs it: shown to everybody -----------------------------------------------------------
OPERATOR_NAME = env.str("TOJIMARI_OPERATOR_NAME", "")
OPERATOR_CONTACT = env.str("TOJIMARI_OPERATOR_CONTACT", "")
POLICIES = env.str("TOJIMARI_POLICIES", "")
"""Folder with the operator's privacy.ja.md, privacy.en.md, terms.ja.md and terms.en.md."""
INSTALLERS = env.str("TOJIMARI_INSTALLERS", "")
"""Folder with the installer for Windows that `make windows` built, to be handed out with a code."""

# --- mail ------------------------------------------------------------------------------------
vars().update(
    env.email_url_config(
        env.str("TOJIMARI_MAIL_URL", "") or ("consolemail://" if LOCAL else "dummymail://")
    )
)
ADVISORIES = tuple(env.str("TOJIMARI_ADVISORIES", "").split())
"""Addresses (https) of files of advisories that are fetched once a day; nothing where empty."""
ADVISORIES_KEYS = env.str("TOJIMARI_ADVISORIES_KEYS", "")
"""Folder with the keys of those who sign theirs: HOST.gpg, as ``gpg --dearmor`` writes them."""
OUTSIDE_RESOLVER = env.str("TOJIMARI_RESOLVER", "")
"""DNS server (IP:port) asked when sites are looked at; the system's own when empty."""
OUTSIDE_LAB = env.bool("TOJIMARI_LAB", False)
"""Private and loopback addresses may be looked at, and need no proof: for trying it out."""
OUTSIDE_LAB_PORTS = {
    int(port): int(dialled) for port, dialled in env.dict("TOJIMARI_LAB_PORTS", default={}).items()
}

DEFAULT_FROM_EMAIL = env.str("TOJIMARI_MAIL_FROM", "Tojimari <tojimari@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 20
MAIL_CONFIGURED = bool(env.str("TOJIMARI_MAIL_URL", ""))
MAIL_IN_DOMAIN = env.str("TOJIMARI_MAIL_IN_DOMAIN", "").strip(" .@").lower()
"""Domain of the addresses that companies forward mail to; "" where nobody receives any."""

MAIL_IN_IMAP_URL = env.str("TOJIMARI_MAIL_IN_IMAP_URL", "")
"""Mailbox that `tojimari receive --imap` fetches them from; "" for none."""

TIMESTAMP_URL = env.str("TOJIMARI_TIMESTAMP_URL", "")
"""Time-stamp server (RFC 3161) that stamps the records of incidents; "" for none."""
TIMESTAMP_CA = env.str("TOJIMARI_TIMESTAMP_CA", "")
"""PEM file of the certificates under which its stamps are believed."""
if TIMESTAMP_URL and (
    urlsplit(TIMESTAMP_URL).scheme not in ("http", "https") or not urlsplit(TIMESTAMP_URL).hostname
):
    raise ImproperlyConfigured(
        "TOJIMARI_TIMESTAMP_URL: write it like https://timestamp.example.jp/tsr"
    )
if bool(TIMESTAMP_URL) != bool(TIMESTAMP_CA):
    raise ImproperlyConfigured(
        "TOJIMARI_TIMESTAMP_URL and TOJIMARI_TIMESTAMP_CA are set together: a stamp that nobody "
        "can check is worth nothing"
    )

WATCH_HOOK_URL = env.str("TOJIMARI_WATCH_HOOK_URL", "")
"""Address that gets a signed JSON of every notice of what watches; "" for none."""
WATCH_HOOK_SECRET = env.str("TOJIMARI_WATCH_HOOK_SECRET", "")
"""Secret of the signature (HMAC-SHA256), shared with whoever receives it."""
if WATCH_HOOK_URL and (
    urlsplit(WATCH_HOOK_URL).scheme not in ("https", "http")
    or not urlsplit(WATCH_HOOK_URL).hostname
):
    raise ImproperlyConfigured(
        "TOJIMARI_WATCH_HOOK_URL: write it like https://hook.example.jp/tojimari"
    )
if WATCH_HOOK_URL and len(WATCH_HOOK_SECRET) < 32:
    raise ImproperlyConfigured(
        "TOJIMARI_WATCH_HOOK_SECRET: 32 letters or more, so that nobody can forge a notice"
    )

# --- logs: what happened, never who or what they said ------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "tojimari.portal.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("TOJIMARI_LOG_LEVEL", "WARNING")},
    "loggers": {
        "tojimari": {"level": os.environ.get("TOJIMARI_LOG_LEVEL", "INFO")},
        "django.server": {"handlers": [], "propagate": False},
        "mail.log": {"level": "WARNING"},  # aiosmtpd's: one line a command, with its address
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
