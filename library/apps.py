from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LibraryConfig(AppConfig):
    name = "library"
    verbose_name = _("library")

    def ready(self) -> None:
        from library.glossary import TermGlossary
        from library.listing import find_documents, public_documents, public_hit, site_labels
        from library.search import KEY, DocumentSource
        from mrc_portal.search import register, register_glossary
        from mrc_portal.site_search import Room, loader_of, register_room

        register(DocumentSource())
        register_glossary(TermGlossary())
        register_room(
            Room(
                name=KEY,
                label=_("Documents"),
                template="library/_found.html",
                load=loader_of(KEY, public_documents),
                find=find_documents,
                public_hit=public_hit,
                labels=site_labels,
            )
        )
