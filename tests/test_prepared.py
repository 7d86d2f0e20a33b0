"""Queries whose SQL is written once: asked of other records, they find those."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from library.models import Document
from mrc_portal.languages import columns_of, current_language, localized
from mrc_portal.prepared import Prepared
from tests.factories import make_document

pytestmark = pytest.mark.django_db


class Written:
    """Writes the query below, and remembers how often."""

    def __init__(self):
        self.times = 0

    def __call__(self, with_drafts, keys, moment):
        self.times += 1
        rows = Document.objects.spoken_of(with_drafts, moment).filter(pk__in=keys["records"])
        if "topics" in keys:
            rows = rows.filter(topics__in=keys["topics"])
        title = localized("title", current_language())
        return columns_of(rows, "pk", title, "publish_at", "is_demonstration")


@pytest.fixture
def written():
    return Written()


@pytest.fixture
def documents():
    return [make_document(title_ru=f"Отчёт {number}") for number in range(4)]


def found(query, records, moment=None, with_drafts=False, **keys):
    keys = {"records": [it.pk for it in records], **keys}
    rows = query.rows((with_drafts,), keys, moment or timezone.now())
    return {pk: tuple(values) for pk, *values in rows}


def test_one_statement_finds_each_record_that_it_is_asked_for(written, documents):
    query = Prepared(written)

    for document in documents:
        document.refresh_from_db()
        assert found(query, [document]) == {
            document.pk: (document.title_ru, document.publish_at, False)
        }
    assert written.times == 1


def test_another_number_of_records_is_another_statement(written, documents):
    query = Prepared(written)

    assert len(found(query, documents[:3])) == 3
    assert set(found(query, documents[1:])) == {it.pk for it in documents[1:]}
    assert len(found(query, documents)) == 4
    assert written.times == 2


def test_the_moment_is_that_of_the_question(written, documents):
    query, document = Prepared(written), documents[0]
    moment = document.publish_at

    assert not found(query, [document], moment - timedelta(microseconds=1))
    assert found(query, [document], moment)
    assert not found(query, [document], moment - timedelta(days=1))
    assert written.times == 1


def test_what_may_be_seen_is_another_statement(written, documents):
    Document.objects.update(publish_at=timezone.now() + timedelta(days=1))
    query = Prepared(written)

    assert not found(query, documents)
    assert len(found(query, documents, with_drafts=True)) == 4
    assert not found(query, documents)


def test_each_language_has_its_statement(written, documents):
    query, document = Prepared(written), documents[0]
    titles = []
    for language in ("ru", "ky", "ru"):
        with override(language):
            titles += [title for title, *_rest in found(query, [document]).values()]

    assert titles == [document.title_ru, document.title_ky, document.title_ru]
    assert written.times == 2


def test_a_question_that_nothing_can_answer_finds_nothing(written, documents):
    query = Prepared(written)

    assert not found(query, documents, topics=[])
    assert not found(query, [], topics=[])
