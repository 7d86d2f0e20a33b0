from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LibraryConfig(AppConfig):
    name = "library"
    verbose_name = _("library")

    def ready(self) -> None:
        from library.search import DocumentSource
        from mrc_portal.search import register

        register(DocumentSource())
