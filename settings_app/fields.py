"""Text that is encrypted at rest with the keys of FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:
    TextField = models.TextField[str, str]
else:
    TextField = models.TextField


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """The first key encrypts, all of them decrypt: a key is rotated by putting a new one in front."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS))


class EncryptedTextField(TextField):
    """A TextField whose column holds a Fernet token; the empty text stays empty.

    Never searchable. Raises ImproperlyConfigured when none of the configured keys opens a stored value.
    """

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return cipher().encrypt(text.encode()).decode() if text else text

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        if not value:
            return value
        try:
            return cipher().decrypt(value.encode()).decode()
        except InvalidToken:
            raise ImproperlyConfigured(
                f"{self.model.__name__}.{self.name} was encrypted with a key that is missing from "
                "FIELD_ENCRYPTION_KEYS; put the old key back at the end of that list."
            ) from None

    def to_python(self, value: Any) -> Any:
        """Text as it is; what a dump wrote is opened again."""
        if isinstance(value, str) and value.startswith("gAAAA"):
            try:
                return cipher().decrypt(value.encode()).decode()
            except InvalidToken:
                return value
        return super().to_python(value)

    def value_to_string(self, obj: models.Model) -> str:
        """For dumps: never the text itself."""
        return str(self.get_prep_value(self.value_from_object(obj)) or "")

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name in ("isnull", "exact"):
            return super().get_lookup(lookup_name)
        return None
