import pytest
from django.urls import reverse
from tests import factories
from events.models import *
from tests.events.test_event_safety import words
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index")]
def test_q(client, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        e = factories.make_trilingual_event(title_ky=words(12,0), summary_ky=words(60,5))
    for w in (*e.title_ky.split()[:4], "тегерек", "round", *e.summary_ky.split()[:3]):
        print(w, client.get("/ky/search/", {"q": w}).context["listing"].total)
    from django.utils import translation; translation.activate("ru")
    org = factories.make_organisation(name_ru='ОФ "Институт" права')
    with django_capture_on_commit_callbacks(execute=True):
        for i in range(10): factories.make_press_release(organisations=[org])
    p = client.get(org.get_absolute_url())
    import re
    for u in re.findall(r'href="([^"]*search/\?room=release[^"]*)"', p.text):
        import html
        print(u, client.get(html.unescape(u)).context["listing"].total)
