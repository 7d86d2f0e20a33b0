"""The editors' forms of plans, reports, councils and letters, split by subject."""

from council.admin import bodies, plans, progress, versions

__all__ = ["bodies", "plans", "progress", "versions"]
