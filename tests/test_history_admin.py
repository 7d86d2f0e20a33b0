"""The history of a record is read and never written, whoever asks."""

import pytest
from django.contrib import admin
from django.urls import reverse
from simple_history.admin import SimpleHistoryAdmin

from mrc_portal.admin_site import change_url
from mrc_portal.history_admin import ReadableHistoryMixin
from mrc_portal.roles import ADMINISTRATORS, CONTRIBUTORS
from tests import factories

pytestmark = pytest.mark.django_db

FACTORIES = [
    factories.make_organisation,
    factories.make_topic,
    factories.make_series,
    factories.make_document,
    factories.make_event,
    factories.make_press_release,
    factories.make_contact,
]


@pytest.mark.parametrize("role", [CONTRIBUTORS, ADMINISTRATORS])
@pytest.mark.parametrize("make", FACTORIES)
def test_an_old_version_is_looked_at_and_not_written(client, make, role):
    record = make()
    meta = record._meta
    before = type(record).objects.filter(pk=record.pk).values().get()
    client.force_login(factories.make_user(role))
    address = reverse(
        f"admin:{meta.app_label}_{meta.model_name}_simple_history",
        args=[record.pk, record.history.first().pk],
    )

    assert client.get(change_url(record)).status_code == 200
    assert client.get(address).status_code == 200
    forged = {name: value for name, value in before.items() if value is not None}
    forged |= {name: "Подделка" for name in before if name.endswith("_ru")}
    assert client.post(address, forged).status_code == 405
    assert type(record).objects.filter(pk=record.pk).values().get() == before


def test_no_admin_has_the_unprotected_history():
    histories = [it for it in admin.site._registry.values() if isinstance(it, SimpleHistoryAdmin)]

    assert histories
    assert [it for it in histories if not isinstance(it, ReadableHistoryMixin)] == []
