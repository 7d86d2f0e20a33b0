"""The demonstration of events comes whole, even after a break, and goes without a trace."""

import pytest
from django.core.management import call_command

from events import demo
from events.models import (
    Boilerplate,
    Event,
    EventSeries,
    PressContact,
    PressRelease,
    Questionnaire,
)
from library.models import Organisation
from tests import factories
from tests.events.demonstration import every_record, load_library
from tests.events.test_demo import UNFINISHED

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "files"
    load_library(tmp_path, monkeypatch)


@pytest.fixture
def loaded(library):
    return demo.load()


def test_loading_again_adds_nothing_and_removing_leaves_nothing(
    loaded, settings, django_capture_on_commit_callbacks
):
    assert (loaded.events, loaded.releases, loaded.skipped) == (10, 2, [])

    again = demo.load()
    assert (again.events, again.releases, again.letterheads, again.others) == (0, 0, 0, 0)

    with django_capture_on_commit_callbacks(execute=True):
        call_command("load_demo", "--remove")
    assert list(every_record()) == []
    assert not Organisation.objects.exists()
    assert not list(settings.MEDIA_ROOT.rglob("*.pdf"))


@pytest.mark.parametrize("broken_at", ["make_report", "publish_release", "_add_parts"])
def test_a_load_that_broke_off_is_completed_by_the_next(library, settings, monkeypatch, broken_at):
    def break_off(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(demo, broken_at, break_off)
        with pytest.raises(KeyboardInterrupt):
            demo.load()
    demo.load()

    assert Event.objects.count() == 10
    assert PressRelease.objects.count() == 2
    assert (Boilerplate.objects.count(), PressContact.objects.count()) == (2, 2)
    assert len(list(settings.MEDIA_ROOT.glob("letterheads/*.pdf"))) == 3


def test_what_an_editor_has_made_is_neither_overwritten_nor_removed(library):
    own_event = factories.make_event(slug="joint-conference-2013", title_ru="Своя конференция")
    own_release = factories.make_press_release(slug=UNFINISHED, title_ru="Свой пресс-релиз")

    loaded = demo.load()
    series = EventSeries.objects.get()
    in_series = factories.make_event(series=series)
    questioned = Event.objects.get(slug="round-table-best-practice-2013")
    questionnaire = factories.make_questionnaire(event=questioned)
    call_command("load_demo", "--remove")

    assert loaded.skipped == ["joint-conference-2013", UNFINISHED]
    assert set(Event.objects.all()) == {own_event, in_series, questioned}
    assert list(PressRelease.objects.all()) == [own_release]
    assert own_event.title_ru == "Своя конференция"
    assert list(EventSeries.objects.all()) == [series]
    assert list(Questionnaire.objects.all()) == [questionnaire]
