from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LibraryConfig(AppConfig):
    name = "library"
    verbose_name = _("Library")

    def ready(self) -> None:
        from library.alerts import DOCUMENTS, LIBRARY
        from library.api import RESOURCES
        from library.feeds import newest_documents
        from library.glossary import TermGlossary
        from library.listing import find_documents, public_documents, public_hit, site_labels
        from library.search import KEY, DocumentSource
        from library.sitemaps import PAGES, SECTIONS
        from mrc_portal.alerts.followed import register_followable, register_kind
        from mrc_portal.api import register_resource
        from mrc_portal.search import register, register_glossary
        from mrc_portal.site_search import Room, loader_of, register_room
        from mrc_portal.sitemaps import register_pages, register_section

        register(DocumentSource())
        register_glossary(TermGlossary())
        register_room(
            Room(
                name=KEY,
                label=_("Documents"),
                template="library/_found.html",
                load=loader_of(KEY, public_documents),
                find=find_documents,
                newest=newest_documents,
                public_hit=public_hit,
                labels=site_labels,
            )
        )
        register_pages(*PAGES)
        for section in SECTIONS:
            register_section(section)
        register_kind(DOCUMENTS)
        register_followable(LIBRARY)
        for resource in RESOURCES:
            register_resource(resource)
