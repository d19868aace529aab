"""Dates where Django writes them itself (history, People): as everywhere else here."""

DATETIME_FORMAT = "M j, Y, g:i A"
DATE_FORMAT = "M j, Y"
TIME_FORMAT = "g:i A"
