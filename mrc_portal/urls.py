"""Addresses: language-neutral ones first, then every page under /ky/, /ru/ and /en/."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from council.views import bodies as body_views
from council.views import plans as plan_views
from events.views import events as event_views
from events.views import feedback as feedback_views
from events.views import press as press_views
from library import format_views
from library import views as library_views
from library.oai import views as oai_views
from mrc_portal import discovery, search_feed, sitemaps, views

urlpatterns = [
    path("", views.choose_front_page, name="front"),
    path("language/<str:language>/", views.choose_language, name="choose_language"),
    path("healthz", views.healthz, name="healthz"),
    path("robots.txt", discovery.robots, name="robots"),
    path(".well-known/security.txt", discovery.security_txt, name="security_txt"),
    path("api/v1/", include("mrc_portal.api.urls")),
    path("sitemap.xml", sitemaps.sitemap_index, name="sitemap_index"),
    path("sitemap-<slug:section>-<int:page>.xml", sitemaps.sitemap, name="sitemap"),
    path("oai", oai_views.oai, name="oai"),
    path("d/<slug:short_id>", format_views.permanent_document, name="permanent_document"),
    path("e/<slug:short_id>", event_views.permanent_event, name="permanent_event"),
    path("p/<slug:short_id>", press_views.permanent_press_release, name="permanent_press_release"),
    path("p/<slug:short_id>/<str:language>.pdf", press_views.letterhead, name="letterhead"),
    path("pl/<slug:short_id>", plan_views.permanent_plan, name="permanent_plan"),
    path("a/<slug:short_id>", plan_views.permanent_activity, name="permanent_activity"),
    path("c/<slug:short_id>", body_views.permanent_body, name="permanent_body"),
    path("l/<slug:short_id>", body_views.permanent_letter, name="permanent_letter"),
    path("f/", feedback_views.feedback_code, name="feedback_any_code"),
    path("f/<slug:code>", feedback_views.feedback_code, name="feedback_code"),
    path("files/<slug:short_id>/<str:name>", library_views.file_download, name="file_download"),
    path(
        "files/<slug:short_id>/pages/<int:page>-<int:width>.webp",
        library_views.page_picture,
        name="page_picture",
    ),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("search/", views.search, name="search"),
        path("search/suggest/", views.suggest, name="suggest"),
        path("search/suggest/browser/", discovery.suggest_to_browser, name="suggest_to_browser"),
        path("search.atom", search_feed.search_feed, name="search_feed"),
        path("opensearch.xml", discovery.opensearch, name="opensearch"),
        path("about/", views.about, name="about"),
        path("data/", views.open_data, name="open_data"),
        path("accessibility/", views.accessibility, name="accessibility"),
        path("styleguide/", views.styleguide, name="styleguide"),
        path("admin/", admin.site.urls),
        path("", include("mrc_portal.alerts.urls")),
        path("", include("library.urls")),
        path("", include("events.urls")),
        path("", include("council.urls")),
    ),
]

handler400 = "mrc_portal.views.bad_request"
handler403 = "mrc_portal.views.permission_denied"
handler404 = "mrc_portal.views.page_not_found"
handler500 = "mrc_portal.views.server_error"
