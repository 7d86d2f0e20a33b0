"""Makes the portal's own admin site the default one. Apart from apps.py, which may hold only one
default configuration."""

from typing import Any

from django.contrib.admin import widgets
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.templatetags import admin_list
from django.templatetags.static import static
from django.utils.dates import MONTHS_ALT
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from mrc_portal.dates import month_in_date


class PortalAdminConfig(AdminConfig):
    default_site = "mrc_portal.admin_site.PortalAdminSite"

    def ready(self) -> None:
        super().ready()
        # Select2 has no Kyrgyz; ours is static/admin/js/vendor/select2/i18n/ky.js.
        translations: dict[str, Any] = widgets.SELECT2_TRANSLATIONS
        translations["ky"] = "ky"
        # Django's Kyrgyz months have no form for dates; mrc_portal/formats asks for it.
        months: dict[int, Any] = MONTHS_ALT
        months.update({number: lazy(month_in_date, str)(number) for number in months})
        signs: Any = admin_list
        signs._boolean_icon = boolean_icon
        self._name_groups()

    def _name_groups(self) -> None:
        from django.contrib.auth.models import Group

        from mrc_portal.roles import name_of_group

        Group.add_to_class("__str__", name_of_group)


def boolean_icon(value: bool | None) -> SafeString:
    """Django's sign for yes, no and unknown, read out in the language of the admin, not in that
    of Python."""
    names = {True: ("yes", _("Yes")), False: ("no", _("No")), None: ("unknown", _("Unknown"))}
    name, words = names[value]
    return format_html('<img src="{}" alt="{}">', static(f"admin/img/icon-{name}.svg"), words)
