"""Django's settings: every deployment choice is an environment variable, listed in `project.environment.VARIABLES`."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from project.admin_theme import UNFOLD  # noqa: F401  # read by the theme
from project.env_file import problems_of
from project.environment import FOLDER, VAR, Environment, variables
from project.error_reports import report_errors
from project.logs import logging_config
from project.schedule import beat_schedule

BASE_DIR = FOLDER
_env = Environment(variables(), problems_of(FOLDER / ".env"))

SECRET_KEY = _env.required("SECRET_KEY")
FIELD_ENCRYPTION_KEYS = _env.fernet_keys("FIELD_ENCRYPTION_KEYS")
DEBUG = _env.flag("DEBUG")

# Where browsers and vendors reach us
PUBLIC_URL = _env.web_address("PUBLIC_URL", "http://127.0.0.1:8000")
_public = urlsplit(PUBLIC_URL)
_public_host = f"[{_public.hostname}]" if ":" in (_public.hostname or "") else _public.hostname or ""
ALLOWED_HOSTS = [*_env.hosts("ALLOWED_HOSTS", "localhost,127.0.0.1"), _public_host]
CSRF_TRUSTED_ORIGINS = [*_env.origins("CSRF_TRUSTED_ORIGINS"), f"{_public.scheme}://{_public.netloc}"]

TRUSTED_PROXIES = _env.count("TRUSTED_PROXIES", most=9)
"""How many proxies in front append to X-Forwarded-For; 0 believes nothing of it."""

# Vendors
TIKTOK_SHOP_APP_KEY = _env.key("TIKTOK_SHOP_APP_KEY")
TIKTOK_SHOP_APP_SECRET = _env.key("TIKTOK_SHOP_APP_SECRET")
TIKTOK_SHOP_SERVICE_ID = _env.key("TIKTOK_SHOP_SERVICE_ID")
TIKTOK_SHOP_API_URL = _env.web_address("TIKTOK_SHOP_API_URL", "https://open-api.tiktokglobalshop.com")
TIKTOK_SHOP_AUTH_URL = _env.web_address("TIKTOK_SHOP_AUTH_URL", "https://auth.tiktok-shops.com")
TIKTOK_SHOP_AUTHORIZE_URL = _env.web_address(
    "TIKTOK_SHOP_AUTHORIZE_URL", "https://services.us.tiktokshop.com/open/authorize"
)
SHOPIFY_API_VERSION = _env.api_version("SHOPIFY_API_VERSION", "2026-10")
SHOPIFY_API_URL = _env.web_address("SHOPIFY_API_URL", "https://{domain}")
SHOPIFY_CLIENT_ID = _env.key("SHOPIFY_CLIENT_ID")
SHOPIFY_CLIENT_SECRET = _env.secrets("SHOPIFY_CLIENT_SECRET")
"""May be a comma list: the first signs, all of them verify."""

# Times, in seconds. Their order is what keeps two workers from sending the same order; project.checks asserts it.
FETCH_INTERVAL_SECONDS = _env.seconds("FETCH_INTERVAL_SECONDS", 60)
DISPATCH_INTERVAL_SECONDS = _env.seconds("DISPATCH_INTERVAL_SECONDS", 5)
VERIFY_SETTLE_SECONDS = _env.seconds("VERIFY_SETTLE_SECONDS", 900)
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
_VISIBILITY_SECONDS = 300

INSTALLED_APPS = [
    "project",  # first: its templates stand before the theme's
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "settings_app",
    "orders",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "project.csp.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "project.viewer_time.ViewerTime",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": _env.database("DATABASE_URL", "sqlite:///var/orderbridge.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "admin:login"

# Guessing a password: ten wrong ones for one name from one address, then a quarter of an hour of rest.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "project.client_address.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "locked_out.html"

# A working day; whoever closes the browser is logged out too.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "project.formats"

# Static files are served from the packages themselves: nothing to collect, nothing that can be stale.
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True

# Safety of the browser's side
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if _public.scheme == "https":
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 30 * 24 * 3600
    # TLS ends at the proxy in front, which must set this header itself and drop a visitor's own.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Health probes come from inside, without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
# Subdomains and browser preload lists are for the domain's owner to decide, not for one program below it.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Celery on Redis. A message is a nudge; these options keep nudges prompt and never let one run beside itself.
# The measurements behind them are in docs/decisions/001.
REDIS_URL = _env.redis_address("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_DEFAULT_QUEUE = "orderbridge"
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True  # results are rows; a result backend only grows
CELERY_TASK_ACKS_LATE = True  # a message outlives the worker that took it
CELERY_TASK_REJECT_ON_WORKER_LOST = True  # acks_late alone drops the task of a child that was killed
CELERY_WORKER_POOL = "prefork"  # the only pool that enforces the hard time limit
CELERY_WORKER_CONSUMER = "project.consumer:Consumer"  # is back within seconds of Redis
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # nothing waits reserved behind a slow task
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # KiB
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # a cut create is an unknown outcome
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10.0
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A Redis that answers and refuses (its disk is full, it became a replica) is waited for like one that is away.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": _VISIBILITY_SECONDS,  # above the hard limit, or a long task would run twice at once
    "unacked_restore_interval": 10,  # a dead worker's messages come back soon after that, not every 100 s
    "unacked_restore_throttle": 1,
    # Short: a publisher facing a Redis that accepts and never answers hung for over 45 s without them.
    # A worker gets longer ones in project.celery.
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
CELERY_BEAT_SCHEDULE = beat_schedule(FETCH_INTERVAL_SECONDS, DISPATCH_INTERVAL_SECONDS)
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")

SENTRY_DSN = _env.dsn("SENTRY_DSN")
LOGGING = logging_config()
report_errors(SENTRY_DSN)

ENVIRONMENT_PROBLEMS = tuple(_env.problems)
"""Sentences about wrong variables; whoever starts anything calls `project.checks.stop_on_problems` first."""
