from django.urls import path

from mrc_portal.alerts import views

app_name = "alerts"

urlpatterns = [
    path("follow/", views.follow, name="follow"),
    path("follow/sent/", views.sent, name="sent"),
    path("follow/confirm/<str:token>/", views.confirm, name="confirm"),
    path("follow/choices/<str:token>/", views.manage, name="manage"),
    path("follow/stop/<str:token>/", views.stop, name="stop"),
]
