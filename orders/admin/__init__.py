"""Pages for staff; importing a module registers what it shows."""

from orders.admin import attempts, bulk, completeness, dashboard, links, orders, settings

__all__ = ["attempts", "bulk", "completeness", "dashboard", "links", "orders", "settings"]
