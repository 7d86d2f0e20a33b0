from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = _("events and press")

    def ready(self) -> None:
        from events.mentions import find_mentions
        from events.rooms import EVENTS, RELEASES
        from events.search import EventSource, PressReleaseSource
        from library.mentions import add_mentions
        from mrc_portal.search import register
        from mrc_portal.site_search import register_room

        register(EventSource())
        register(PressReleaseSource())
        register_room(EVENTS)
        register_room(RELEASES)
        add_mentions(find_mentions)
