"""How every command speaks: one line for people, one JSON object for programs, one sentence on failure."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

FAILED = 1
WRONG_ARGUMENTS = 2


class Spoken(BaseCommand):
    """Adds `--json`; `say` prints either form. Exit status 0 done, 1 failed, 2 wrong arguments (contract)."""

    # wrong variables have ended the program before; cautions belong to `check`, not beside every command's one line
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")

    def execute(self, *args: Any, **options: Any) -> str | None:
        """On the command line a failure is its sentence alone, without the name of an error class before it."""
        try:
            return super().execute(*args, **options)
        except CommandError as failure:
            if options["traceback"] or not getattr(self, "_called_from_command_line", False):
                raise
            self.stderr.write(str(failure))
            sys.exit(failure.returncode)

    def say(self, options: dict[str, Any], line: str, facts: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(facts, cls=DjangoJSONEncoder) if options["json"] else line)

    def progress(self, options: dict[str, Any], line: str) -> None:
        """For people who wait: on standard error, and not at all beside `--json`."""
        if not options["json"]:
            self.stderr.write(line, lambda plain: plain)  # not red: nothing failed
            self.stderr.flush()

    def fail(self, sentence: str, *, wrong_arguments: bool = False) -> NoReturn:
        raise CommandError(sentence, returncode=WRONG_ARGUMENTS if wrong_arguments else FAILED)
