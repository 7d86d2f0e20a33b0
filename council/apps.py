from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CouncilConfig(AppConfig):
    name = "council"
    verbose_name = _("council and action plan")

    def ready(self) -> None:
        from council.mentions import find_mentions
        from council.rooms import ROOMS
        from council.search import BodySource, LetterSource, PlanSource, RowSource
        from library.mentions import add_mentions
        from mrc_portal.search import register
        from mrc_portal.site_search import register_room

        for source in (PlanSource(), RowSource(), BodySource(), LetterSource()):
            register(source)
        for room in ROOMS:
            register_room(room)
        add_mentions(find_mentions)
