from django.urls import path

from library import citation_views, feeds, format_views, views

app_name = "library"

urlpatterns = [
    path("library/", views.document_list, name="document_list"),
    path("library.atom", feeds.document_feed, name="document_feed"),
    path("library/export.<str:extension>", format_views.document_export, name="document_export"),
    path(
        "library/<slug:slug>/cite.<str:extension>",
        format_views.document_format,
        name="document_format",
    ),
    path("library/<slug:slug>/", views.document_detail, name="document_detail"),
    path("library/<slug:slug>/cite/", citation_views.document_cite, name="document_cite"),
    path("library/<slug:slug>/linkset.json", citation_views.linkset_json, name="linkset_json"),
    path("library/<slug:slug>/linkset.txt", citation_views.linkset_text, name="linkset_text"),
    path("unapi", citation_views.unapi, name="unapi"),
    path("library/<slug:slug>/search/", views.document_search, name="document_search"),
    path("library/<slug:slug>/read/<slug:short_id>/<int:page>/", views.file_page, name="file_page"),
    path("library/<slug:slug>/read/<slug:short_id>/", views.choose_page, name="choose_page"),
    path("practices/", views.practice_list, name="practice_list"),
    path("practices.atom", feeds.practice_feed, name="practice_feed"),
    path("practices/compare/", views.practice_compare, name="practice_compare"),
    path("topics/", views.topic_list, name="topic_list"),
    path("topics/<slug:slug>/", views.topic_detail, name="topic_detail"),
    path("topics/<slug:slug>.atom", feeds.topic_feed, name="topic_feed"),
    path("glossary/", views.term_list, name="term_list"),
    path("glossary/<slug:slug>/", views.term_detail, name="term_detail"),
    path("people/<slug:slug>/", views.person_detail, name="person_detail"),
    path("people/<slug:slug>.atom", feeds.person_feed, name="person_feed"),
    path(
        "people/<slug:slug>/export.<str:extension>",
        format_views.person_export,
        name="person_export",
    ),
    path("organisations/<slug:slug>/", views.organisation_detail, name="organisation_detail"),
    path("organisations/<slug:slug>.atom", feeds.organisation_feed, name="organisation_feed"),
    path(
        "organisations/<slug:slug>/export.<str:extension>",
        format_views.organisation_export,
        name="organisation_export",
    ),
    path("projects/<slug:slug>/", views.project_detail, name="project_detail"),
    path("projects/<slug:slug>.atom", feeds.project_feed, name="project_feed"),
    path("countries/<str:code>/", views.country_detail, name="country_detail"),
    path("countries/<slug:code>.atom", feeds.country_feed, name="country_feed"),
]
