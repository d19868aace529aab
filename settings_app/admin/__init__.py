"""Pages of the two sides of a connection, and of the people who work here."""

from settings_app.admin import people, shops, stores

__all__ = ["people", "shops", "stores"]
