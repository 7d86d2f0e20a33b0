from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class SearchConfig(AppConfig):
    name = "mrc_portal.search"
    label = "search"
    verbose_name = pgettext_lazy("noun", "Search")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from mrc_portal.search import receivers

        receivers.connect()
