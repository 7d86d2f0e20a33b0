"""Accounts: who works in the admin, and in which of the four roles.

What a role may do is the code's to say (`roles.py`): nobody changes groups or single permissions
here, and every account is one of the staff, as readers have none."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import ReadOnlyPasswordHashWidget, UserCreationForm
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple, ModelForm, ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mrc_portal.roles import NAMES, name_of_group

admin.site.unregister(Group)
admin.site.unregister(User)


class PasswordState(ReadOnlyPasswordHashWidget):
    """Django's, which says how a password is kept, without that: nobody asked."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["summary"] = [line for line in context["summary"] if "value" not in line]
        return context


@admin.register(User)
class AccountAdmin(UserAdmin):
    list_display = ("username", "first_name", "last_name", "in_groups", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    # Everybody logs in with a password here; Django's form offers none at all.
    add_form = UserCreationForm
    add_fieldsets = (
        (None, {"fields": ["username", "password1", "password2"]}),
        (_("What this person may do"), {"fields": ["groups"]}),
        (_("Personal info"), {"fields": ["first_name", "last_name", "email"]}),
    )
    fieldsets = (
        (None, {"fields": ["username", "password"]}),
        (_("What this person may do"), {"fields": ["is_active", "groups", "is_superuser"]}),
        (_("Personal info"), {"fields": ["first_name", "last_name", "email"]}),
        (_("Important dates"), {"fields": ["last_login", "date_joined"]}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("groups"))
    def in_groups(self, user: User) -> str:
        return ", ".join(map(name_of_group, user.groups.all()))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody makes themselves, or another, more than they are."""
        fieldsets = super().get_fieldsets(request, obj)
        if request.user.is_superuser:
            return fieldsets
        return [
            (title, {"fields": [name for name in parts["fields"] if name != "is_superuser"]})
            for title, parts in fieldsets
        ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The password of a superuser is one for everything."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_delete_permission(request, obj)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        groups = form.base_fields.get("groups")
        if isinstance(groups, ModelMultipleChoiceField):  # not there for those who only look
            groups.queryset = Group.objects.filter(name__in=NAMES)
            groups.widget = CheckboxSelectMultiple()
            groups.help_text = _("One is enough: editors can do all that contributors can.")
            # Without one there would be nothing to see after logging in.
            groups.required = obj is None
        if "password" in form.base_fields:
            form.base_fields["password"].widget = PasswordState()
        return form

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = True
        super().save_model(request, obj, form, change)
