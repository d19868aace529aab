"""Cells of lists that say two things: one element each, so that a phone keeps both together."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString


def cell(first: str, second: str) -> SafeString:
    """What it is, and smaller below it what is also worth knowing."""
    if not first:
        return format_html('<span class="ob-cell"><span class="ob-muted">{}</span></span>', second)
    return format_html('<span class="ob-cell"><span>{}</span><span class="ob-muted">{}</span></span>', first, second)


def plain(sentence: str) -> str:
    """Stored sentences mark the names of buttons with stars."""
    return sentence if isinstance(sentence, SafeString) else sentence.replace("*", "")


def state(tone: str, word: str, sentence: str) -> SafeString:
    """A tag and its sentence; `tone` is good, warning or bad."""
    return format_html(
        '<span class="ob-cell"><span><span class="ob-tag ob-{}">{}</span></span><span>{}</span></span>',
        tone,
        word,
        plain(sentence),
    )
