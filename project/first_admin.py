"""The first person who may log in: asked for at the terminal (`make run`), or the demo's, from the environment."""

from __future__ import annotations

import os
import sys

import django

NAME = "DEMO_LOGIN"
PASSWORD = "DEMO_PASSWORD"  # noqa: S105  # the variable's name


def main() -> None:
    django.setup()
    from django.contrib.auth.models import User

    if name := os.environ.get(NAME):
        user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True, "is_superuser": True})
        user.set_password(os.environ[PASSWORD])
        user.save()
    elif not User.objects.filter(is_superuser=True).exists():
        _offer()


def _offer() -> None:
    from django.core.management import call_command

    command = ".venv/bin/python manage.py createsuperuser"
    if not sys.stdin.isatty():
        print(f"Nobody can log in yet: {command}")
        return
    try:
        if input("Nobody can log in yet. Create the first admin user now? [Y/n] ").strip().lower() in ("", "y", "yes"):
            call_command("createsuperuser")
    except (EOFError, KeyboardInterrupt):
        print(f"\nLater: {command}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    main()
