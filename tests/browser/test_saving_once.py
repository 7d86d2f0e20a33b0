"""Impatient people: two clicks on a button that sends are one."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.needs_chromium

ADD = "/ru/admin/library/document/add/?kind=policy_brief"
AT_ONCE = 4_500  # milliseconds: longer than static/js/once.js takes two clicks for one
# Not waited for: one of them leads nowhere.
CLICK = "setTimeout(() => document.querySelector('[name=_save]').click(), 100)"
LIST = "/ru/admin/library/document/?q="


QUESTIONNAIRE = "/ru/events/pre-departure-seminar/feedback/"


@pytest.fixture
def page(site, context):
    password = re.search(r"Password: ([\w-]{19})\n", site.output)[1]
    page = context.new_page()
    page.goto("/ru/admin/login/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/ru/admin/")
    return page


def number_of(page, title):
    page.goto(LIST + title)
    return page.locator("#result_list tbody tr").count()


def test_a_double_click_saves_once(page):
    page.goto(ADD)
    page.fill("[name=title_ru]", "Двойнойщелчок")

    page.locator("[name=_save]").first.dblclick(delay=20)

    page.wait_for_url("**/ru/admin/library/document/")
    assert number_of(page, "Двойнойщелчок") == 1


def test_whoever_stopped_the_page_from_loading_is_asked_and_may_send_again(page):
    page.goto(ADD)
    page.fill("[name=title_ru]", "Остановлено")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.route("**/add/**", lambda route: None, times=1)  # an answer that never comes
    page.evaluate(f"{CLICK}; setTimeout(() => stop(), 1000)")
    page.wait_for_timeout(AT_ONCE)

    page.evaluate(CLICK)

    page.wait_for_url("**/ru/admin/library/document/")
    assert asked == ["Это уже отправляется. Отправить ещё раз?"]
    assert number_of(page, "Остановлено") == 1


def test_a_double_click_sends_answers_once(context):
    page = context.new_page()
    page.goto(QUESTIONNAIRE)
    sent = []
    # Never answered: a second one would be sent while the first is under way.
    page.route(f"**{QUESTIONNAIRE}", lambda route: sent.append(route.request.method))
    press = "document.querySelector('form.questions button').click()"

    page.evaluate(f"{press}; setTimeout(() => {press}, 200)")

    page.wait_for_timeout(1000)
    assert sent == ["POST"]
