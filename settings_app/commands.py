"""How every command speaks: one line for people, one JSON object for programs, one sentence on failure."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from settings_app.typed_text import is_plain

FAILED = 1
WRONG_ARGUMENTS = 2

LOG_HANDLER = "stderr"
"""Its name in project.logs."""

FURTHEST_BACK = timedelta(days=2 * 366)
"""Each day back is a row and several calls; no seller looks for an order older than that."""


LOG_TOO = 2
"""`-v 2` shows the log as a worker would write it."""


def log_crashes_only() -> None:
    """For a process whose standard error is read by a person; what crashed is still told whole."""
    for handler in logging.getLogger().handlers:
        if handler.name == LOG_HANDLER:
            handler.setLevel(logging.ERROR)


class Spoken(BaseCommand):
    """Adds `--json`; `say` prints either form. Exit status 0 done, 1 failed, 2 wrong arguments (contract)."""

    # wrong variables have ended the program before; cautions belong to `check`, not beside every command's one line
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")

    def execute(self, *args: Any, **options: Any) -> str | None:
        """On the command line a failure is its sentence alone: no error class before it, no log beside it."""
        if getattr(self, "_called_from_command_line", False) and options["verbosity"] < LOG_TOO:
            log_crashes_only()
        try:
            self._refuse_what_is_no_text(options)
            return super().execute(*args, **options)
        except CommandError as failure:
            if options["traceback"] or not getattr(self, "_called_from_command_line", False):
                raise
            self.stderr.write(str(failure))
            sys.exit(failure.returncode)

    def _refuse_what_is_no_text(self, options: dict[str, Any]) -> None:
        """A script can pass a variable that is empty, and a terminal half a character, which no database takes."""
        for name, given in options.items():
            for value in given if isinstance(given, list | tuple) else [given]:
                if value == "":
                    self.fail(f"{name} was given, but empty; write it, or leave it out.", wrong_arguments=True)
                if isinstance(value, str) and not is_plain(value):
                    self.fail(f"{name}: {value!r} is no plain text; look how it was copied.", wrong_arguments=True)

    def since(self, text: str) -> datetime:
        """The moment of `--since`, at most two years back; ends the command for anything else."""
        try:
            moment = parse_datetime(text) or parse_datetime(f"{text}T00:00:00")
        except ValueError:
            moment = None
        if moment is None:
            self.fail(f"--since {text} is not a time; write it like 2026-11-01T00:00:00Z.", wrong_arguments=True)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        now = timezone.now()
        if moment > now:
            self.fail(f"--since {text} lies in the future; give a moment that has passed.", wrong_arguments=True)
        if moment < now - FURTHEST_BACK:
            self.fail(f"--since {text} lies more than two years back; give a later moment.", wrong_arguments=True)
        return moment

    def say(self, options: dict[str, Any], line: str, facts: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(facts, cls=DjangoJSONEncoder) if options["json"] else line)

    def progress(self, options: dict[str, Any], line: str) -> None:
        """For people who wait: on standard error, and not at all beside `--json`."""
        if not options["json"]:
            self.stderr.write(line, lambda plain: plain)  # not red: nothing failed
            self.stderr.flush()

    def fail(self, sentence: str, *, wrong_arguments: bool = False) -> NoReturn:
        raise CommandError(sentence, returncode=WRONG_ARGUMENTS if wrong_arguments else FAILED)
