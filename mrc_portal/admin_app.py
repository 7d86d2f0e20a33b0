"""Makes the portal's own admin site the default one. Apart from apps.py, which may hold only one
default configuration."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "mrc_portal.admin_site.PortalAdminSite"
