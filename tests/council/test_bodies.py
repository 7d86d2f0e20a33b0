"""The pages of councils and working groups, through their addresses: what is known of them and
what is not, nothing of a draft anywhere, no name without consent."""

import gzip
import html
import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone, translation

from council.models import Body, Existence, MemberRole
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import FormerSlug, Status, withdraw
from tests import factories
from tests.bench import texts

pytestmark = pytest.mark.django_db

MOST_BYTES = 10_000
MOST_QUERIES = 8
SECRET = "Ещётайна"
HIDDEN_NAME = "Скрытая-Фамилия"
SHOWN_NAME = "Открытая-Фамилия"
HOSTILE = "\"'><script>alert(1)</script><!-- ]]> {{ 7 }} {% now 'Y' %}"
NONSENSE = [
    "page=%00",
    "page=-1",
    "page=" + "9" * 5000,
    "page=٣&page=x",
    "version=%00&version=" + "9" * 400,
    "version='%22%3E%3Cscript%3E",
    "=&&&%00=%00&%FF=%FF",
    "&".join(f"x{number}=1" for number in range(400)),
]


def furnished_body(**fields):
    """In three languages, with everything that its page can have."""
    organisation = factories.make_organisation(slug="its-organisation")
    series = factories.make_series()
    defaults = {
        "slug": "body",
        "kind": "council",
        "title_ru": SECRET,
        "summary_ru": f"{SECRET} в кратком изложении",
        "body_ru": f"<p>{SECRET} подробно</p>",
        "tasks_ru": "обучение\n\nзащита прав",
        "is_task_list_cut_off": True,
        "existence": Existence.PLANNED,
        "organisation": organisation,
        "series": series,
        "note_ru": "<p>От редактора</p>",
    }
    body = factories.make_trilingual_body(**defaults | fields)
    body.topics.set([factories.make_topic(slug="its-topic")])
    body.meetings.set([factories.make_event(title_ru="Отдельная встреча")])
    factories.make_event(title_ru="Встреча ряда", series=series)
    factories.make_planned_event(title_ru="Будущая встреча", series=series)
    factories.make_body(slug="part", title_ru="Часть", parent=body)
    factories.make_letter(slug="its-letter", title_ru="Его письмо", sender=body)
    factories.make_plan(slug="its-plan", title_ru="Его план", council=body)
    factories.make_plan(slug="drawn-up", title_ru="Составленный план", drawn_up_by=body)
    owing = factories.make_plan(slug="owing", title_ru="Чужой план")
    row = factories.make_activity(factories.make_stage(owing))
    factories.make_responsible(row, organisation=organisation)
    factories.make_membership(
        body, person=factories.make_person(family_name_ru=HIDDEN_NAME), office_ru="Должность"
    )
    factories.make_membership(
        body,
        role=MemberRole.CHAIR,
        person=factories.make_person(family_name_ru=SHOWN_NAME),
        consent_given_on=date(2013, 3, 1),
    )
    return body


def pages_of(body):
    """Addresses where something of the body stands, by name, in the active language."""
    return {
        "list": reverse("council:body_list"),
        "body": body.get_absolute_url(),
        "permanent": body.get_permanent_path(),
    }


def page_of(client, body, query=""):
    page = client.get(body.get_absolute_url() + query)
    assert page.status_code == 200
    return page


def seats(page):
    """The lines of the list of members, without markup."""
    part = page.text.partition('<dl class="facts">')[2].partition("</dl>")[0]
    lines = re.findall(r"<d[dt]>(.*?)</d[dt]>", part, re.DOTALL)
    return [html.unescape(re.sub("<[^>]*>", "", line)).strip() for line in lines]


# Every page, every language, every visitor


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_page_opens_for_readers_and_editors(client, editor_client, language):
    body = furnished_body()
    with translation.override(language):
        addresses = pages_of(body)

    for name, address in addresses.items():
        for visitor in (client, editor_client):
            page = visitor.get(address, follow=True)
            assert page.status_code == 200, name
            expected = "ru" if name == "permanent" else language
            assert f'<html lang="{expected}">' in page.text, name
            assert "style=" not in page.text, name
            assert not re.search(r"<(h\d|li|p|ul|dd|dl)\b[^>]*>\s*</\1>", page.text), name
    assert not client.cookies


def test_the_page_tells_all_that_is_known(client):
    body = furnished_body()

    page = page_of(client, body)

    assert page.context["version"].title == SECRET
    assert [event.title_ru for event in page.context["meetings"].upcoming] == ["Будущая встреча"]
    assert {event.title_ru for event in page.context["meetings"].past} == {
        "Встреча ряда",
        "Отдельная встреча",
    }
    assert {plan.slug for plan in page.context["plans"]} == {"its-plan", "drawn-up", "owing"}
    assert [plan.slug for plan in page.context["plans"] if plan.names_it] == ["owing"]
    owing = reverse("council:plan_organisation", args=["owing", "its-organisation"])
    for link in (
        owing,
        reverse("council:body_detail", args=["part"]),
        reverse("council:letter_detail", args=["its-letter"]),
        reverse("council:plan_detail", args=["its-plan"]),
        reverse("library:organisation_detail", args=["its-organisation"]),
        reverse("library:topic_detail", args=["its-topic"]),
    ):
        assert f'href="{link}"' in page.text
    assert (
        page.text.count("/organisations/its-organisation/") == 2
    )  # in the library and in one plan
    for words in ("<li>обучение</li><li>защита прав</li>", f"<p>{SECRET} подробно</p>"):
        assert words in page.text
    assert body.existence_sentence in page.text
    assert f"http://testserver{body.get_permanent_path()}" in page.text


def test_a_part_names_the_whole(client):
    whole = factories.make_body(kind="council", slug="whole", title_ru="Совет")
    part = factories.make_body(parent=whole)

    assert 'href="/ru/council/whole/">Совет</a>' in page_of(client, part).text


@pytest.mark.parametrize("existence", Existence)
def test_whether_it_exists_is_said_in_a_sentence_on_the_page_and_in_the_list(client, existence):
    body = factories.make_trilingual_body(existence=existence)

    told = set()
    for language in LANGUAGE_CODES:
        with translation.override(language):
            sentence = html.escape(body.existence_sentence)
            told.add(sentence)
            assert sentence in page_of(client, body).text
            assert sentence in client.get(reverse("council:body_list")).text
    others = {Body(existence=other).existence_sentence for other in Existence}
    assert len(others) == len(Existence)
    assert told


def test_the_founding_is_told_as_exactly_as_it_is_known(client):
    body = factories.make_body(founded_on=date(2012, 11, 1), founded_precision="month")
    unknown = factories.make_body()

    assert '<time datetime="2012-11">ноябрь 2012</time>' in page_of(client, body).text
    assert '<dd class="unstated">не указано</dd>' in page_of(client, unknown).text


def test_a_list_of_tasks_that_breaks_off_says_so(client):
    whole = factories.make_body(tasks_ru="обучение")
    cut_off = factories.make_body(tasks_ru="обучение", is_task_list_cut_off=True)
    only_lost = factories.make_body(is_task_list_cut_off=True)

    marks = [page_of(client, body).text.count('<p class="unstated">') for body in (whole, cut_off)]

    assert marks == [0, 1]
    assert page_of(client, only_lost).text.count('<p class="unstated">') == 1


# Members


def test_members_stand_by_role_and_former_ones_apart(client):
    body = factories.make_body()
    for office, role, fields in (
        ("рядовой", MemberRole.MEMBER, {}),
        ("бывший председатель", MemberRole.CHAIR, {"ends_on": date(2013, 1, 1)}),
        ("председатель", MemberRole.CHAIR, {"starts_on": date(2013, 1, 1)}),
    ):
        factories.make_membership(body, office_ru=office, role=role, **fields)

    groups = page_of(client, body).context["members"].groups

    told = [[str(member.office_label) for member in members] for _heading, members in groups]
    assert told == [["председатель"], ["рядовой"], ["бывший председатель"]]


@pytest.mark.parametrize(
    ("precision", "ends_on", "is_former"),
    [
        ("year", "1 January of this year", False),
        ("year", "1 January of last year", True),
        ("month", "first of this month", False),
        ("month", "last of the month before", True),
        ("day", "today", False),
        ("day", "yesterday", True),
    ],
)
def test_the_last_day_of_a_membership_counts_as_precisely_as_it_is_known(
    precision, ends_on, is_former
):
    today = timezone.localdate()
    days = {
        "1 January of this year": today.replace(month=1, day=1),
        "1 January of last year": date(today.year - 1, 1, 1),
        "first of this month": today.replace(day=1),
        "last of the month before": today.replace(day=1) - timedelta(days=1),
        "today": today,
        "yesterday": today - timedelta(days=1),
    }

    member = factories.make_membership(ends_on=days[ends_on], date_precision=precision)

    assert member.is_former is is_former


def test_the_term_of_a_membership_is_told_as_far_as_it_is_known(client):
    body = factories.make_body()
    for fields in (
        {},
        {"starts_on": date(2012, 5, 1)},
        {"starts_on": date(2012, 5, 1), "ends_on": date(2013, 6, 1)},
        {"starts_on": date(2012, 5, 1), "ends_on": date(2012, 6, 1)},
    ):
        factories.make_membership(body, office_ru="юрист", **fields)

    lines = [line for line in seats(page_of(client, body)) if line.startswith("юрист")]

    assert [re.findall(r"[\d–]+", line) for line in lines] == [
        [],
        ["2012"],
        ["2012–2013"],
        ["2012"],
    ]


def test_who_did_not_agree_is_named_nowhere(client, editor_client):
    body = furnished_body()

    for visitor in (client, editor_client):
        for language in LANGUAGE_CODES:
            with translation.override(language):
                addresses = pages_of(body)
            for name, address in addresses.items():
                text = visitor.get(address, follow=True).text
                assert HIDDEN_NAME not in text, name
                assert (SHOWN_NAME in text) is (name != "list"), name
    assert "Должность" in page_of(client, body).text


def test_a_seat_without_a_name_shows_the_office_or_the_organisation_or_says_so(client):
    body = factories.make_body()
    person = factories.make_person(family_name_ru=HIDDEN_NAME)
    organisation = factories.make_organisation(name_ru="Профсоюз")
    for fields in (
        {"person": person, "office_ru": "судья"},
        {"person": person, "office_ru": "", "organisation": organisation},
        {"person": person, "office_ru": ""},
        {"person": None, "office_ru": "", "organisation": organisation},
    ):
        factories.make_membership(body, **fields)

    page = page_of(client, body)

    _role, office, of_union, nothing, union = seats(page)
    assert (office, of_union, union) == ("судья", "Профсоюз", "Профсоюз")
    assert nothing
    assert HIDDEN_NAME not in page.text


# Drafts, other languages, old addresses


@pytest.mark.parametrize(
    "state",
    [
        {"status": Status.DRAFT, "publish_at": None},
        {"status": Status.IN_REVIEW, "publish_at": None},
        {"publish_at": timezone.now() + timedelta(days=1)},
    ],
    ids=["draft", "in review", "scheduled"],
)
def test_nothing_of_a_draft_is_at_any_address(client, editor_client, state):
    body = furnished_body(**state)
    plan = Body.objects.get(slug="part")

    for language in LANGUAGE_CODES:
        with translation.override(language):
            for name, address in pages_of(body).items():
                page = client.get(address, follow=True)
                assert page.status_code == (200 if name == "list" else 404), name
                assert SECRET not in page.text, name
                assert body.short_id not in page.text, name
    assert SECRET not in page_of(client, plan).text
    preview = page_of(editor_client, body)
    assert SECRET in preview.text
    assert reverse("admin:council_body_change", args=[body.pk])[3:] in preview.text


def test_drafts_around_a_body_are_not_named(client):
    draft = {"status": Status.DRAFT, "publish_at": None}
    series = factories.make_series()
    whole = factories.make_body(kind="council", title_ru=SECRET, **draft)
    organisation = factories.make_organisation()
    body = factories.make_body(parent=whole, series=series, organisation=organisation)
    factories.make_body(parent=body, title_ru=SECRET, **draft)
    factories.make_letter(sender=body, title_ru=SECRET, **draft)
    factories.make_plan(council=body, title_ru=SECRET, **draft)
    owing = factories.make_plan(title_ru=SECRET, **draft)
    row = factories.make_activity(factories.make_stage(owing))
    factories.make_responsible(row, organisation=organisation)
    factories.make_event(series=series, title_ru=SECRET, **draft)
    body.meetings.set([factories.make_event(title_ru=SECRET, **draft)])
    shown = factories.make_event(series=series, title_ru="Видно")

    page = page_of(client, body)

    assert SECRET not in page.text
    assert shown.title_ru in page.text


def test_bodies_without_a_series_do_not_gather_everybodys_meetings(client):
    factories.make_event(title_ru="Чужая встреча", series=None)

    assert "Чужая встреча" not in page_of(client, factories.make_body()).text


def test_a_withdrawn_body_says_why_and_an_old_address_leads_on(client):
    body = furnished_body()
    FormerSlug.objects.create(kind="council.body", slug="former", record_id=body.pk)
    old = reverse("council:body_detail", args=["former"])

    assert client.get(old).url == body.get_absolute_url()
    withdraw(body, None, {"ru": "Записан дважды"})
    for address in (body.get_absolute_url(), body.get_permanent_path(), old):
        gone = client.get(address, follow=True)
        assert gone.status_code == 410
        assert "Записан дважды" in gone.text
        for words in ("подробно", SHOWN_NAME, HIDDEN_NAME):
            assert words not in gone.text
    assert SECRET not in client.get(reverse("council:body_list")).text
    assert client.get(reverse("council:body_detail", args=["nowhere"])).status_code == 404
    assert client.get("/c/nowhere").status_code == 404


def test_the_permanent_address_leads_to_the_readers_language(client):
    body = factories.make_trilingual_body()

    page = client.get(body.get_permanent_path(), headers={"accept-language": "ky"})

    assert page.url == body.get_absolute_url().replace("/ru/", "/ky/")


def test_a_missing_language_is_replaced_said_and_not_claimed(client):
    body = factories.make_body(title_ky="Жашыруун", tasks_ky="Жашыруун милдет", tasks_ru="учить")
    factories.make_membership(body, office_ky="жашыруун кызмат", office_ru="юрист")

    address = body.get_absolute_url()

    page = client.get(address.replace("/ru/", "/ky/")).text
    assert "ашыруун" not in page
    assert f'<h1 lang="ru">{body.title_ru}</h1>' in page
    assert '<ul lang="ru"><li>учить</li></ul>' in page
    assert '<span lang="ru">юрист</span>' in page
    assert f'rel="canonical" href="http://testserver{address}"' in page
    assert "hreflang" not in page.split("</head>")[0]
    assert "ашыруун" not in client.get("/ky/council/").text


# The list


def test_the_list_has_councils_before_their_working_groups(client):
    group = factories.make_body(slug="a")
    commission = factories.make_body(kind="commission", slug="b")
    council = factories.make_body(kind="council", slug="c")

    listing = client.get(reverse("council:body_list")).context["listing"]

    assert listing.rows == [council, group, commission]


def test_an_empty_list_says_so(client):
    page = client.get(reverse("council:body_list"))

    assert page.status_code == 200
    assert 'class="notice"' in page.text


def test_an_invented_body_is_marked_wherever_it_is_shown(client):
    whole = factories.make_body(kind="council", is_demonstration=True)
    part = factories.make_body(parent=whole, is_demonstration=True)

    for address in (whole.get_absolute_url(), part.get_absolute_url()):
        assert 'class="demo"' in client.get(address).text
    assert client.get(reverse("council:body_list")).text.count('class="demo"') == 2


# Under strain


@pytest.mark.parametrize("query", NONSENSE)
def test_no_query_string_breaks_a_page(client, query):
    body = furnished_body()

    for address in pages_of(body).values():
        page = client.get(f"{address}?{query}", follow=True)
        assert page.status_code == 200
        assert "<script>" not in page.text


def test_no_field_brings_markup_into_a_page(client):
    organisation = factories.make_organisation(name_ru=HOSTILE)
    person = factories.make_person(family_name_ru=HOSTILE, given_names_ru=HOSTILE)
    body = factories.make_body(
        title_ru=HOSTILE,
        summary_ru=HOSTILE,
        body_ru=f"<p>{HOSTILE}</p>",
        tasks_ru=HOSTILE,
        note_ru=f"<p>{HOSTILE}</p>",
        organisation=organisation,
    )
    factories.make_body(parent=body, title_ru=HOSTILE)
    factories.make_letter(sender=body, title_ru=HOSTILE)
    factories.make_plan(council=body, title_ru=HOSTILE)
    factories.make_membership(
        body,
        person=person,
        organisation=organisation,
        office_ru=HOSTILE,
        consent_given_on=date(2013, 1, 1),
    )

    for address in (body.get_absolute_url(), reverse("council:body_list")):
        page = client.get(address)
        assert page.status_code == 200
        assert "<script>" not in page.text
        assert HOSTILE not in page.text
        assert HOSTILE in html.unescape(page.text)


def long_text(number, words):
    """Kyrgyz words, others for each number: few are frequent, most are rare, as in real texts."""
    return " ".join(texts.writer("ky").choose(texts.random_for("council", number, words), words))


@pytest.mark.parametrize("number", [1, 60])
def test_many_long_rows_make_small_pages_with_few_queries(
    client, django_assert_max_num_queries, number
):
    series = factories.make_series()
    its_organisation = factories.make_organisation()
    body = factories.make_trilingual_body(
        title_ky=long_text(0, 10),
        summary_ky=long_text(1, 30),
        body_ky=f"<p>{long_text(2, 60)}</p>",
        tasks_ky="\n".join(long_text(shift, 8) for shift in range(8)),
        series=series,
        organisation=its_organisation,
        parent=factories.make_body(kind="council"),
    )
    for place in range(number):
        title = {"title_ky": long_text(place, 8)}
        factories.make_trilingual_body(parent=body, summary_ky=long_text(place, 30), **title)
        factories.make_trilingual_event(series=series, **title)
        factories.make_planned_event(series=series, ready_ky=True, **title)
        factories.make_trilingual_letter(sender=body, **title)
        plan = factories.make_trilingual_plan(council=body, **title)
        if place < 12:
            row = factories.make_activity(factories.make_stage(plan))
            factories.make_responsible(row, organisation=its_organisation)
        factories.make_membership(
            body,
            person=factories.make_person(family_name_ky=long_text(place, 1)),
            consent_given_on=date(2013, 1, 1) if place % 2 else None,
            organisation=factories.make_organisation(name_ky=long_text(place, 5)),
            office_ky=long_text(place + 3, 5),
        )

    with translation.override("ky"):
        address = body.get_absolute_url()
        addresses = [address, f"{address}?page=2", reverse("council:body_list")]
    for address in addresses:
        with django_assert_max_num_queries(MOST_QUERIES):
            page = client.get(address)
        assert page.status_code == 200
        assert len(gzip.compress(page.content)) < MOST_BYTES, address


def test_all_members_of_a_large_body_stand_on_its_pages_once(client):
    body = factories.make_body()
    for number in range(120):
        factories.make_membership(body, office_ru=f"Должность {number}")

    told = [
        str(member.office_label)
        for page in (1, 2, 3)
        for _heading, members in page_of(client, body, f"?page={page}").context["members"].groups
        for member in members
    ]

    assert len(told) == len(set(told)) == 120
    assert page_of(client, body, "?page=99").context["members"].listing.page == 3


# Rules


def test_a_body_cannot_work_for_itself_not_even_in_a_circle():
    first = factories.make_body()
    second = factories.make_body(parent=first)
    third = factories.make_body(parent=second)

    for body, parent in ((first, first), (first, second), (first, third)):
        body.parent = parent
        with pytest.raises(ValidationError) as error:
            body.full_clean()
        assert list(error.value.error_dict) in (["parent"], ["parent", "__all__"], ["__all__"])


def test_days_that_cannot_be_are_refused():
    with pytest.raises(ValidationError) as error:
        factories.make_body(founded_on=timezone.localdate() + timedelta(days=1))
    assert list(error.value.error_dict) == ["founded_on"]
    with pytest.raises(ValidationError) as error:
        factories.make_membership(starts_on=date(213, 1, 1))
    assert list(error.value.error_dict) == ["starts_on"]
    with pytest.raises(ValidationError):
        factories.make_membership(starts_on=date(2013, 2, 1), ends_on=date(2013, 1, 1))


def test_consent_is_always_of_a_person_and_a_seat_of_somebody():
    with pytest.raises(ValidationError):
        factories.make_membership(consent_given_on=date(2013, 1, 1))
    with pytest.raises(ValidationError):
        factories.make_membership(office_ru="")
