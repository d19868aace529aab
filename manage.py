#!/usr/bin/env python
"""Django's command line; a wrong environment variable is said in one sentence before anything else happens."""

from __future__ import annotations

import io
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a shop's name in a terminal that has not all letters
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here: run `make setup`, then .venv/bin/python manage.py …")
    from project.checks import stop_on_problems

    stop_on_problems()
    from django.db.utils import OperationalError, ProgrammingError

    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit("Ended by Ctrl-C; what was done until then stands, and the same command goes on from there.")
    except (OperationalError, ProgrammingError) as problem:
        if "--traceback" in sys.argv:
            raise
        said = str(problem).strip().partition("\n")[0]
        if "no such" in said or "does not exist" in said:
            sys.exit(f"The database is not up to date ({said}): run `.venv/bin/python manage.py migrate`.")
        sys.exit(f"The database did not do its part ({said}): is it running, and is DATABASE_URL right?")


if __name__ == "__main__":
    main()
