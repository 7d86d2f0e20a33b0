"""Addresses of the API: a list and an item for each resource that the rooms have announced."""

import re

from django.urls import URLPattern, path

from mrc_portal.api import views
from mrc_portal.api.resources import Resource, resources

app_name = "api"


def _patterns(resource: Resource) -> list[URLPattern]:
    route = re.sub(r"\{\w+\}", "<str:within>", resource.path)
    name = resource.name.lower()
    shared = {"resource": resource}
    return [
        path(route, views.item_list, shared, name=f"{name}_list"),
        path(f"{route}/<str:key>", views.item_detail, shared, name=f"{name}_detail"),
    ]


urlpatterns = [
    path("", views.index, name="index"),
    path("openapi.json", views.description, name="description"),
    *(pattern for resource in resources() for pattern in _patterns(resource)),
    path("<path:path>", views.nothing, name="nothing"),
]
