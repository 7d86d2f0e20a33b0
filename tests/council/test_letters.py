"""The pages of letters, through their addresses: their texts, who worked on them, how many signed,
and nobody's name without consent."""

import gzip
import html
import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone, translation

from council.letters import SIGNATORIES_PER_PAGE
from council.models import (
    Letter,
    LetterState,
    LetterTask,
    LetterVersion,
    Signatory,
    SignatoryState,
)
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import FormerSlug, Status, withdraw
from tests import factories
from tests.council.test_bodies import (
    HIDDEN_NAME,
    HOSTILE,
    MOST_BYTES,
    MOST_QUERIES,
    NONSENSE,
    SECRET,
    SHOWN_NAME,
    long_text,
)

pytestmark = pytest.mark.django_db

DRAFT = {"status": Status.DRAFT, "publish_at": None}


def make_version(letter, number, **fields):
    version = LetterVersion(letter=letter, number=number, **fields)
    version.full_clean()
    version.save()
    return version


def make_task(letter, **fields):
    task = LetterTask(letter=letter, **{"task_ru": "окончательный текст"} | fields)
    task.full_clean()
    task.save()
    return task


def furnished_letter(**fields):
    """In three languages, with everything that its page can have."""
    defaults = {
        "slug": "letter",
        "title_ru": SECRET,
        "summary_ru": f"{SECRET} в кратком изложении",
        "body_ru": f"<p>{SECRET} подробно</p>",
        "addressee_ru": "Президенту",
        "state": LetterState.ANSWERED,
        "sent_on": date(2025, 2, 1),
        "answered_on": date(2025, 3, 1),
        "answer_ru": "Вопрос изучается.",
        "answer_document": factories.make_document(slug="its-answer"),
        "sender": factories.make_body(slug="its-sender"),
        "event": factories.make_event(slug="its-event"),
        "open_questions_ru": "Кто возглавит список?\nКогда отправлять?",
        "note_ru": "<p>От редактора</p>",
    }
    letter = factories.make_trilingual_letter(**defaults | fields)
    make_version(letter, 1, text_ru=f"<p>{SECRET} вчерне</p>", note_ru="роздан на семинаре")
    make_version(letter, 2, text_ru=f"<p>{SECRET} набело</p>", is_final=True)
    make_task(letter, who_ru="четверо участников")
    make_task(letter, organisation=factories.make_organisation(slug="its-helper"))
    hidden = factories.make_person(family_name_ru=HIDDEN_NAME)
    for state in SignatoryState:
        factories.make_signatory(letter, person=hidden, office_ru="Тайная должность", state=state)
    shown = factories.make_person(family_name_ru=SHOWN_NAME)
    factories.make_signatory(
        letter,
        person=shown,
        consent_given_on=date(2025, 1, 1),
        state=SignatoryState.SIGNED_ON_PAPER,
        heads_the_list=True,
        office_ru="правозащитница",
    )
    return letter


def pages_of(letter):
    """Addresses where something of the letter stands, by name, in the active language."""
    return {
        "list": reverse("council:letter_list"),
        "letter": letter.get_absolute_url(),
        "earlier version": letter.get_absolute_url() + "?version=1",
        "permanent": letter.get_permanent_path(),
    }


def page_of(client, letter, query=""):
    page = client.get(letter.get_absolute_url() + query)
    assert page.status_code == 200
    return page


def signatories_part(page):
    return page.text.partition('<section class="band" id="signatories">')[2].partition(
        "</section>"
    )[0]


# Every page, every language, every visitor


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_page_opens_for_readers_and_editors(client, editor_client, language):
    letter = furnished_letter()
    with translation.override(language):
        addresses = pages_of(letter)

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
    letter = furnished_letter()

    page = page_of(client, letter)

    for link in (
        reverse("library:document_detail", args=["its-answer"]),
        reverse("council:body_detail", args=["its-sender"]),
        reverse("events:event_detail", args=["its-event"]),
        reverse("library:organisation_detail", args=["its-helper"]),
    ):
        assert f'href="{link}"' in page.text
    for words in (
        "<dd>Президенту</dd>",
        '<time datetime="2025-02-01">1 февраля 2025</time>',
        '<time datetime="2025-03-01">1 марта 2025</time>',
        "<p>Вопрос изучается.</p>",
        "<li>Кто возглавит список?</li><li>Когда отправлять?</li>",
        "четверо участников",
        f"<p>{SECRET} набело</p>",
    ):
        assert words in page.text
    assert letter.state_sentence in page.text
    assert f"http://testserver{letter.get_permanent_path()}" in page.text


@pytest.mark.parametrize("state", LetterState)
def test_what_became_of_it_is_said_in_a_sentence_on_the_page_and_in_the_list(client, state):
    letter = factories.make_trilingual_letter(state=state)

    for language in LANGUAGE_CODES:
        with translation.override(language):
            sentence = html.escape(letter.state_sentence)
            assert sentence in page_of(client, letter).text
            assert sentence in client.get(reverse("council:letter_list")).text
    others = {Letter(state=other).state_sentence for other in LetterState}
    assert len(others) == len(LetterState)


def test_what_the_sources_do_not_say_is_said(client):
    unknown = page_of(client, factories.make_letter(state=LetterState.UNKNOWN)).text
    being_written = page_of(client, factories.make_letter(state=LetterState.DRAFTED)).text

    # To whom, sent on, answered on, text, who heads the list, the list itself, the answer.
    assert unknown.count('class="unstated"') == 7
    # Nobody asks when a letter that is being written was sent and answered.
    assert being_written.count('class="unstated"') == 4


def test_the_day_of_sending_and_of_the_answer_stand_in_the_sentence(client):
    sent = factories.make_letter(state=LetterState.SENT, sent_on=date(2025, 2, 1))
    answered = factories.make_letter(state=LetterState.ANSWERED, answered_on=date(2025, 3, 1))

    assert "1 февраля 2025" in sent.state_sentence
    assert "1 марта 2025" in answered.state_sentence
    assert sent.state_sentence in page_of(client, sent).text


# Texts


def test_the_final_text_comes_first_then_the_latest(client):
    letter = factories.make_letter()
    make_version(letter, 1, text_ru="<p>Первый</p>")
    final = make_version(letter, 2, text_ru="<p>Второй</p>", is_final=True)
    make_version(letter, 3, text_ru="<p>Третий</p>")

    texts = page_of(client, letter).context["texts"]
    assert [version.number for version in texts.versions] == [2, 3, 1]
    assert texts.shown == final
    LetterVersion.objects.filter(pk=final.pk).update(is_final=False)
    assert page_of(client, letter).context["texts"].shown.number == 3


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("?version=1", 1),
        ("?version=3", 3),
        ("?version=4", 2),
        ("?version=", 2),
        ("?version=01", 2),
        ("?version=1&version=9", 2),
        ("?version=-1", 2),
    ],
)
def test_an_address_asks_for_a_version_and_nonsense_gets_the_final_one(client, query, number):
    letter = factories.make_letter()
    for place in (1, 2, 3):
        make_version(letter, place, text_ru=f"<p>Текст-{place}</p>", is_final=place == 2)

    page = page_of(client, letter, query)

    assert re.findall(r"Текст-(\d)", page.text) == [str(number)]
    assert re.findall(r'<a href="\?version=(\d)" aria-current="true"', page.text) == [str(number)]
    assert f'rel="canonical" href="http://testserver{letter.get_absolute_url()}"' in page.text


def test_a_version_without_a_text_says_that_it_is_lost(client):
    letter = factories.make_letter()
    lost = make_version(letter, 1, note_ru="обсуждён на семинаре")

    page = page_of(client, letter)

    assert page.context["texts"].shown == lost
    assert page.context["texts"].is_lost
    assert "обсуждён на семинаре" in page.text
    # Of a single version there is no list.
    assert "<details" not in page.text


def test_a_text_stands_in_the_nearest_public_language_and_is_marked(client):
    letter = factories.make_trilingual_letter(original_language="ky")
    make_version(letter, 1, text_ru="<p>Только по-русски</p>")
    secret = factories.make_letter()  # ready in Russian alone
    make_version(secret, 1, text_ky="<p>Жашыруун</p>")

    for code in LANGUAGE_CODES:
        with translation.override(code):
            page = page_of(client, letter)
            mark = "" if code == "ru" else ' lang="ru"'
            assert f'<div class="prose prose--serif"{mark}><p>Только по-русски</p>' in page.text
            hidden = page_of(client, secret)
            assert "Жашыруун" not in hidden.text
            assert not hidden.context["texts"].is_lost


# Signatories


def test_everybody_is_counted_by_state(client):
    letter = factories.make_letter()
    for state, number in ((SignatoryState.INVITED, 3), (SignatoryState.SIGNED_ONLINE, 2)):
        for _number in range(number):
            factories.make_signatory(letter, state=state)

    page = page_of(client, letter)

    assert page.context["signatories"].counts == [("invited", 3), ("signed_online", 2)]
    part = signatories_part(page)
    assert re.findall(r"<dd>(\d+)</dd>", part) == ["3", "2"]


def test_who_did_not_agree_is_named_nowhere(client, editor_client):
    letter = furnished_letter()

    for visitor in (client, editor_client):
        for language in LANGUAGE_CODES:
            with translation.override(language):
                addresses = pages_of(letter)
            for name, address in addresses.items():
                text = visitor.get(address, follow=True).text
                assert HIDDEN_NAME not in text, name
                assert "Тайная" not in text, name
                assert (SHOWN_NAME in text) is (name != "list"), name


PERSON, OFFICE, ORGANISATION = "Имя-Человека", "Должность-Его", "Организация-Его"


@pytest.mark.parametrize("state", SignatoryState)
@pytest.mark.parametrize("who", ["person", "agreed person", "organisation", "office"])
def test_who_is_named_follows_consent_and_the_state(client, who, state):
    letter = factories.make_letter()
    fields = {"office_ru": OFFICE, "state": state}
    if "person" in who:
        fields["person"] = factories.make_person(family_name_ru=PERSON)
    if who != "office":
        fields["organisation"] = factories.make_organisation(name_ru=ORGANISATION)
    if who == "agreed person":
        fields["consent_given_on"] = date(2025, 1, 1)
    signatory = factories.make_signatory(letter, **fields)

    page = page_of(client, letter)

    expected = set()
    if who == "agreed person" and state not in ("declined", "withdrawn"):
        expected = {PERSON, OFFICE, ORGANISATION}
    elif who == "organisation" and state in ("signed_on_paper", "signed_online"):
        expected = {ORGANISATION}  # its office would point to a person
    assert {words for words in (PERSON, OFFICE, ORGANISATION) if words in page.text} == expected
    assert page.context["signatories"].counts == [(state, 1)]
    # A set of them and a single one agree.
    assert signatory.is_named is bool(expected)
    assert list(Signatory.objects.named()) == ([signatory] if expected else [])


@pytest.mark.parametrize(
    ("fields", "named", "is_open"),
    [
        (None, [], True),
        ({}, [], True),
        ({"heads_the_list": True}, [], False),
        ({"heads_the_list": True, "state": "declined"}, [], True),
        ({"heads_the_list": True, "consent": True}, [SHOWN_NAME], False),
        ({"heads_the_list": True, "consent": True, "state": "withdrawn"}, [], True),
    ],
)
def test_who_heads_the_list_is_named_known_or_an_open_question(client, fields, named, is_open):
    letter = factories.make_letter()
    if fields is not None:
        fields = dict(fields)
        if fields.pop("consent", False):
            fields["consent_given_on"] = date(2025, 1, 1)
        person = factories.make_person(family_name_ru=SHOWN_NAME)
        factories.make_signatory(letter, person=person, **fields)

    signatories = page_of(client, letter).context["signatories"]

    heads = [row.person.family_name_ru for row in signatories.named_at_the_head]
    assert heads == named
    assert (not signatories.at_the_head) is is_open


def test_the_open_question_and_the_head_without_a_name_are_told_apart(client):
    nobody = signatories_part(page_of(client, factories.make_letter()))
    letter = factories.make_letter()
    factories.make_signatory(letter, heads_the_list=True)
    somebody = signatories_part(page_of(client, letter))

    def first(part):
        return re.search(r'<dd class="unstated">(.*?)</dd>', part)[1]

    assert first(nobody) != first(somebody)


def test_all_who_may_be_named_stand_on_the_pages_once(client):
    letter = factories.make_letter()
    for _number in range(SIGNATORIES_PER_PAGE + 10):
        factories.make_signatory(
            letter, person=factories.make_person(), consent_given_on=date(2025, 1, 1)
        )
        factories.make_signatory(letter, person=factories.make_person())

    leaves = [
        page_of(client, letter, f"?page={page}").context["signatories"].named for page in (1, 2, 99)
    ]

    assert [len(leaf.rows) for leaf in leaves] == [SIGNATORIES_PER_PAGE, 10, 10]
    assert len({row.pk for leaf in leaves[:2] for row in leaf.rows}) == SIGNATORIES_PER_PAGE + 10


# Drafts, other languages, old addresses


@pytest.mark.parametrize(
    "state",
    [DRAFT, {**DRAFT, "status": Status.IN_REVIEW}, {"publish_at": timezone.now() + timedelta(1)}],
    ids=["draft", "in review", "scheduled"],
)
def test_nothing_of_a_draft_is_at_any_address(client, editor_client, state):
    letter = furnished_letter(**state)

    for language in LANGUAGE_CODES:
        with translation.override(language):
            for name, address in pages_of(letter).items():
                page = client.get(address, follow=True)
                assert page.status_code == (200 if name == "list" else 404), name
                assert SECRET not in page.text, name
                assert letter.short_id not in page.text, name
    assert SECRET not in client.get(reverse("council:body_detail", args=["its-sender"])).text
    preview = page_of(editor_client, letter)
    assert SECRET in preview.text
    assert reverse("admin:council_letter_change", args=[letter.pk])[3:] in preview.text


def test_drafts_around_a_letter_are_not_named(client):
    letter = factories.make_letter(
        state=LetterState.ANSWERED,
        sender=factories.make_body(title_ru=SECRET, **DRAFT),
        event=factories.make_event(title_ru=SECRET, **DRAFT),
        answer_document=factories.make_document(title_ru=SECRET, **DRAFT),
    )

    assert SECRET not in page_of(client, letter).text


def test_a_withdrawn_letter_says_why_and_an_old_address_leads_on(client):
    letter = furnished_letter()
    FormerSlug.objects.create(kind="council.letter", slug="former", record_id=letter.pk)
    old = reverse("council:letter_detail", args=["former"])

    assert client.get(old).url == letter.get_absolute_url()
    withdraw(letter, None, {"ru": "Опубликовано по ошибке"})
    for address in (letter.get_absolute_url(), letter.get_permanent_path(), old):
        gone = client.get(address, follow=True)
        assert gone.status_code == 410
        assert "Опубликовано по ошибке" in gone.text
        for words in ("набело", SHOWN_NAME, HIDDEN_NAME):
            assert words not in gone.text
    assert SECRET not in client.get(reverse("council:letter_list")).text
    assert client.get(reverse("council:letter_detail", args=["nowhere"])).status_code == 404
    assert client.get("/l/nowhere").status_code == 404


def test_the_permanent_address_leads_to_the_readers_language(client):
    letter = factories.make_trilingual_letter()

    page = client.get(letter.get_permanent_path(), headers={"accept-language": "en"})

    assert page.url == letter.get_absolute_url().replace("/ru/", "/en/")


def test_a_missing_language_is_replaced_said_and_not_claimed(client):
    letter = factories.make_letter(
        title_ky="Жашыруун", addressee_ky="Жашыруунга", addressee_ru="Президенту"
    )
    make_task(letter, task_ky="жашыруун иш", who_ru="четверо", who_ky="жашыруун төртөө")

    address = letter.get_absolute_url()

    page = client.get(address.replace("/ru/", "/ky/")).text
    assert "ашыруун" not in page
    assert f'<h1 lang="ru">{letter.title_ru}</h1>' in page
    assert '<dd><span lang="ru">Президенту</span></dd>' in page
    assert f'rel="canonical" href="http://testserver{address}"' in page
    assert "hreflang" not in page.split("</head>")[0]
    assert "ашыруун" not in client.get("/ky/letters/").text


# The list


def test_the_list_has_the_latest_first_and_those_never_sent_at_the_end(client):
    never = factories.make_letter()
    old, new = (
        factories.make_letter(state=LetterState.SENT, sent_on=date(year, 1, 1))
        for year in (2013, 2025)
    )

    listing = client.get(reverse("council:letter_list")).context["listing"]

    assert listing.rows == [new, old, never]


def test_an_empty_list_says_so_and_an_invented_letter_is_marked(client):
    assert 'class="notice"' in client.get(reverse("council:letter_list")).text

    letter = factories.make_letter(is_demonstration=True)

    for address in (reverse("council:letter_list"), letter.get_absolute_url()):
        assert 'class="demo"' in client.get(address).text


# Under strain


@pytest.mark.parametrize("query", NONSENSE)
def test_no_query_string_breaks_a_page(client, query):
    letter = furnished_letter()

    for address in pages_of(letter).values():
        page = client.get(f"{address.partition('?')[0]}?{query}", follow=True)
        assert page.status_code == 200
        assert "<script>" not in page.text


def test_no_field_brings_markup_into_a_page(client):
    organisation = factories.make_organisation(name_ru=HOSTILE)
    letter = factories.make_letter(
        title_ru=HOSTILE,
        summary_ru=HOSTILE,
        body_ru=f"<p>{HOSTILE}</p>",
        addressee_ru=HOSTILE,
        state=LetterState.ANSWERED,
        answer_ru=HOSTILE,
        answer_document=factories.make_document(title_ru=HOSTILE),
        sender=factories.make_body(title_ru=HOSTILE),
        event=factories.make_event(title_ru=HOSTILE),
        open_questions_ru=HOSTILE,
        note_ru=f"<p>{HOSTILE}</p>",
    )
    make_version(letter, 1, text_ru=f"<p>{HOSTILE}</p>", note_ru=HOSTILE)
    make_version(letter, 2, text_ru="<p style='color:red' onclick='x()'>Да</p><script>1</script>")
    make_task(letter, task_ru=HOSTILE, who_ru=HOSTILE, organisation=organisation)
    factories.make_signatory(
        letter,
        person=factories.make_person(family_name_ru=HOSTILE),
        organisation=organisation,
        office_ru=HOSTILE,
        consent_given_on=date(2025, 1, 1),
    )

    for address in pages_of(letter).values():
        page = client.get(address, follow=True)
        assert page.status_code == 200
        for bad in ("<script>", HOSTILE, "onclick", "style="):
            assert bad not in page.text
        assert HOSTILE in html.unescape(page.text)


@pytest.mark.parametrize("number", [1, 60])
def test_many_long_rows_make_small_pages_with_few_queries(
    client, django_assert_max_num_queries, number
):
    letter = factories.make_trilingual_letter(
        title_ky=long_text(0, 10),
        summary_ky=long_text(1, 30),
        state=LetterState.ANSWERED,
        answer_ky=long_text(2, 60),
        answer_document=factories.make_document(),
        sender=factories.make_body(),
        event=factories.make_event(),
        open_questions_ky="\n".join(long_text(shift, 12) for shift in range(6)),
    )
    for place in range(number):
        factories.make_trilingual_letter(
            title_ky=long_text(place, 8), summary_ky=long_text(place, 30)
        )
        organisation = factories.make_organisation(name_ky=long_text(place, 5))
        if place < 10:
            text = "".join(f"<p>{long_text(place + shift, 40)}</p>" for shift in range(6))
            make_version(letter, place + 1, text_ky=text, note_ky=long_text(place, 6))
            task = {"task_ky": long_text(place, 8), "who_ky": long_text(place, 3)}
            make_task(letter, organisation=organisation, **task)
        factories.make_signatory(
            letter,
            person=factories.make_person(family_name_ky=long_text(place, 1)),
            consent_given_on=date(2025, 1, 1),
            organisation=organisation,
            office_ky=long_text(place + 3, 5),
            heads_the_list=place == 0,
        )

    with translation.override("ky"):
        address = letter.get_absolute_url()
        addresses = [
            address,
            f"{address}?page=2",
            f"{address}?version=1",
            reverse("council:letter_list"),
        ]
    for address in addresses:
        with django_assert_max_num_queries(MOST_QUERIES):
            page = client.get(address)
        assert page.status_code == 200
        assert len(gzip.compress(page.content)) < MOST_BYTES, address


# Rules


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"state": "sent", "sent_on": timezone.localdate() + timedelta(days=2)}, "sent_on"),
        ({"state": "sent", "sent_on": date(213, 1, 1)}, "sent_on"),
        ({"state": "drafted", "sent_on": date(2013, 1, 1)}, "state"),
        ({"state": "signing", "sent_on": date(2013, 1, 1)}, "state"),
        ({"state": "sent", "answered_on": date(2013, 1, 1)}, "state"),
        ({"state": "sent", "answer_ky": "Жооп"}, "state"),
        (
            {"state": "answered", "sent_on": date(2013, 2, 1), "answered_on": date(2013, 1, 1)},
            "__all__",
        ),
    ],
)
def test_what_a_letter_says_of_itself_fits_together(fields, place):
    with pytest.raises(ValidationError) as error:
        factories.make_letter(**fields)

    assert list(error.value.error_dict) == [place]


def test_a_letter_has_one_final_text_and_each_number_once():
    letter = factories.make_letter()
    make_version(letter, 1, is_final=True)

    for number, fields in ((1, {}), (2, {"is_final": True})):
        with pytest.raises(ValidationError):
            make_version(letter, number, **fields)
    with pytest.raises(ValidationError):
        make_version(letter, 3, dated_on=timezone.localdate() + timedelta(days=2))


def test_a_signatory_is_somebody_and_a_task_is_something():
    letter = factories.make_letter()

    with pytest.raises(ValidationError):
        factories.make_signatory(letter, office_ru="")
    with pytest.raises(ValidationError):
        factories.make_signatory(letter, consent_given_on=date(2025, 1, 1))
    with pytest.raises(ValidationError):
        factories.make_signatory(letter, state_on=timezone.localdate() + timedelta(days=2))
    with pytest.raises(ValidationError):
        make_task(letter, task_ru="", who_ru="четверо")
