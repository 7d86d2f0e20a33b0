"""The handbook of the editors: what it names is there, what it links to too, in both languages."""

import ast
import re
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext, trans_real

from mrc_portal.handbook import DOCS, LANGUAGES, PICTURES, read_handbook
from mrc_portal.roles import (
    ADMINISTRATORS,
    CONTRIBUTORS,
    EDITORS,
    REPORTERS,
)
from tests import factories

DRIVE = DOCS.parent / "tests" / "pictures" / "drive.py"
MOST_BYTES = 60 * 1024
MOST_BYTES_IN_ALL = 1.5 * 1024 * 1024
# In bold, and no word of the catalogues.
OTHER_NAMES = {
    *("Кыргызча", "Русский", "English"),
    *(ADMINISTRATORS, CONTRIBUTORS, EDITORS, REPORTERS),
    *("жирным", "коюу тамга"),
}
# Latin words that are no English left over: formats, names, and what the software is called.
LATIN = {
    *("BibTeX", "CSL-JSON", "CSV", "DOCX", "Excel", "ISBN", "OAI-PMH", "OCR", "PDF", "RIS"),
    *("URL", "Word", "XLSX", "ZIP", "English"),
    *(ADMINISTRATORS, CONTRIBUTORS, EDITORS, REPORTERS),
}


class Parts(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.anchors, self.links, self.pictures, self.names, self.words = [], [], [], [], []
        self._path = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if "id" in values:
            self.anchors.append(values["id"])
        if "href" in values:
            self.links.append(values["href"])
        if tag == "strong":
            self.names.append("")
        self._path.append(tag)

    def handle_startendtag(self, tag, attrs):
        if tag == "img":
            self.pictures.append(dict(attrs))

    def handle_endtag(self, tag):
        self._path.pop()

    def handle_data(self, data):
        if "strong" in self._path:
            self.names[-1] += data
        if "code" not in self._path:
            self.words.append(data)


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture
def parts(language):
    return Parts(read_handbook(language).html)


@pytest.mark.parametrize("role", [CONTRIBUTORS, EDITORS, REPORTERS])
def test_whoever_may_log_in_reads_it_in_the_own_language(client, db, role, language):
    client.force_login(factories.make_user(role))

    start = client.get(f"/{language}/admin/")
    page = client.get(f"/{language}/admin/handbook/")

    assert f'href="/{language}/admin/handbook/"' in start.text
    assert page.context["handbook"].language == language
    assert page.context["title"] == read_handbook(language).title


def test_who_may_not_log_in_does_not_get_it(client, db):
    response = client.get("/ru/admin/handbook/")

    assert response.status_code == 302
    assert response["Location"].startswith("/ru/admin/login/")


def test_where_there_is_none_it_stands_in_russian(admin_client):
    page = admin_client.get("/en/admin/handbook/")

    assert page.context["handbook"].language == "ru"
    assert '<div class="handbook" lang="ru">' in page.text


def test_forms_and_lists_lead_to_their_chapter(admin_client):
    links = {
        "admin:library_document_changelist": "library.document",
        "admin:library_document_import": "import",
        "admin:events_event_add": "events.event",
        "admin:council_progressupdate_due": "council.progressupdate",
    }

    for name, anchor in links.items():
        page = admin_client.get(reverse(name))
        assert f'href="{reverse("admin:handbook")}#{anchor}"' in page.text


def test_every_kind_of_record_has_its_chapter(parts):
    kinds = {model._meta.label_lower for model in admin.site._registry}

    assert kinds - set(parts.anchors) == set()


def test_all_anchors_are_of_use(parts):
    """An anchor named after a model that is gone would be the help of nothing."""
    kinds = {model._meta.label_lower for model in admin.site._registry}

    assert {anchor for anchor in parts.anchors if "." in anchor} <= kinds


def test_links_and_contents_lead_somewhere(parts, language):
    chapters = read_handbook(language).chapters
    named = [it.anchor for chapter in chapters for it in (chapter, *chapter.sections)]

    assert len(set(parts.anchors)) == len(parts.anchors)
    assert {f"#{anchor}" for anchor in parts.anchors} >= set(parts.links)
    assert set(named) <= set(parts.anchors)
    assert parts.links


def test_both_languages_tell_the_same():
    kyrgyz, russian = (Parts(read_handbook(code).html) for code in ("ky", "ru"))

    assert kyrgyz.anchors == russian.anchors
    assert len(kyrgyz.names) == len(russian.names)
    assert [_shown(it, "ky") for it in kyrgyz.pictures] == [
        _shown(it, "ru") for it in russian.pictures
    ]
    assert _structure("ky") == _structure("ru")


def _shown(picture, language):
    """What a picture shows, apart from the language it is in."""
    name = picture["src"].rpartition("/")[2]
    found = re.fullmatch(rf"{language}-([a-z-]+)(\.[0-9a-f]+)?\.webp", name)
    assert found, name
    return found[1]


def _structure(language):
    return re.findall(r"<(h2|h3|table|tr|ol|ul|li)\b", read_handbook(language).html)


def test_pictures_are_there_small_and_described(parts):
    assert len(parts.pictures) >= 10
    for picture in parts.pictures:
        assert len(picture["alt"]) > 20
        assert int(picture["width"]) > int(picture["height"]) / 2 > 0
    sizes = {path.name: path.stat().st_size for path in PICTURES.glob("*.webp")}
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}
    assert sum(sizes.values()) <= MOST_BYTES_IN_ALL


def test_no_picture_is_left_over():
    papers = [*DOCS.glob("*.md"), DOCS.parent / "README.md"]
    named = {
        name
        for paper in papers
        for name in re.findall(r"pictures/([\w-]+\.webp)", paper.read_text("utf-8"))
    }

    assert {path.name for path in PICTURES.glob("*.webp")} == named


def test_names_of_buttons_and_fields_are_those_on_the_screen(parts, language):
    known = {it.casefold() for it in _catalogue(language)} | {it.casefold() for it in OTHER_NAMES}

    assert [name for name in parts.names if name.casefold() not in known] == []


def _catalogue(language):
    """Every text of the catalogues, ours and those of the packages, with gaps for what varies."""
    found = set()
    with translation.override(language):
        # Of several catalogues with the same text, the first is what is shown.
        first_last = reversed(list(trans_real.catalog()._catalog.items()))
        for text in dict(first_last).values():
            found.add(capfirst(re.sub(r"%\(\w+\)[sd]", "…", text)))
    return found


def test_no_english_is_left(parts):
    words = re.findall(r"\b[A-Za-z]+(?:-[A-Za-z]+)*\b", " ".join(parts.words))

    assert set(words) - LATIN == set()


def test_labels_that_the_pictures_are_made_by_are_translated(language):
    """The drive itself is tried in Russian by tests/browser/test_pictures.py."""
    labels = _labels_of_the_drive()

    assert len(labels) > 10
    with translation.override(language):
        assert [label for label in labels if _translated(*label) == label[0]] == []


def _translated(msgid, context=""):
    return pgettext(context, msgid) if context else gettext(msgid)


def _labels_of_the_drive():
    """What the steps click or wait for: msgid and context."""
    tree = ast.parse(DRIVE.read_text("utf-8"))
    return {
        tuple(argument.value for argument in node.args)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") in ("button", "follow", "label", "link", "press")
        and all(isinstance(argument, ast.Constant) for argument in node.args)
    }
