"""The portal's addresses, and the two that its pages are measured against."""

from django.urls import path

from mrc_portal import urls as portal
from tests.bench import views

urlpatterns = [
    *portal.urlpatterns,
    path("bench/empty", views.empty),
    path("bench/plain/<int:shelf>", views.plain),
]

handler400 = portal.handler400
handler403 = portal.handler403
handler404 = portal.handler404
handler500 = portal.handler500
