"""All settings, from the environment. Without any, the embedded default: SQLite and secrets of its own in `.data/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONE, SELF
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from structlog.typing import Processor

from ordersync.embedded import secret_of

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DATA_DIR = Path(env.str("ORDERSYNC_DATA_DIR", default=str(BASE_DIR / ".data")))
EMBEDDED = not env.str("DATABASE_URL", default="")  # this machine alone, for a first look and for development
DEBUG = env.bool("DEBUG", default=False)

SECRET_KEY = env.str("SECRET_KEY", default="") or (secret_of(DATA_DIR, "secret_key") if EMBEDDED else "")
# Newest first; credentials are encrypted with the first and readable with any of them.
ORDERSYNC_ENCRYPTION_KEYS: list[str] = env.list("ORDERSYNC_ENCRYPTION_KEYS", default=[]) or (
    [secret_of(DATA_DIR, "encryption_key")] if EMBEDDED else []
)
ORDERSYNC_ALLOWED_PRIVATE_HOSTS: list[str] = env.list("ORDERSYNC_ALLOWED_PRIVATE_HOSTS", default=[])
ORDERSYNC_THREADS = env.int("ORDERSYNC_THREADS", default=32)  # calls that one task has in flight

ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if EMBEDDED else [])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("ORDERSYNC_HTTPS", default=not EMBEDDED)
BEHIND_PROXY = env.bool("ORDERSYNC_BEHIND_PROXY", default=False)
# Where people and programs reach this server: for links in mails and in webhooks.
ORDERSYNC_URL = env.str(
    "ORDERSYNC_URL",
    default="http://localhost:8000" if EMBEDDED else f"https://{(ALLOWED_HOSTS or ['localhost'])[0].lstrip('.')}",
).rstrip("/")
# Hashed and compressed files need `collectstatic` first; the embedded default serves them from where they are.
HASHED_STATIC = env.bool("ORDERSYNC_HASHED_STATIC", default=not EMBEDDED)

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "accounts",
    "carriers",
    "engine",
    "connections",
    "stock",
    "orders",
    "webhooks",
    "web",
    "api",
    "ordersync.apps.OrderSyncConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ordersync.policy.Policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "web.middleware.LiveParts",
    "web.middleware.CompanyTerms",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.two_factor.StaffTwoFactor",
]

ROOT_URLCONF = "ordersync.urls"
WSGI_APPLICATION = "ordersync.wsgi.application"
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
                "web.context.frame",
            ]
        },
    }
]


def _database() -> dict[str, Any]:
    if EMBEDDED:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "ordersync.sqlite3",
            "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},  # a file, so that tests meet the locks of the real thing
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",  # a transaction that reads first must not fail when it writes
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=30000;",
            },
        }
    return {**env.db("DATABASE_URL"), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
ORDERSYNC_PACING_URL = REDIS_URL  # without Redis every process paces for itself
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "web:overview"
LOGOUT_REDIRECT_URL = "account_login"

# Signing in, by django-allauth: by e-mail address; only people who are invited get an account.
ORDERSYNC_OPEN_SIGN_UP = env.bool("ORDERSYNC_OPEN_SIGN_UP", default=False)
ORDERSYNC_REQUIRE_STAFF_TWO_FACTOR = env.bool("ORDERSYNC_REQUIRE_STAFF_TWO_FACTOR", default=not EMBEDDED)
ACCOUNT_ADAPTER = "accounts.allauth.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "web.sign_in.forms.SignInForm",
    "signup": "web.sign_in.forms.SignUpForm",
    "reauthenticate": "web.sign_in.forms.ConfirmForm",
    "change_password": "web.sign_in.forms.ChangePassword",
    "set_password": "web.sign_in.forms.SetPassword",
    "reset_password": "web.sign_in.forms.ForgottenForm",
    "reset_password_from_key": "web.sign_in.forms.NewPassword",
    "add_email": "web.sign_in.forms.AddressForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"  # that of invited people is proven already, see accounts/addresses.py
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # else anybody could have us send mail to anybody
ACCOUNT_EMAIL_SUBJECT_PREFIX = "OrderSync: "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before the e-mail address changes, with which a password can be set anew
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,8/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
MFA_ADAPTER = "accounts.allauth.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "web.sign_in.forms.CodeForm",
    "reauthenticate": "web.sign_in.forms.ConfirmCodeForm",
    "activate_totp": "web.sign_in.forms.FirstCodeForm",
}
MFA_TOTP_ISSUER = "OrderSync"
MFA_TOTP_TOLERANCE = 1  # clocks of telephones differ; a code is taken once only all the same
MFA_ALLOW_UNVERIFIED_EMAIL = True  # a new address may be on its way; without a proven one nobody gets this far

# A session ends with the browser and after half a day, unless the person asked to stay signed in.
SESSION_COOKIE_AGE = 12 * 3600
ACCOUNT_SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
PASSWORD_RESET_TIMEOUT = 24 * 3600
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True

EMAIL_URL = env.str("EMAIL_URL", default="consolemail://" if EMBEDDED else "")
if EMAIL_URL:
    globals().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default=f"OrderSync <no-reply@{ALLOWED_HOSTS[0] if ALLOWED_HOSTS else 'localhost'}>"
)

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("fr", "Français"), ("nl", "Nederlands"), ("de", "Deutsch")]
FORMAT_MODULE_PATH = ["ordersync.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if HASHED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not HASHED_STATIC

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = env.int("ORDERSYNC_HSTS_SECONDS", default=31536000 if HTTPS else 0)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

ORDERSYNC_API_PER_MINUTE = env.int("ORDERSYNC_API_PER_MINUTE", default=600)  # requests of one key
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.caller.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.caller.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.PerKey"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "api.problems.answer",
    "COERCE_DECIMAL_TO_STRING": True,  # no cent is lost in a client's floating point
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "OrderSync",
    "DESCRIPTION": "Order status for programs, and order connections for any shop platform.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SERVE_INCLUDE_SCHEMA": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "OrderStateEnum": "orders.status.LABELS",
        "OrderStatusEnum": "orders.models.Order.Status",
        "ShipmentStateEnum": "orders.models.Shipment.State",
        "ReturnStateEnum": "orders.models.ReturnLine.State",
        "CancellationStateEnum": "orders.models.Cancellation.State",
        "FulfilmentEnum": "adapterkit.records.Fulfilment",
        "ConnectionStateEnum": "connections.models.OrderConnection.State",
        "StepStateEnum": "orders.setup_list.StepState",
        "SideStateEnum": "engine.models.Lane.State",
        "WebhookTypeEnum": "webhooks.event_types.EventType",
        "WebhookOffEnum": "webhooks.models.WebhookEndpoint.Off",
        "DeliveryStateEnum": "webhooks.log.STATES",
    },
    "WEBHOOKS": [
        "api.v1.messages.ORDER_CREATED",
        "api.v1.messages.ORDER_CHANGED",
        "api.v1.messages.NEEDS_ATTENTION",
        "api.v1.messages.SHIPMENT_CHANGED",
        "api.v1.messages.CANCELLATION_CHANGED",
        "api.v1.messages.RETURN_CHANGED",
        "api.v1.messages.STOCK_CHANGED",
        "api.v1.messages.TEST",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.schema.with_problems",
        "api.schema.without_titles",
    ],
}

CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,  # longer than the hard time limit, else a task runs twice
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 30,
    "socket_keepalive": True,
}
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
# Each tick expires before the next but one, so that a worker that was away finds no heap of them.
CELERY_BEAT_SCHEDULE = {
    "read": {"task": "engine.tasks.read_remote_sides", "schedule": 5.0, "options": {"expires": 10}},
    "deliver": {"task": "engine.tasks.deliver_outbox", "schedule": 2.0, "options": {"expires": 4}},
    "keep_house": {"task": "engine.tasks.keep_house", "schedule": 60.0, "options": {"expires": 60}},
}
# Every interval is short, so there is nothing to remember between two runs, and no file to write.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"


def _render() -> list[Processor]:
    if env.bool("ORDERSYNC_JSON_LOGS", default=not EMBEDDED):
        # A traceback becomes text; without this JSON would hold only the name of its object.
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # The default formatter prints local variables beside a traceback, and so credentials.
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_render()],
            "foreign_pre_chain": [
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"celery.app.trace": {"level": "WARNING"}},
}

UNFOLD = {
    "SITE_TITLE": _("OrderSync support"),
    "SITE_HEADER": _("OrderSync support"),
    "SHOW_LANGUAGES": True,
    "SITE_ICON": lambda _request: static("ordersync/icon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("ordersync/icon.svg")},
    ],
    "STYLES": [lambda _request: static("ordersync/desk.css")],
    "SCRIPTS": [lambda _request: static("ordersync/app.js")],
    "COLORS": {
        "primary": {  # the blue of the merchant's pages
            "50": "oklch(97.2% .016 252)",
            "100": "oklch(94.2% .032 252)",
            "200": "oklch(89% .06 252)",
            "300": "oklch(81.5% .1 252)",
            "400": "oklch(71.5% .14 252)",
            "500": "oklch(62.5% .168 253)",
            "600": "oklch(54.6% .172 254)",
            "700": "oklch(48% .155 254)",
            "800": "oklch(41.5% .13 254)",
            "900": "oklch(36.5% .105 254)",
            "950": "oklch(27.5% .075 254)",
        },
    },
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": True,
        "navigation": [
            {
                "items": [
                    {
                        "title": _("Orders"),
                        "icon": "receipt_long",
                        "link": reverse_lazy("admin:orders_order_changelist"),
                    },
                    {
                        "title": _("Connections"),
                        "icon": "sync_alt",
                        "link": reverse_lazy("admin:connections_orderconnection_changelist"),
                    },
                    {
                        "title": _("Companies"),
                        "icon": "apartment",
                        "link": reverse_lazy("admin:accounts_company_changelist"),
                    },
                    {
                        "title": _("Subscriptions"),
                        "icon": "credit_card",
                        "link": reverse_lazy("admin:accounts_subscription_changelist"),
                    },
                    {
                        "title": _("Steps"),
                        "icon": "outbox",
                        "link": reverse_lazy("admin:engine_outboxmessage_changelist"),
                    },
                    {"title": _("Sync runs"), "icon": "sync", "link": reverse_lazy("admin:engine_syncrun_changelist")},
                    {
                        "title": _("Exchanges"),
                        "icon": "swap_horiz",
                        "link": reverse_lazy("admin:engine_exchange_changelist"),
                    },
                    {"title": _("System health"), "icon": "monitor_heart", "link": reverse_lazy("system_health")},
                ],
            }
        ],
    },
}
