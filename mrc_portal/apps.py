from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "mrc_portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        from mrc_portal import checks  # noqa: F401, registers them
        from mrc_portal.content_version import set_triggers
        from mrc_portal.lookups import teach_sqlite

        connection_created.connect(teach_sqlite, dispatch_uid="teach_sqlite")
        post_migrate.connect(set_triggers, sender=self, dispatch_uid="content_version.triggers")
