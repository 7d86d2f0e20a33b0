"""Models of the portal itself, that no single app owns."""

from mrc_portal.misses import MissedWord
from mrc_portal.publishing import FormerSlug

__all__ = ["FormerSlug", "MissedWord"]
