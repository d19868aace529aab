"""The web server's entry point: `gunicorn project.wsgi`."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

from django.core.wsgi import get_wsgi_application

from project.checks import stop_on_problems

# gunicorn ends with this status; after any other it would start its workers again and again
stop_on_problems(status=3)
application = get_wsgi_application()
