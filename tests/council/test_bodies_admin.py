"""The editors' rooms of councils and letters, through their addresses."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from modeltranslation.translator import translator

from council.models import (
    Body,
    Letter,
    LetterState,
    LetterVersion,
    Membership,
    SignatoryState,
)
from mrc_portal.admin_site import change_url
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import Status
from tests import factories
from tests.council.test_letters import make_task, make_version
from tests.editing import errors_of, form_of, page_of, said, saved

pytestmark = pytest.mark.django_db

DRAFT = {"status": Status.DRAFT, "publish_at": None}
LETTER_INLINES = ("versions", "tasks", "signatories")


def empty(*inlines):
    counts = {}
    for name in inlines:
        counts |= {f"{name}-TOTAL_FORMS": "0", f"{name}-INITIAL_FORMS": "0"}
    return counts


def body_data(**fields):
    """A filled form of a Russian draft without members."""
    data = {
        "status": "draft",
        "kind": "working_group",
        "existence": "exists",
        "founded_precision": "day",
        "original_language": "ru",
        "title_ru": "Рабочая группа",
    }
    return data | empty("memberships") | fields


def letter_data(**fields):
    """A filled form of a Russian draft without rows."""
    data = {
        "status": "draft",
        "state": "drafted",
        "original_language": "ru",
        "title_ru": "Письмо Президенту",
    }
    return data | empty(*LETTER_INLINES) | fields


def rows(name, *new):
    """An inline with new rows; a row is a dictionary."""
    data = {f"{name}-TOTAL_FORMS": str(len(new)), f"{name}-INITIAL_FORMS": "0"}
    for number, row in enumerate(new):
        data |= {f"{name}-{number}-{field}": value for field, value in row.items()}
    return data


def data_of(client, record, **changes):
    """The form of a record as a browser would send it back, with what an editor types."""
    data = form_of(client, record)
    data.pop("publish_at", None)
    if record.publish_at:
        local = timezone.localtime(record.publish_at)
        data |= {"publish_at_0": f"{local:%Y-%m-%d}", "publish_at_1": f"{local:%H:%M:%S}"}
    return data | changes


def add(name):
    return reverse(f"admin:council_{name}_add")


def listed(client, name, query=""):
    page = page_of(client, reverse(f"admin:council_{name}_changelist") + query)
    return {record.pk for record in page.context["cl"].result_list}


# The rooms


@pytest.mark.parametrize("language", LANGUAGE_CODES)
@pytest.mark.parametrize("name", ["body", "letter"])
def test_the_rooms_open_in_every_language_and_load_nothing_from_elsewhere(
    client, editor, language, name
):
    factories.make_membership(factories.make_trilingual_body(), person=factories.make_person())
    letter = factories.make_trilingual_letter()
    make_version(letter, 1)
    factories.make_signatory(letter)
    record = Body.objects.get() if name == "body" else letter
    with translation.override(language):
        paths = [reverse(f"admin:council_{name}_changelist"), add(name), change_url(record)]

    for path in paths:
        page = page_of(client, path)
        assert f'lang="{language}"' in page.text
        for address in ('src="http', 'href="http', 'src="//', 'href="//'):
            assert address not in page.text


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_a_body_is_written_in_three_languages_with_its_members(client, editor, language):
    person, organisation = factories.make_person(), factories.make_organisation()
    whole = factories.make_body(kind="council")
    meeting, topic = factories.make_event(), factories.make_topic()
    data = body_data(
        parent=whole.pk,
        organisation=organisation.pk,
        series=factories.make_series().pk,
        meetings=[meeting.pk],
        topics=[topic.pk],
        founded_on="2012-11-01",
        is_task_list_cut_off="on",
    )
    for code in LANGUAGE_CODES:
        data |= {f"title_{code}": f"Группа {code}", f"tasks_{code}": f"Задача {code}"}
    data |= rows(
        "memberships",
        {
            "role": "chair",
            "person": person.pk,
            "office_ky": "борбордун директору",
            "starts_on": "2012-01-01",
            "date_precision": "year",
            "consent_given_on": "2013-03-20",
            "consent_note": "в письме",
        },
        {"role": "member", "organisation": organisation.pk, "date_precision": "year"},
        {"role": "member", "office_ru": "юрист", "date_precision": "year", "position": "1"},
    )

    with translation.override(language):
        response = client.post(add("body"), data)

    saved(response)
    body = Body.objects.get(parent=whole)
    assert [getattr(body, f"tasks_{code}") for code in LANGUAGE_CODES] == [
        f"Задача {code}" for code in LANGUAGE_CODES
    ]
    assert body.created_by == editor
    assert (body.meetings.get(), body.topics.get()) == (meeting, topic)
    seats = list(body.memberships.all())
    assert [(seat.position, seat.role) for seat in seats] == [
        (1, "member"),
        (2, "chair"),
        (3, "member"),
    ]
    assert [seat.is_name_public for seat in seats] == [False, True, False]


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_a_letter_is_written_with_its_texts_tasks_and_signatories(client, editor, language):
    person, organisation = factories.make_person(), factories.make_organisation()
    data = letter_data(
        sender=factories.make_body().pk, event=factories.make_event().pk, state="signing"
    )
    for code in LANGUAGE_CODES:
        data |= {f"title_{code}": f"Письмо {code}", f"addressee_{code}": f"Кому {code}"}
    text = {f"text_{code}": f"<p>Текст {code}</p>" for code in LANGUAGE_CODES}
    data |= rows(
        "versions",
        {"number": "", "date_precision": "day"} | text,
        {"number": "", "date_precision": "day", "note_ru": "второй"},
    )
    data |= rows(
        "tasks",
        {"task_ru": "текст", "who_ru": "четверо участников"},
        {"task_en": "style", "organisation": organisation.pk},
    )
    data |= rows(
        "signatories",
        {"state": "agreed", "person": person.pk, "consent_given_on": "2025-01-01"},
        {"state": "suggested", "office_ru": "правозащитник", "heads_the_list": "on"},
        {"state": "signed_online", "organisation": organisation.pk},
    )

    with translation.override(language):
        response = client.post(add("letter"), data)

    saved(response)
    letter = Letter.objects.get()
    assert letter.status == Status.DRAFT
    versions = list(letter.versions.all())
    assert [(it.number, it.text_ky) for it in versions] == [(1, "<p>Текст ky</p>"), (2, "")]
    assert [task.position for task in letter.tasks.all()] == [1, 2]
    assert [row.is_named for row in letter.signatories.order_by("position")] == [True, False, True]


@pytest.mark.parametrize("model", [Body, Letter])
def test_every_language_has_a_tab_with_all_translated_texts(client, editor, model):
    make = {Body: factories.make_trilingual_body, Letter: factories.make_trilingual_letter}[model]

    form = page_of(client, change_url(make())).context["adminform"]

    translated = set(translator.get_options_for_model(model).all_fields)
    for code in LANGUAGE_CODES:
        [tab] = [fields for _name, fields in form.fieldsets if f"--{code}" in str(fields)]
        names = {name.removesuffix(f"_{code}") for name in tab["fields"]}
        assert names == translated | {"ready"}  # it has been public: with the withdrawal's reason


@pytest.mark.parametrize(("name", "data"), [("body", body_data()), ("letter", letter_data())])
def test_publish_now_and_history_work_as_everywhere(client, editor, name, data):
    saved(client.post(add(name), data | {"ready_ru": "on", "_publish": "1"}))

    record = {"body": Body, "letter": Letter}[name].objects.published().get()
    assert client.get(record.get_absolute_url()).status_code == 200
    page_of(client, reverse(f"admin:council_{name}_history", args=[record.pk]))
    assert record.history.first().history_user == editor


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"title_ru": ""}, "title_ru"),
        ({"kind": ""}, "kind"),
        ({"existence": "perhaps"}, "existence"),
        ({"founded_on": "2190-01-01"}, "founded_on"),
        ({"founded_on": "0213-01-01"}, "founded_on"),
        ({"parent": "999999"}, "parent"),
    ],
)
def test_what_is_wrong_with_a_body_is_said_at_its_field_alone(client, editor, fields, place):
    response = client.post(add("body"), body_data(**fields))

    assert errors_of(response) == [place]
    assert not Body.objects.exists()


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"role": "member"}, "person"),
        ({"role": "", "office_ru": "юрист"}, "role"),
        ({"role": "member", "office_ru": "юрист", "consent_given_on": "2013-01-01"}, "person"),
        ({"office_ru": "юрист", "consent_given_on": "2190-01-01"}, "consent_given_on"),
        ({"office_ru": "юрист", "starts_on": "2013-02-01", "ends_on": "2013-01-01"}, "ends_on"),
        ({"office_ru": "юрист", "starts_on": "0213-02-01"}, "starts_on"),
    ],
)
def test_what_is_wrong_with_a_member_is_said_at_its_field(client, editor, row, place):
    row = {"role": "member", "date_precision": "day", "position": "1"} | row

    response = client.post(add("body"), body_data() | rows("memberships", row))

    assert errors_of(response) == [f"memberships-0-{place}"]
    assert not Body.objects.exists()


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"title_ru": ""}, "title_ru"),
        ({"sent_on": "2190-01-01", "state": "sent"}, "sent_on"),
        ({"sent_on": "2013-01-01"}, "state"),
        ({"answer_ky": "Жооп"}, "state"),
        (
            {"state": "answered", "sent_on": "2013-02-01", "answered_on": "2013-01-01"},
            "answered_on",
        ),
    ],
)
def test_what_is_wrong_with_a_letter_is_said_at_its_field_alone(client, editor, fields, place):
    response = client.post(add("letter"), letter_data(**fields))

    assert errors_of(response) == [place]
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    ("name", "row", "place"),
    [
        ("signatories", {"state": "agreed", "position": "1"}, "person"),
        (
            "signatories",
            {"state": "agreed", "office_ru": "судья", "consent_given_on": "2013-01-01"},
            "person",
        ),
        (
            "signatories",
            {"state": "agreed", "office_ru": "судья", "state_on": "2190-01-01"},
            "state_on",
        ),
        ("signatories", {"state": "x", "office_ru": "судья"}, "state"),
        ("tasks", {"who_ru": "четверо"}, "task_ru"),
        ("versions", {"number": "0", "date_precision": "day"}, "number"),
        ("versions", {"number": "99999999999", "date_precision": "day"}, "number"),
        ("versions", {"dated_on": "2190-01-01", "date_precision": "day"}, "dated_on"),
    ],
)
def test_what_is_wrong_in_a_row_of_a_letter_is_said_at_its_field(client, editor, name, row, place):
    response = client.post(add("letter"), letter_data() | rows(name, row))

    assert errors_of(response) == [f"{name}-0-{place}"]
    assert not Letter.objects.exists()


# Consent


def test_whose_name_is_hidden_is_said_after_saving_and_in_the_form(client, editor):
    person = factories.make_person(family_name_ru="Спросить")
    row = {"role": "member", "person": person.pk, "date_precision": "year"}
    told = said(saved(client.post(add("body"), body_data() | rows("memberships", row))))
    assert str(person) in told

    row = {"state": "suggested", "person": person.pk}
    told = said(saved(client.post(add("letter"), letter_data() | rows("signatories", row))))
    assert str(person) in told

    agreed = row | {"consent_given_on": "2025-01-01"}
    told = said(saved(client.post(add("letter"), letter_data() | rows("signatories", agreed))))
    assert told.count(str(person)) == 2  # what was said before, and nothing more


def test_the_form_says_what_readers_see_of_everybody(client, editor):
    letter = factories.make_letter()
    person, organisation = factories.make_person(), factories.make_organisation()
    for fields in (
        {"person": person},
        {"person": person, "consent_given_on": date(2025, 1, 1)},
        {"organisation": organisation, "state": SignatoryState.SIGNED_ONLINE},
    ):
        factories.make_signatory(letter, **fields)
    inline = page_of(client, change_url(letter)).context["inline_admin_formsets"][-1]

    told = {str(inline.opts.what_readers_see(row)) for row in letter.signatories.all()}

    assert len(told) == 3


# Versions


def test_the_final_mark_passes_from_one_version_to_another_in_one_step(client, editor):
    letter = factories.make_letter()
    make_version(letter, 1)
    make_version(letter, 2, is_final=True)

    for final in (0, 1):
        data = data_of(client, letter)
        for place in (0, 1):
            data.pop(f"versions-{place}-is_final", None)
        saved(client.post(change_url(letter), data | {f"versions-{final}-is_final": "on"}))
        assert letter.versions.get(is_final=True).number == final + 1


def test_two_final_texts_are_refused_at_the_second(client, editor):
    marked = {"date_precision": "day", "is_final": "on"}
    data = letter_data() | rows("versions", marked, marked)

    assert errors_of(client.post(add("letter"), data)) == ["versions-1-is_final"]

    letter = factories.make_letter()
    make_version(letter, 1, is_final=True)
    make_version(letter, 2)
    data = data_of(client, letter) | {"versions-1-is_final": "on"}
    assert errors_of(client.post(change_url(letter), data)) == ["versions-1-is_final"]


def test_a_number_left_empty_follows_the_last_and_the_same_twice_is_refused(client, editor):
    letter = factories.make_letter()
    make_version(letter, 4)
    new = {"versions-TOTAL_FORMS": "2", "versions-1-date_precision": "day"}

    data = data_of(client, letter) | new | {"versions-1-note_ru": "следующий"}
    saved(client.post(change_url(letter), data))
    assert [version.number for version in letter.versions.all()] == [4, 5]

    new = {"versions-TOTAL_FORMS": "3", "versions-2-date_precision": "day"}
    data = data_of(client, letter) | new | {"versions-2-number": "5"}
    assert errors_of(client.post(change_url(letter), data)) == ["versions-2-number"]
    same = {"number": "1", "date_precision": "day"}
    response = client.post(add("letter"), letter_data() | rows("versions", same, same))
    assert errors_of(response) == ["versions-1-number"]


def test_versions_can_change_places_and_one_can_take_the_number_of_one_that_goes(client, editor):
    letter = factories.make_letter()
    first, second = make_version(letter, 1, is_final=True), make_version(letter, 2)

    data = data_of(client, letter) | {"versions-0-number": "2", "versions-1-number": "1"}
    saved(client.post(change_url(letter), data))
    assert list(letter.versions.values_list("pk", "number", "is_final")) == [
        (second.pk, 1, False),
        (first.pk, 2, True),
    ]

    new = {
        "versions-TOTAL_FORMS": "3",
        "versions-2-number": "1",
        "versions-2-date_precision": "day",
    }
    data = data_of(client, letter) | new | {"versions-0-DELETE": "on"}
    saved(client.post(change_url(letter), data))
    assert [version.number for version in letter.versions.all()] == [1, 2]
    assert not letter.versions.filter(pk=second.pk).exists()


@pytest.mark.parametrize("state", [LetterState.SENT, LetterState.ANSWERED])
def test_the_text_that_was_sent_can_no_longer_be_changed(client, editor, state):
    letter = factories.make_letter(state=state)
    draft = make_version(letter, 1, text_ru="<p>Черновик</p>")
    final = make_version(letter, 2, text_ru="<p>Окончательный</p>", is_final=True)

    page = page_of(client, change_url(letter))

    [versions, settled, *_others] = page.context["inline_admin_formsets"]
    assert [form.instance for form in versions.formset.initial_forms] == [draft]
    assert [form.instance for form in settled.formset.initial_forms] == [final]
    assert not settled.has_change_permission
    assert "<p>Окончательный</p>" in page.text
    data = data_of(client, letter) | {"versions-0-text_ru": "<p>Исправлено</p>"}
    for name, value in (("text_ru", "<p>Подмена</p>"), ("number", "9"), ("DELETE", "on")):
        data[f"versions-2-0-{name}"] = value
    data["versions-0-is_final"] = "on"
    saved(client.post(change_url(letter), data))
    draft.refresh_from_db()
    assert (draft.text_ru, draft.is_final) == ("<p>Исправлено</p>", False)
    stored = LetterVersion.objects.get(pk=final.pk)
    assert (stored.text_ru, stored.number, stored.is_final) == (final.text_ru, 2, True)


def test_the_text_of_a_sent_letter_cannot_be_replaced_through_the_key_of_its_row(client, editor):
    letter = factories.make_letter(state=LetterState.SENT)
    draft = make_version(letter, 1)
    final = make_version(letter, 2, text_ru="<p>Окончательный</p>", is_final=True)
    data = data_of(client, letter)
    assert data["versions-0-id"] == str(draft.pk)

    client.post(
        change_url(letter),
        data | {"versions-0-id": final.pk, "versions-0-text_ru": "<p>Подмена</p>"},
    )

    final.refresh_from_db()
    assert final.text_ru == "<p>Окончательный</p>"


def test_a_new_version_of_a_sent_letter_gets_a_number_of_its_own(client, editor):
    letter = factories.make_letter(state=LetterState.SENT)
    make_version(letter, 1, is_final=True)

    new = {"versions-TOTAL_FORMS": "1", "versions-0-date_precision": "day"}
    for number in ("", "1"):
        data = data_of(client, letter) | new | {"versions-0-number": number}
        data["versions-0-note_ru"] = "найден черновик"
        response = client.post(change_url(letter), data)
        if number:
            assert errors_of(response) == ["versions-0-number"]
        else:
            saved(response)
            letter.versions.get(number=2).delete()


def test_versions_are_cleaned_of_scripts_and_kept_in_the_history(client, editor):
    text = "<p onclick='x()'>Да</p><script>alert(1)</script>"
    row = {"text_ru": text, "date_precision": "day"}
    saved(client.post(add("letter"), letter_data() | rows("versions", row)))

    version = LetterVersion.objects.get()
    assert version.text_ru == "<p>Да</p>"
    assert version.history.count() == 1


# Lists


def test_bodies_and_letters_are_found_by_words_in_any_case(client, editor):
    organisation = factories.make_organisation(name_ky="Улуттук кеңеш")
    body = factories.make_body(title_ru="Национальный совет", organisation=organisation)
    factories.make_body()
    letter = factories.make_letter(title_ky="Президентке кат", addressee_ru="Президенту")
    factories.make_letter(title_ru="Обращение")

    assert listed(client, "body", "?q=НАЦИОНАЛЬНЫЙ") == {body.pk}
    assert listed(client, "body", "?q=кеңеш") == {body.pk}
    assert listed(client, "letter", "?q=ПРЕЗИДЕНТУ") == {letter.pk}
    answers = client.get(
        reverse("admin:autocomplete"),
        {"term": "совет", "app_label": "council", "model_name": "plan", "field_name": "council"},
    ).json()
    assert [answer["id"] for answer in answers["results"]] == [str(body.pk)]


def test_filters_narrow_the_lists(client, editor):
    planned = factories.make_body(kind="council", existence="planned")
    factories.make_body()
    asked, named, signed = (factories.make_letter() for _number in range(3))
    person = factories.make_person()
    factories.make_signatory(asked, person=person, state="invited")
    factories.make_signatory(asked, person=person, state="invited")
    factories.make_signatory(named, person=person, consent_given_on=date(2025, 1, 1))
    factories.make_signatory(signed, state="signed_on_paper")

    assert listed(client, "body", "?existence__exact=planned") == {planned.pk}
    assert listed(client, "body", "?kind__exact=council") == {planned.pk}
    assert listed(client, "letter", "?signatories=invited") == {asked.pk}
    assert listed(client, "letter", "?signatories=signed_on_paper") == {signed.pk}
    assert listed(client, "letter", "?signatories=without_consent") == {asked.pk}
    assert len(listed(client, "letter", "?signatories=nonsense")) == 3
    page = page_of(client, reverse("admin:council_letter_changelist"))
    shown = {letter.pk: (letter.signed, letter.asked) for letter in page.context["cl"].result_list}
    assert shown == {asked.pk: (0, 2), named.pk: (0, 1), signed.pk: (1, 1)}


@pytest.mark.parametrize("name", ["body", "letter"])
def test_lists_ask_for_the_same_however_long_they_are(
    client, editor, name, django_assert_max_num_queries
):
    def add_some(number):
        for _number in range(number):
            if name == "body":
                factories.make_membership(factories.make_body())
            else:
                factories.make_signatory(factories.make_letter())

    def queries():
        with django_assert_max_num_queries(100) as captured:
            page_of(client, reverse(f"admin:council_{name}_changelist"))
        return len(captured)

    add_some(1)
    first = queries()
    add_some(10)
    assert queries() == first


def test_the_form_asks_for_the_same_however_many_rows_there_are(
    client, editor, django_assert_max_num_queries
):
    body, letter = factories.make_body(), factories.make_letter()

    def add_rows(number):
        for _number in range(number):
            people = {"person": factories.make_person(), "consent_given_on": date(2025, 1, 1)}
            factories.make_membership(body, **people, organisation=factories.make_organisation())
            factories.make_signatory(letter, **people, organisation=factories.make_organisation())
            make_task(letter, organisation=factories.make_organisation())

    def queries(record):
        with django_assert_max_num_queries(500) as captured:
            page_of(client, change_url(record))
        return len(captured)

    add_rows(2)
    few = [queries(body), queries(letter)]
    add_rows(6)
    many = [queries(body), queries(letter)]
    # The chooser of a person or an organisation asks for the one that is chosen.
    assert [after - before for before, after in zip(few, many, strict=True)] == [6 * 2, 6 * 3]


# Two at once, and those who may only write


def test_who_saves_second_is_told(client, editor):
    letter = factories.make_letter()
    make_version(letter, 1, text_ru="<p>Было</p>")
    mine = data_of(client, letter) | {"versions-0-text_ru": "<p>Моё</p>"}
    theirs = data_of(client, letter) | {"versions-0-text_ru": "<p>Их</p>"}

    saved(client.post(change_url(letter), theirs))
    response = client.post(change_url(letter), mine)

    assert errors_of(response) == ["__all__"]
    assert letter.versions.get().text_ru == "<p>Их</p>"


def test_contributors_write_drafts_with_all_their_rows(client, contributor):
    person = factories.make_person()
    row = {"role": "member", "person": person.pk, "date_precision": "year"}
    saved(client.post(add("body"), body_data() | rows("memberships", row)))
    body = Body.objects.get()
    assert body.status == Status.DRAFT

    data = data_of(client, body) | {"memberships-0-DELETE": "on"}
    saved(client.post(change_url(body), data))
    assert not Membership.objects.exists()
    text = {"text_ru": "<p>Текст</p>", "date_precision": "day"}
    data = letter_data() | rows("versions", text) | rows("tasks", {"task_ru": "править"})
    saved(
        client.post(
            add("letter"), data | rows("signatories", {"office_ru": "x", "state": "agreed"})
        )
    )
    letter = Letter.objects.get()
    assert [it.count() for it in (letter.versions, letter.tasks, letter.signatories)] == [1, 1, 1]


@pytest.mark.parametrize(
    "state",
    [{}, {"publish_at": timezone.now() + timedelta(days=1)}],
    ids=["published", "scheduled"],
)
def test_contributors_only_read_what_is_published(client, contributor, state):
    body, letter = factories.make_body(**state), factories.make_letter(**state)
    member = factories.make_membership(body)
    version = make_version(letter, 1, text_ru="<p>Как <strong>есть</strong></p>")
    signatory, task = factories.make_signatory(letter), make_task(letter)

    for record in (body, letter):
        page = page_of(client, change_url(record))
        assert not page.context["has_change_permission"]
        assert 'name="title_ru"' not in page.text
        data = body_data() if record == body else letter_data()
        assert client.post(change_url(record), data).status_code == 403
        delete = reverse(f"admin:council_{record._meta.model_name}_delete", args=[record.pk])
        assert client.post(delete, {"post": "yes"}).status_code == 403
    assert "<p>Как <strong>есть</strong></p>" in page.text
    for row in (member, version, signatory, task):
        assert type(row).objects.get(pk=row.pk) == row


def test_contributors_do_not_publish(client, contributor):
    response = client.post(add("body"), body_data(status="published", ready_ru="on"))
    assert errors_of(response) == ["status"]
    client.post(add("letter"), letter_data(ready_ru="on", _publish="1"))
    assert not Letter.objects.published().exists()


@pytest.mark.parametrize("name", ["membership", "letterversion", "lettertask", "signatory"])
def test_rows_have_no_room_of_their_own(client, editor, name):
    assert client.get(f"/ru/admin/council/{name}/").status_code == 404


def test_strangers_see_nothing_of_the_rooms(client):
    letter = factories.make_letter()

    for path in (add("body"), change_url(letter), reverse("admin:council_letter_changelist")):
        assert client.get(path).status_code == 302


def test_what_has_been_public_or_is_named_cannot_be_deleted(client, editor):
    body = factories.make_body(**DRAFT)
    factories.make_letter(sender=body)
    letter = factories.make_letter()

    for record in (body, letter):
        name = f"admin:council_{record._meta.model_name}_delete"
        client.post(reverse(name, args=[record.pk]), {"post": "yes"})

    assert Body.objects.filter(pk=body.pk).exists()
    assert Letter.objects.filter(pk=letter.pk).exists()
