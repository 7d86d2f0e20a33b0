"""Makes the portal's own admin site the default one. Apart from apps.py, which may hold only one
default configuration."""

from typing import Any

from django.contrib.admin import widgets
from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "mrc_portal.admin_site.PortalAdminSite"

    def ready(self) -> None:
        super().ready()
        # Select2 has no Kyrgyz; ours is static/admin/js/vendor/select2/i18n/ky.js.
        translations: dict[str, Any] = widgets.SELECT2_TRANSLATIONS
        translations["ky"] = "ky"
