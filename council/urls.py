from django.urls import path

from council.views import bodies, data, plans, versions

app_name = "council"

urlpatterns = [
    path("plan/", plans.plan_list, name="plan_list"),
    path("plan/<slug:slug>/", plans.plan_detail, name="plan_detail"),
    path("plan/<slug:slug>/table/", plans.plan_table, name="plan_table"),
    path("plan/<slug:slug>/timeline/", plans.plan_timeline, name="plan_timeline"),
    path("plan/<slug:slug>/stages/<int:number>/", plans.stage_detail, name="stage_detail"),
    path("plan/<slug:slug>/rows/<slug:short_id>/", plans.activity_detail, name="activity_detail"),
    path("plan/<slug:slug>/organisations/", plans.plan_organisations, name="plan_organisations"),
    path(
        "plan/<slug:slug>/organisations/<slug:organisation>/",
        plans.plan_organisation,
        name="plan_organisation",
    ),
    path("plan/<slug:slug>/suggestions/", versions.suggestion_list, name="suggestion_list"),
    path("plan/<slug:slug>/versions/", versions.plan_versions, name="plan_versions"),
    path("plan/<slug:slug>/versions/<int:number>/", versions.plan_version, name="plan_version"),
    path("plan/<slug:slug>/changes/", versions.plan_changes, name="plan_changes"),
    path("plan/<slug:slug>/changes.atom", versions.plan_feed, name="plan_feed"),
    path("plan/<slug:slug>/plan.<str:file_format>", data.plan_file, name="plan_file"),
    path("council/", bodies.body_list, name="body_list"),
    path("council/<slug:slug>/", bodies.body_detail, name="body_detail"),
    path("letters/", bodies.letter_list, name="letter_list"),
    path("letters/<slug:slug>/", bodies.letter_detail, name="letter_detail"),
]
