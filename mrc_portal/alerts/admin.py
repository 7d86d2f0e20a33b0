"""How many readers follow what; an address is found only by whoever knows it already."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from mrc_portal.alerts.models import Request, Subscriber, Subscription


class SubscriptionInline(admin.TabularInline):
    model = Subscription
    extra = 0
    can_delete = False
    readonly_fields = ["what", "query"]
    fields: ClassVar[Any] = readonly_fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # for whoever may see the subscriber


@admin.register(Subscriber)
class SubscriberAdmin(admin.ModelAdmin):
    list_display = ["__str__", "language", "frequency", "confirmed_at"]
    search_fields = ["address"]
    search_help_text = _("Type the whole address: it is shown to nobody who does not know it.")
    readonly_fields = ["address", "language", "frequency", "confirmed_at", "told_until", "due_at"]
    fields: ClassVar[Any] = readonly_fields
    inlines = [SubscriptionInline]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        address = search_term.strip()
        return (queryset.filter(address__iexact=address) if address else queryset.none()), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        counts = {
            "subscribers": Subscriber.objects.count(),
            "subscriptions": Subscription.objects.count(),
            "requests": Request.objects.count(),
        }
        return super().changelist_view(request, {"counts": counts, **(extra_context or {})})
