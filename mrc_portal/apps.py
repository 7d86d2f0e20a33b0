from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "mrc_portal"
    verbose_name = _("portal")

    def ready(self) -> None:
        from mrc_portal.lookups import teach_sqlite

        connection_created.connect(teach_sqlite, dispatch_uid="teach_sqlite")
