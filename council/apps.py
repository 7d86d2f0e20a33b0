from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CouncilConfig(AppConfig):
    name = "council"
    verbose_name = _("Council and action plan")

    def ready(self) -> None:
        from council.alerts import KINDS, PLAN_CHANGES
        from council.api import RESOURCES
        from council.mentions import find_mentions
        from council.rooms import ROOMS
        from council.search import BodySource, LetterSource, PlanSource, RowSource
        from council.sitemaps import PAGES, SECTIONS, spoken_of
        from library.mentions import add_mentions
        from library.sitemaps import add_spoken_of
        from mrc_portal.alerts.followed import register_followable, register_kind
        from mrc_portal.api import register_resource
        from mrc_portal.search import register
        from mrc_portal.site_search import register_room
        from mrc_portal.sitemaps import register_pages, register_section

        for source in (PlanSource(), RowSource(), BodySource(), LetterSource()):
            register(source)
        for room in ROOMS:
            register_room(room)
        add_mentions(find_mentions)
        add_spoken_of(spoken_of)
        register_pages(*PAGES)
        for section in SECTIONS:
            register_section(section)
        for kind in KINDS:
            register_kind(kind)
        register_followable(PLAN_CHANGES)
        for resource in RESOURCES:
            register_resource(resource)
