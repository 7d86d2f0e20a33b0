"""Accounts: made in one step, in roles that nobody can change in passing."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import NON_FIELD_ERRORS
from django.urls import NoReverseMatch, reverse

from mrc_portal.login import wrong_passwords
from mrc_portal.roles import ADMINISTRATORS, CONTRIBUTORS, EDITORS, prepare_roles
from tests import factories

pytestmark = pytest.mark.django_db

PASSWORD = "tash-rabat-caravanserai"


@pytest.fixture
def administrator(client):
    user = factories.make_user(ADMINISTRATORS)
    client.force_login(user)
    return user


def add(client, **fields):
    data = {"username": "aigul", "password1": PASSWORD, "password2": PASSWORD, **fields}
    return client.post(reverse("admin:auth_user_add"), data)


def change(client, user, **fields):
    data = {"username": user.username, "is_active": "on", **fields}
    return client.post(reverse("admin:auth_user_change", args=[user.pk]), data)


def test_whoever_gets_an_account_can_log_in_and_work_at_once(client, administrator):
    group = Group.objects.get(name=CONTRIBUTORS)

    answer = add(client, groups=[group.pk], first_name="Айгүл")

    assert answer.status_code == 302
    client.logout()
    assert client.login(username="aigul", password=PASSWORD)
    assert client.get(reverse("admin:library_document_add")).status_code == 200
    assert client.get(reverse("admin:auth_user_add")).status_code == 403


def test_an_account_without_a_group_is_not_made(client, administrator):
    answer = add(client)

    assert "groups" in answer.context["adminform"].form.errors
    assert not User.objects.filter(username="aigul").exists()


def test_a_closed_account_cannot_log_in_and_stays_in_the_history(client, administrator):
    group = Group.objects.get(name=EDITORS)
    add(client, groups=[group.pk])
    user = User.objects.get(username="aigul")

    change(client, user, is_active="", groups=[group.pk])

    client.logout()
    assert not client.login(username="aigul", password=PASSWORD)
    assert User.objects.filter(pk=user.pk).exists()


def test_roles_and_single_permissions_are_not_changed_by_hand(client, administrator):
    with pytest.raises(NoReverseMatch):
        reverse("admin:auth_group_changelist")
    form = client.get(reverse("admin:auth_user_change", args=[administrator.pk]))
    assert not {"user_permissions", "is_superuser"} & set(form.context["adminform"].form.fields)
    assert administrator.password.split("$")[0] not in form.text  # nor how passwords are kept


def test_an_administrator_makes_nobody_a_superuser(client, administrator):
    group = Group.objects.get(name=ADMINISTRATORS)

    change(client, administrator, groups=[group.pk], is_superuser="on")
    add(client, groups=[group.pk], is_superuser="on")

    assert User.objects.filter(username="aigul").exists()
    assert not User.objects.filter(is_superuser=True).exists()


def test_an_administrator_does_not_touch_a_superuser(client, administrator):
    superuser = User.objects.create_superuser("root", password=PASSWORD)
    password = reverse("admin:auth_user_password_change", args=[superuser.pk])

    assert change(client, superuser, first_name="X").status_code == 403
    assert client.post(password, {"password1": "a", "password2": "a"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": superuser.pk, "post": "yes"}
    client.post(reverse("admin:auth_user_changelist"), data)
    assert User.objects.get(username="root").first_name == ""


def test_a_superuser_may_make_another(client):
    prepare_roles()
    client.force_login(User.objects.create_superuser("root", password=PASSWORD))
    user = factories.make_user(EDITORS)

    change(client, user, is_superuser="on")

    user.refresh_from_db()
    assert user.is_superuser
    assert user.is_staff


@pytest.fixture
def counted_anew():
    wrong_passwords.forget()
    yield
    wrong_passwords.forget()


@pytest.mark.usefixtures("counted_anew")
def test_nobody_tries_passwords_for_long(client):
    user = User.objects.create_superuser("root", password=PASSWORD)
    login = reverse("admin:login")
    right = {"username": "root", "password": PASSWORD}
    for _number in range(wrong_passwords.most):
        client.post(login, right | {"password": "wrong"})

    refused = client.post(login, right)
    elsewhere = client.post(login, right, REMOTE_ADDR="192.0.2.7")

    assert refused.context["form"].has_error(NON_FIELD_ERRORS, "too_many")
    assert elsewhere.status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.usefixtures("counted_anew")
def test_right_passwords_are_not_counted(client):
    User.objects.create_superuser("root", password=PASSWORD)
    for _number in range(wrong_passwords.most + 1):
        answer = client.post(reverse("admin:login"), {"username": "root", "password": PASSWORD})
        assert answer.status_code == 302
        client.logout()
