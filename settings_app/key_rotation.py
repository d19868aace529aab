"""Encrypts every stored secret anew with the first key of FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

from django.apps import apps
from django.db import models, transaction

from settings_app.fields import EncryptedTextField


def encrypted_columns() -> dict[type[models.Model], list[str]]:
    """Every model that keeps secrets, with the names of those fields."""
    found: dict[type[models.Model], list[str]] = {}
    for model in apps.get_models():
        names = [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]
        if names:
            found[model] = names
    return found


def rotate() -> int:
    """Returns how many rows were written. Row by row under a lock: a token renewed meanwhile is never put back."""
    written = 0
    for model, names in encrypted_columns().items():
        for pk in model._default_manager.values_list("pk", flat=True):
            with transaction.atomic():
                row = model._default_manager.select_for_update(of=("self",)).filter(pk=pk).only("pk", *names).first()
                values = {name: getattr(row, name) for name in names if row is not None and getattr(row, name)}
                if values:
                    written += model._default_manager.filter(pk=pk).update(**values)
    return written
