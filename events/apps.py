from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = _("Events and press")

    def ready(self) -> None:
        from events.alerts import FOLLOWABLES, KINDS
        from events.api import RESOURCES
        from events.mentions import find_mentions
        from events.rooms import EVENTS, RELEASES
        from events.search import EventSource, PressReleaseSource
        from events.sitemaps import PAGES, SECTIONS, spoken_of
        from library.mentions import add_mentions
        from library.sitemaps import add_spoken_of
        from mrc_portal.alerts.followed import register_followable, register_kind
        from mrc_portal.api import register_resource
        from mrc_portal.search import register
        from mrc_portal.site_search import register_room
        from mrc_portal.sitemaps import register_pages, register_section

        register(EventSource())
        register(PressReleaseSource())
        register_room(EVENTS)
        register_room(RELEASES)
        add_mentions(find_mentions)
        add_spoken_of(spoken_of)
        register_pages(*PAGES)
        for section in SECTIONS:
            register_section(section)
        for kind in KINDS:
            register_kind(kind)
        for followable in FOLLOWABLES:
            register_followable(followable)
        for resource in RESOURCES:
            register_resource(resource)
