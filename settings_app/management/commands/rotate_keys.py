from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from settings_app import key_rotation
from settings_app.commands import Spoken


class Command(Spoken):
    help = "Encrypt every stored token and secret anew with the first key of FIELD_ENCRYPTION_KEYS"

    def handle(self, *args: object, **options: Any) -> None:
        try:
            rows = key_rotation.rotate()
        except ImproperlyConfigured as problem:
            self.fail(f"{problem} Nothing is lost; run this again then.")
        old = len(settings.FIELD_ENCRYPTION_KEYS) - 1
        then = " The other keys may be taken out of FIELD_ENCRYPTION_KEYS now." if old else ""
        self.say(options, f"{rows} rows are encrypted with the first key.{then}", {"rows": rows, "old_keys": old})
