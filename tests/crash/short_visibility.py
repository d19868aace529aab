"""The settings with a visibility timeout under any real call's length: Redis gives a message out again meanwhile."""

from __future__ import annotations

import copy

from project.settings import *  # noqa: F403
from project.settings import CELERY_BROKER_TRANSPORT_OPTIONS as _USUAL
from project.settings import LOGGING as _QUIET

CELERY_BROKER_TRANSPORT_OPTIONS = {**_USUAL, "visibility_timeout": 1, "unacked_restore_interval": 1}

LOGGING = copy.deepcopy(_QUIET)
LOGGING["loggers"]["celery.worker.strategy"]["level"] = "INFO"  # every delivery of a message is in the log
