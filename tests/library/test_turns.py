"""Two editors who save at the same moment, on both databases: real transactions, real threads."""

from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from library.models import Document, Organisation
from library.uploads import inspect_upload
from mrc_portal import publishing_admin
from mrc_portal.publishing import is_slug_taken
from tests import factories
from tests.library.test_admin import ADD, CHANGE, file_rows, form_data

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def post_at_once(address, *forms):
    """Post the forms at the same moment, each by an editor; the statuses."""
    clients = [Client(raise_request_exception=False) for _form in forms]
    for client in clients:
        client.force_login(factories.make_user())
    statuses = []

    def post(client, form):
        statuses.append(client.post(address, form).status_code)
        connections.close_all()

    threads = [Thread(target=post, args=pair) for pair in zip(clients, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def meet(function):
    """The function, after which its callers wait for each other for a moment."""
    barrier = Barrier(2)

    def wrapped(*args, **kwargs):
        result = function(*args, **kwargs)
        with suppress(BrokenBarrierError):
            barrier.wait(0.5)
        return result

    return wrapped


def test_two_records_of_one_title_get_two_addresses(monkeypatch):
    monkeypatch.setattr(publishing_admin, "is_slug_taken", meet(is_slug_taken))

    assert post_at_once(reverse(ADD), form_data(), form_data()) == [302, 302]
    assert len(set(Document.objects.values_list("slug", flat=True))) == 2


def test_one_address_is_given_to_one_organisation(monkeypatch):
    check = Organisation.full_clean
    monkeypatch.setattr(Organisation, "full_clean", meet(check))
    form = {"name_ru": "Одна", "slug": "one"}

    assert post_at_once(reverse("admin:library_organisation_add"), form, form) == [200, 302]


def test_of_two_editors_the_second_is_told(monkeypatch):
    draft = factories.make_draft()
    form = publishing_admin.PublishableForm
    monkeypatch.setattr(form, "_check_nobody_else_saved", meet(form._check_nobody_else_saved))
    data = form_data(slug=draft.slug, edited_from=draft.changed_at.isoformat())
    published = data | {"_publish": "1", "ready_ru": "on"}

    assert post_at_once(reverse(CHANGE, args=[draft.pk]), data, published) == [200, 302]


def test_nobody_has_to_wait_until_a_file_has_been_read(client, monkeypatch):
    client.force_login(factories.make_user())
    in_transaction = []

    def note(*args, **kwargs):
        in_transaction.append(connection.in_atomic_block)
        return inspect_upload(*args, **kwargs)

    monkeypatch.setattr("library.files.inspect_upload", note)
    data = form_data() | file_rows(("ru", "a.pdf", factories.make_pdf("Текст")))

    assert client.post(reverse(ADD), data).status_code == 302
    assert in_transaction == [False]
