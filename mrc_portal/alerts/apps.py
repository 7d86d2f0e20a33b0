from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    name = "mrc_portal.alerts"
    label = "alerts"
    verbose_name = _("alerts by e-mail")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from mrc_portal.alerts.everything import WHOLE_PORTAL
        from mrc_portal.alerts.followed import register_followable

        register_followable(WHOLE_PORTAL)
