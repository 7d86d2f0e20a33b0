"""Models of the portal itself, that no single app owns."""

from mrc_portal.content_version import ContentVersion
from mrc_portal.misses import MissedWord
from mrc_portal.publishing import FormerSlug

__all__ = ["ContentVersion", "FormerSlug", "MissedWord"]
