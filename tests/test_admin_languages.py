"""Whoever reads the admin in Kyrgyz or Russian meets no English word there, wherever she goes."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
from django import forms
from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone, translation

from council.models import Moderation
from library.models import HarvestedRecord
from mrc_portal.publishing import Status, withdraw
from mrc_portal.roles import EDITORS
from tests import factories

pytestmark = pytest.mark.django_db

# What is written so in every language: kinds of files, numbers, licences, programs.
ALLOWED = {
    *("English", "PDF", "PDFs", "DOCX", "XLSX", "ODT", "JPEG", "JPG", "PNG", "JSON", "CSV", "RIS"),
    *("BibTeX", "ZIP", "CSL", "DOI", "ISBN", "ORCID", "URL", "ISO", "Excel", "Atom", "Office"),
    *("Creative", "Commons", "USD", "KGS", "EUR", "TSPC"),
    "Activities",  # the heading of a column in a table that somebody else wrote
    "Plan",  # the sheet of a workbook
}
# Attributes that are read out or shown.
SPOKEN = {"title", "aria-label", "placeholder", "alt"}
SILENT = {"script", "style", "textarea", "code"}
VOID = {"input", "img", "br", "hr", "link", "meta", "col", "wbr"}
WORD = re.compile(r"[A-Za-z][A-Za-z’']+")
# Addresses, names of files, numbers; codes of countries and licences.
NO_WORDS = re.compile(r"\S*[@/\d]\S*|\S*\.[a-z]{3,4}\b|\b[A-Z]{2}\b")


class Words(HTMLParser):
    """Collects the words in Latin letters of a page, but for those marked as another language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.open: list[tuple[str, bool]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_foreign = given.get("lang") not in (None, self.language)
        is_silent = (self.open and self.open[-1][1]) or tag in SILENT or is_foreign
        if not is_silent:
            spoken = [given.get(name) or "" for name in SPOKEN]
            if tag == "input" and given.get("type") in ("submit", "button", "reset"):
                spoken.append(given.get("value") or "")
            for text in spoken:
                self.note(text)
        if tag not in VOID:
            self.open.append((tag, bool(is_silent)))

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _silent in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not (self.open and self.open[-1][1]):
            self.note(data)

    def note(self, text: str) -> None:
        words = WORD.findall(NO_WORDS.sub(" ", text))
        self.found += [word for word in words if word not in ALLOWED]


def english_words(page: str, language: str) -> list[str]:
    words = Words(language)
    words.feed(page)
    return sorted(set(words.found))


@pytest.fixture
def editor(client):
    user = factories.make_user(
        EDITORS, username="айжан", first_name="Айжан", last_name="Токтоева", email=""
    )
    client.force_login(user)
    return client


def furnish():
    """A record of every kind, with something in every part of its form. Names in Cyrillic."""
    cyrillic = {"title_ky": "Аталышы", "ready_ky": True}
    organisation = factories.make_organisation(name_ru="Центр", name_ky="Борбор")
    person = factories.make_person(family_name_ru="Асанова", given_names_ru="Нургүл")
    topic = factories.make_topic(name_ru="Тема")
    project = factories.make_project(title_ru="Проект")
    term = factories.make_term(name_ru="Мигрант")
    practice = factories.make_practice(areas=[factories.make_area(name_ru="Право")])
    document = practice.document
    factories.make_file(document, original_name="отчёт.pdf")
    factories.make_recommendation(document)
    factories.make_change_note(document)
    factories.make_contribution(document, person=person)
    factories.make_relation(document, factories.make_document(**cyrillic))
    withdrawn = factories.make_document()
    withdraw(withdrawn, None, {"ru": "Ошибка в цифрах."})
    draft = factories.make_draft(publish_at=timezone.now() + timedelta(days=1))
    HarvestedRecord.objects.create(
        document=draft, url="https://mrc.example/oai", identifier="1", datestamp="2025-01-01"
    )
    event = factories.make_event(series=factories.make_series(name_ru="Серия"))
    questionnaire = factories.make_questionnaire(event, access="codes")
    factories.make_question(questionnaire)
    release = factories.make_press_release(status=Status.IN_REVIEW, publish_at=None)
    contact = factories.make_contact(role_ru="Пресс-служба")
    boilerplate = factories.make_boilerplate()
    plan = factories.make_plan()
    stage = factories.make_stage(plan)
    factories.make_goal(stage)
    row = factories.make_activity(stage, latest=date(2025, 6, 30), timeline_text_ru="до июля")
    factories.make_responsible(row, organisation=organisation)
    factories.make_resource(row)
    factories.make_deadline_change(row)
    update = factories.make_update(row)
    factories.make_evidence(update, document=document)
    factories.make_assessment(update)
    waiting = factories.make_update(row, moderation=Moderation.WAITING, as_of=date(2025, 5, 1))
    body = factories.make_body()
    factories.make_membership(body, person=person)
    letter = factories.make_letter()
    factories.make_signatory(letter, person=person)
    return locals()


def addresses(it):
    """Of the editors' pages about these records."""
    records = [value for value in it.values() if hasattr(value, "_meta")]
    shown = [record for record in records if type(record) in admin.site._registry]
    models = [
        model
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label in settings.ROOMS
    ]
    pages = ["admin:index", "admin:password_change", "admin:library_document_import"]
    pages += ["admin:council_progressupdate_due", "admin:council_progressupdate_own"]
    found = [reverse(name) for name in pages]
    found.append(reverse("admin:library_document_changelist") + "?q=ъъъ")
    for model in models:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found += [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
    for record in shown:
        name = f"admin:{record._meta.app_label}_{record._meta.model_name}"
        found += [reverse(f"{name}_{page}", args=[record.pk]) for page in ("change", "history")]
        found.append(reverse(f"{name}_delete", args=[record.pk]))
    for record in (it["document"], it["row"], it["topic"]):
        name = f"admin:{record._meta.app_label}_{record._meta.model_name}_simple_history"
        found.append(reverse(name, args=[record.pk, record.history.first().history_id]))
    more = [
        ("events_pressrelease_review", it["release"].pk),
        *(
            (f"events_questionnaire_{page}", it["questionnaire"].pk)
            for page in ("codes", "entry", "preview", "report")
        ),
        ("council_plan_tree", it["plan"].pk),
        ("council_plan_import", it["plan"].pk),
        ("council_plan_publish_version", it["plan"].pk),
        ("council_activity_move_deadline", it["row"].pk),
        ("council_progressupdate_report", it["row"].pk),
        ("council_progressupdate_assess", it["update"].pk),
    ]
    return found + [reverse(f"admin:{name}", args=[pk]) for name, pk in more]


def nonsense(page):
    """What the form of a page sends when every field is filled with a word that it cannot take."""
    filled = _nonsense(page.context["adminform"].form, "")
    for inline in page.context["inline_admin_formsets"]:
        prefix = inline.formset.prefix
        filled |= {f"{prefix}-TOTAL_FORMS": "1", f"{prefix}-INITIAL_FORMS": "0"}
        filled |= _nonsense(inline.formset.empty_form, f"{prefix}-0-")
    return filled


def _nonsense(form, prefix):
    """But for choices of records: words in place of keys are Django's own fault."""
    return {
        f"{prefix}{name}": "%"
        for name, field in form.fields.items()
        if not isinstance(field, forms.ModelChoiceField)
    }


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_no_page_of_the_admin_has_an_english_word(editor, language):
    records = furnish()
    english = {}

    def look(address, page):
        assert page.status_code in (200, 403), address
        if words := english_words(page.text, language):
            english[address] = words

    with translation.override(language):
        for address in addresses(records):
            page = editor.get(address, follow=True)
            look(address, page)
            if address.endswith("/add/") and page.context and "adminform" in page.context:
                refused = editor.post(address, nonsense(page), follow=True)
                look(f"{address}, refused", refused)
        for kind, pk, action in [
            ("library_document", records["document"].pk, "withdraw_selected"),
            ("council_progressupdate", records["waiting"].pk, "reject_selected"),
        ]:
            address = reverse(f"admin:{kind}_changelist")
            chosen = {"action": action, "_selected_action": pk}
            look(f"{address}, {action}", editor.post(address, chosen))
            look(f"{address}, {action}", editor.post(address, chosen | {"reason_given": "1"}))
        for address in [
            reverse("admin:council_progressupdate_report", args=[records["row"].pk]),
            reverse("admin:council_activity_move_deadline", args=[records["row"].pk]),
            reverse("admin:events_pressrelease_review", args=[records["release"].pk]),
            reverse("admin:library_document_import"),
            reverse("admin:council_plan_import", args=[records["plan"].pk]),
        ]:
            look(f"{address}, refused", editor.post(address, {"status": "done"}))
        editor.logout()
        login = reverse("admin:login")
        look(login, editor.get(login))
        look(f"{login}, refused", editor.post(login, {"username": "айжан", "password": "%"}))

    assert english == {}
