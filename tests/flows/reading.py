"""What a person reads on a page."""

from __future__ import annotations

import re
from typing import Any


def messages(answer: Any) -> str:
    """What stands above the page after somebody pressed something."""
    return " ".join(str(message) for message in answer.context["messages"])


def plain(html: str) -> str:
    """The words without the tags between them."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
