"""Sentences of the reason table as plain text: there `*…*` marks the names of buttons and pages."""

from __future__ import annotations


def plain(sentence: str) -> str:
    return sentence.replace("*", "")
