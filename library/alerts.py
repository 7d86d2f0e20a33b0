"""What readers may follow of the library, and how letters tell of its documents."""

from __future__ import annotations

from collections.abc import Collection

from django.http import QueryDict
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from library.filters import DocumentFilter
from library.listing import chosen_labels, public_documents
from library.models import Document
from library.search import KEY
from mrc_portal.alerts.followed import (
    Followable,
    Kind,
    Name,
    Told,
    list_path,
)
from mrc_portal.alerts.searched import found_among
from mrc_portal.listing import in_words
from mrc_portal.templatetags.portal_tags import brief


def _tell(document: Document, language: str) -> Told:
    version = document.version_for(language)
    assert document.publish_at is not None  # it is published
    issued = document.issued
    facts = [str(capfirst(document.get_kind_display())), str(issued) if issued else ""]
    names = [contribution.contributor for contribution in document.authors]
    authors = ", ".join(name.short_label.text for name in names if name)
    return Told(
        title=version.title,
        lines=(
            ", ".join(filter(None, facts)),
            authors,
            _("Demonstration record") if document.is_demonstration else "",
            brief(version.summary),
        ),
        path=document.get_absolute_url(),
        at=document.publish_at,
    )


def _filters(data: QueryDict) -> DocumentFilter:
    return DocumentFilter(data, queryset=Document.objects.published())


def _title(data: QueryDict) -> str:
    filters = _filters(data)
    return in_words(_("Library"), filters.words, filters.chosen, chosen_labels(filters))


def _among(data: QueryDict, names: Collection[Name]) -> set[Name]:
    filters = _filters(data)
    chosen = {**filters.chosen, "room": (KEY,)}
    return found_among(names, filters.words, chosen, with_glossary=filters.with_glossary)


DOCUMENTS = Kind(
    name=KEY,
    public=Document.objects.published,
    load=public_documents,
    tell=_tell,
)
LIBRARY = Followable(
    name="library",
    kinds=(KEY,),
    normal=lambda data: _filters(data).query,
    title=_title,
    path=lambda data: list_path(reverse("library:document_list"), data),
    among=_among,
    languages=lambda data: _filters(data).chosen.get("language", ()),
)
