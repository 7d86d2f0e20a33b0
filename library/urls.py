from django.urls import path

from library import views

app_name = "library"

urlpatterns = [
    path("library/", views.document_list, name="document_list"),
    path("library/<slug:slug>/", views.document_detail, name="document_detail"),
    path("library/<slug:slug>/search/", views.document_search, name="document_search"),
    path("library/<slug:slug>/read/<slug:short_id>/<int:page>/", views.file_page, name="file_page"),
    path("library/<slug:slug>/read/<slug:short_id>/", views.choose_page, name="choose_page"),
    path("practices/", views.practice_list, name="practice_list"),
    path("practices/compare/", views.practice_compare, name="practice_compare"),
    path("topics/", views.topic_list, name="topic_list"),
    path("topics/<slug:slug>/", views.topic_detail, name="topic_detail"),
    path("glossary/", views.term_list, name="term_list"),
    path("glossary/<slug:slug>/", views.term_detail, name="term_detail"),
    path("people/<slug:slug>/", views.person_detail, name="person_detail"),
    path("organisations/<slug:slug>/", views.organisation_detail, name="organisation_detail"),
    path("projects/<slug:slug>/", views.project_detail, name="project_detail"),
    path("countries/<str:code>/", views.country_detail, name="country_detail"),
]
