"""The demonstration library: complete, honest about what is invented, and gone when removed."""

import re

import pytest
from django.conf import settings
from django.core.management import call_command

from library.demo import FOLDER, load, remove
from library.models import (
    BestPractice,
    Country,
    Document,
    DocumentFile,
    Organisation,
    Relation,
    TextState,
    Topic,
)
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.search import upkeep

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings, tmp_path, search_index):
    settings.MEDIA_ROOT = tmp_path / "files"
    load()
    upkeep.rebuild()


def test_the_demonstration_library_is_what_the_table_lists(
    client, demo, django_capture_on_commit_callbacks
):
    texts = Document.objects.texts()
    assert texts.count() == 18
    assert BestPractice.objects.count() == 16
    assert Document.objects.published().texts().count() == 17

    for document in Document.objects.filter(is_demonstration=True):
        assert document.authors[0].organisation.slug == "tspc-demo"
    for file in DocumentFile.objects.exclude(role="annex"):
        assert 4 <= file.page_count <= 20
        assert file.language in file.document.ready_languages or not file.document.is_published

    scans = DocumentFile.objects.filter(text_state=TextState.NEEDS_OCR)
    assert [scan.document.slug for scan in scans] == ["labour-migration-legislation"]
    replaced = DocumentFile.objects.get(replaced_by__isnull=False)
    assert client.get(f"/files/{replaced.short_id}/x.pdf").url == (
        replaced.replaced_by.get_absolute_url()
    )
    annexed = Document.objects.get(relations__kind=Relation.ANNEX_TO)
    assert annexed.slug == "seminar-feedback-report"
    assert Document.objects.get(source_is_dead=True).slug == "research-seminar-report"
    assert client.get("/ru/library/national-report-draft/").status_code == 404

    # A word that stands inside a PDF is found in each language, with its page.
    for code, word in (("ru", "расписка"), ("ky", "келишим"), ("en", "receipt")):
        listing = client.get(f"/{code}/library/", {"q": word}).context["listing"]
        assert any(found.hit.snippets[0].file for found in listing.rows if found.hit.snippets)

    # Invented records say so in every language, on the page and in lists.
    for code in LANGUAGE_CODES:
        for path in ("library/family-leaflet/", "library/"):
            assert 'class="demo"' in client.get(f"/{code}/{path}").text

    # Loading again adds nothing; removing leaves what was there before.
    again = load()
    assert (again.documents, again.files, again.others) == (0, 0, 0)
    with django_capture_on_commit_callbacks(execute=True):
        call_command("load_demo", "--remove")
    assert not Document.objects.exists()
    assert not Topic.objects.exists()
    assert not Organisation.objects.exists()
    assert Country.objects.count() > 200
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def test_an_editors_own_record_is_neither_overwritten_nor_removed(monkeypatch, tmp_path):
    from tests import factories

    own = factories.make_document(slug="family-leaflet", title_ru="Своя памятка")
    monkeypatch.setattr("library.demo._add_files", lambda *args: 0)

    loaded = load()
    remove()

    assert loaded.skipped == ["family-leaflet"]
    own.refresh_from_db()
    assert own.title_ru == "Своя памятка"


def test_no_text_of_the_demonstration_holds_an_address_of_a_person():
    for path in FOLDER.rglob("*"):
        if path.suffix in (".toml", ".typ"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"[\w.]+@[\w.]+\.\w+", text), path
            assert not re.search(r"\+\d[\d\s()-]{8,}", text), path
