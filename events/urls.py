from django.urls import path

from events.views import events, feedback, press

app_name = "events"

urlpatterns = [
    path("events/", events.event_list, name="event_list"),
    path("events.ics", events.event_list_calendar, name="event_list_calendar"),
    path("events.atom", events.event_feed, name="event_feed"),
    path("events/<slug:slug>/", events.event_detail, name="event_detail"),
    path("events/<slug:slug>/event.ics", events.event_calendar, name="event_calendar"),
    path("events/<slug:slug>/feedback/", feedback.feedback_form, name="feedback_form"),
    path("events/<slug:slug>/feedback/thanks/", feedback.feedback_thanks, name="feedback_thanks"),
    path("events/<slug:slug>/feedback/report/", feedback.feedback_report, name="feedback_report"),
    path("calendar/", events.month_calendar, name="month_calendar"),
    path("calendar/<int:year>/<int:month>/", events.month_calendar, name="month_calendar_of"),
    path("press/", press.press_list, name="press_list"),
    path("press.atom", press.press_feed, name="press_feed"),
    path("press/<slug:slug>/", press.press_release_detail, name="press_release_detail"),
    path("press/<slug:slug>/text/", press.press_release_text, name="press_release_text"),
    path("press-embargo/<slug:key>/", press.private_release, name="private_release"),
]
