"""A kind of documents is a line in library/models/kinds.py. Whoever adds one is told here what it
still lacks."""

import json
from collections import Counter
from pathlib import Path

import pytest
import rispy
from django.urls import reverse
from django.utils import translation

from library.formats import FORMATS_FOR_ONE
from library.models import Kind
from library.models.kinds import ELSEWHERE, kind_known_as
from library.oai.sets import all_sets
from mrc_portal.languages import LANGUAGE_CODES
from tests import factories

PLACE = "library/models/kinds.py"

CSL_SCHEMA = json.loads((Path(__file__).parents[1] / "schemas" / "csl-data.json").read_text())
CSL_TYPES = CSL_SCHEMA["items"]["properties"]["type"]["enum"]
# What BibTeX's own styles or biblatex know, of what a library may need.
BIBTEX_TYPES = {
    *("article", "book", "booklet", "inproceedings", "legislation", "letter", "manual", "misc"),
    *("dataset", "online", "report", "techreport", "thesis", "unpublished"),
}
# https://www.dublincore.org/specifications/dublin-core/dcmi-terms/#section-7
DCMI_TYPES = {
    *("Collection", "Dataset", "Event", "Image", "InteractiveResource", "MovingImage"),
    *("PhysicalObject", "Service", "Software", "Sound", "StillImage", "Text"),
}


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_is_called_something_in_every_language(kind):
    names = {}
    for code in LANGUAGE_CODES:
        with translation.override(code):
            names[code] = str(kind.label)

    assert names["en"] not in (names["ky"], names["ru"]), f"translate {names['en']!r} in locale/"


@pytest.mark.parametrize("kind", Kind)
def test_formats_know_what_a_kind_is_called_in_them(kind):
    its = kind.elsewhere

    assert its.ris in rispy.TYPE_OF_REFERENCE_MAPPING, f"{kind}: no type of RIS in {PLACE}"
    assert its.csl in CSL_TYPES, f"{kind}: no type of CSL in {PLACE}"
    assert its.bibtex in BIBTEX_TYPES, f"{kind}: no type of BibTeX in {PLACE}"
    assert its.dcmi in DCMI_TYPES, f"{kind}: no type of DCMI in {PLACE}"


def test_a_word_of_other_catalogues_means_one_kind():
    words = Counter(word for its in ELSEWHERE.values() for word in its.known_as)

    assert [word for word, count in words.items() if count > 1] == [], f"of two kinds in {PLACE}"
    assert [word for word in words if kind_known_as(word) is None] == [], "never found: capitals"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", Kind)
def test_a_document_of_any_kind_is_found_shown_cited_and_taken_along(
    client, search_index, committed, kind
):
    with committed():
        document = factories.make_trilingual_document(kind=kind)
        factories.make_document(kind=next(it for it in Kind if it != kind))

    listed = client.get(reverse("library:document_list"), {"kind": kind})

    assert [row.record for row in listed.context["listing"].rows] == [document]
    (choice,) = (
        choice
        for facet in listed.context["listing"].facets
        for choice in facet.choices
        if choice.is_chosen
    )
    assert choice.label == kind.label
    page = client.get(document.get_absolute_url())
    assert str(kind.label).lower() in page.text.lower()
    assert client.get(reverse("library:document_cite", args=[document.slug])).status_code == 200
    for file_format in FORMATS_FOR_ONE:
        address = reverse("library:document_format", args=[document.slug, file_format.extension])
        assert client.get(address).status_code == 200
    assert f"kind:{kind.value}" in {it.spec for it in all_sets()}
