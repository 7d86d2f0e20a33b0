"""Records of other portals as drafts. The source is our own /oai, or answers written by hand."""

import http.server
import threading
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from lxml import etree

from library.harvest.answers import SourceError
from library.harvest.fetching import Fetcher, FetchFailed
from library.harvest.harvesting import Harvest
from library.models import (
    Document,
    HarvestedRecord,
    HarvestSource,
    Kind,
    Organisation,
    Person,
    Role,
)
from library.models.documents import ContributionRole, Licence
from library.models.harvest import OaiItem, OaiProgress
from library.oai import answers
from library.oai.views import REQUESTS
from mrc_portal.publishing import Status, withdraw
from tests.factories import (
    get_country,
    make_contribution,
    make_document,
    make_draft,
    make_file,
    make_organisation,
    make_topic,
)
from tests.library.test_dublin_core import make_full_document

pytestmark = pytest.mark.django_db
URL = "https://other.example/oai"
DC_RECORD = """<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">{}</oai_dc:dc>"""
FORMATS = """<ListMetadataFormats><metadataFormat><metadataPrefix>oai_dc</metadataPrefix>
<schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema>
<metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace>
</metadataFormat></ListMetadataFormats>"""


@pytest.fixture(autouse=True)
def no_limit():
    REQUESTS.forget()


class OwnPortal(Fetcher):
    """Our own /oai without a network; what it answered can be answered again."""

    def __init__(self):
        super().__init__(pause=0)
        self.answers = {}
        self.asked = []

    def get(self, url, arguments):
        key = tuple(sorted(arguments.items()))
        self.asked.append(dict(arguments))
        if key not in self.answers:
            self.answers[key] = Client().get("/oai", arguments).content
        return self.answers[key]


class Source(Fetcher):
    """A source whose pages are written by hand."""

    def __init__(self, *pages, granularity="YYYY-MM-DDThh:mm:ssZ"):
        super().__init__(pause=0)
        self.pages = pages
        self.granularity = granularity
        self.asked = []

    def get(self, url, arguments):
        self.asked.append(dict(arguments))
        verb = arguments["verb"]
        number = int(arguments.get("resumptionToken", "page-0").removeprefix("page-"))
        body = {
            "Identify": f"<Identify><granularity>{self.granularity}</granularity></Identify>",
            "ListMetadataFormats": FORMATS,
        }.get(verb)
        if body is None:
            page = self.pages[number]
            if isinstance(page, Exception):
                raise page
            body = page
            if body.startswith(("<record", "<header")):
                token = f"page-{number + 1}" if number + 1 < len(self.pages) else ""
                body = (
                    f"<ListRecords>{body}<resumptionToken>{token}</resumptionToken></ListRecords>"
                )
        return (
            f'<OAI-PMH xmlns="{answers.NAMESPACE}"><responseDate>2026-01-02T03:04:05Z'
            f"</responseDate><request/>{body}</OAI-PMH>"
        ).encode()


def record(identifier, content="<dc:title>Report</dc:title>", *, datestamp="2025-01-01"):
    return (
        f"<record><header><identifier>{identifier}</identifier><datestamp>{datestamp}</datestamp>"
        f"</header><metadata>{DC_RECORD.format(content)}</metadata></record>"
    )


def deleted(identifier):
    return (
        f'<record><header status="deleted"><identifier>{identifier}</identifier>'
        "<datestamp>2025-02-01</datestamp></header></record>"
    )


def error(code):
    return f'<error code="{code}">no</error>'


def harvest(fetcher, **options):
    return dict(Harvest(URL, fetcher, **options).run())


def one_draft(content, **options):
    assert harvest(Source(record("oai:x:1", content)), **options) == {"new": 1}
    return Document.objects.get()


def forget_everything():
    """As on another portal, which has topics and countries but none of these documents."""
    Document.objects.all().delete()
    Document.history.all().delete()
    Person.objects.all().delete()
    Organisation.objects.all().delete()
    OaiItem.objects.all().delete()
    OaiProgress.objects.all().delete()


# From our own portal


@pytest.mark.parametrize("prefix", ["mods", "oai_dc"])
def test_a_record_of_ours_comes_back_as_a_draft(settings, prefix):
    settings.SITE_URL = "https://mrc.example"
    funder = make_organisation(name_ru="Фонд", name_en="Fund")
    document = make_full_document(kind=Kind.REVIEW, place_ru="Бишкек", page_total=24, funder=funder)
    make_contribution(document, role=ContributionRole.EDITOR, position=2)
    make_file(document, language="ru", role=Role.FULL_TEXT)
    said = {
        name: getattr(document, name)
        for name in (
            "title_ru",
            "title_ky",
            "title_en",
            "summary_ru",
            "doi",
            "isbn",
            "licence",
            "kind",
            "issued_on",
            "issued_precision",
            "original_language",
        )
    }
    permanent = "https://mrc.example" + document.get_permanent_path()
    portal = OwnPortal()
    topics, countries = list(document.topics.all()), list(document.countries.all())
    assert harvest(portal, metadata_prefix=prefix) == {"new": 1}
    forget_everything()
    HarvestedRecord.objects.all().delete()
    HarvestSource.objects.all().delete()

    assert harvest(portal, metadata_prefix=prefix) == {"new": 1}

    draft = Document.objects.get()
    if prefix == "oai_dc":  # has no room for it
        said["title_ru"] += ": памятка"
    assert {name: getattr(draft, name) for name in said} == said
    assert draft.status == Status.DRAFT
    assert draft.ready_languages == ()
    assert draft.source_url == permanent
    assert list(draft.topics.all()) == topics
    assert list(draft.countries.all()) == countries
    author = draft.authors[0].person
    assert (author.family_name_ru, author.given_names_en) == ("Асанова", "Aida")
    assert (draft.publisher.name_ru, draft.publisher.name_en) == ("Центр", "Centre")
    assert URL in draft.note_ru
    if prefix == "mods":
        assert (draft.subtitle_ru, draft.page_total, draft.place_ru) == ("памятка", 24, "Бишкек")
        assert (draft.series_ru, draft.series_number) == ("Памятки", "3")
        assert draft.funder.name_en == "Fund"
        assert author.orcid == "0000-0002-1825-0097"
        assert [it.role for it in draft.contributions.all()] == ["author", "editor"]


def test_a_second_harvest_asks_for_what_is_new_and_takes_nothing_twice():
    make_document()
    first = OwnPortal()
    assert harvest(first) == {"new": 1}

    OaiItem.objects.update(datestamp=datetime(2020, 1, 1, tzinfo=UTC))  # not within this second
    second = OwnPortal()
    assert harvest(second) == {}

    assert "from" not in first.asked[-1]
    assert second.asked[-1]["from"] == HarvestSource.objects.get().complete_until
    assert Document.objects.filter(status=Status.DRAFT).count() == 1


def test_long_lists_are_taken_page_by_page(monkeypatch):
    monkeypatch.setattr(answers, "RECORDS_ON_A_PAGE", 2)
    documents = [make_document() for _number in range(5)]
    withdraw(documents[0], None, {"ru": "Ошибка."})

    assert harvest(OwnPortal()) == {"new": 4, "deleted": 1}

    assert Document.objects.filter(status=Status.DRAFT).count() == 4
    gone = HarvestedRecord.objects.get(is_deleted=True)
    assert gone.identifier.endswith(documents[0].short_id)
    assert gone.document is None


@pytest.mark.django_db(transaction=True)
def test_over_the_network(live_server, settings):
    make_document(title_ru="Через сеть")
    output = StringIO()

    with pytest.raises(CommandError, match="private"):
        call_command("harvest", f"{live_server.url}/oai", pause=0)
    call_command("harvest", f"{live_server.url}/oai", pause=0, allow_private=True, stdout=output)

    assert Document.objects.get(status=Status.DRAFT).title_ru == "Через сеть"
    assert "1 new" in output.getvalue()


# What becomes of drafts


def test_an_untouched_draft_follows_its_source():
    draft = one_draft("<dc:title>Report</dc:title><dc:creator>Smith, Ann</dc:creator>")

    changed = record("oai:x:1", "<dc:title>Corrected</dc:title>", datestamp="2025-03-01")
    assert harvest(Source(changed)) == {"updated": 1}

    draft.refresh_from_db()
    assert draft.title_en == "Corrected"
    assert draft.authors == []
    assert Document.objects.count() == 1


@pytest.mark.parametrize("change", ["saved", "published"])
def test_what_an_editor_has_touched_is_left_alone(change):
    draft = one_draft("<dc:title>Report</dc:title>")
    draft.title_ru = "Отчёт"
    if change == "published":
        draft.ready_ru, draft.status, draft.publish_at = True, Status.PUBLISHED, draft.created_at
    draft.save()

    assert harvest(Source(record("oai:x:1", "<dc:title>Corrected</dc:title>"))) == {"kept": 1}

    draft.refresh_from_db()
    assert (draft.title_en, draft.title_ru) == ("Report", "Отчёт")


def test_what_an_editor_has_thrown_away_does_not_come_back():
    one_draft("<dc:title>Report</dc:title>").delete()

    assert harvest(Source(record("oai:x:1", "<dc:title>Corrected</dc:title>"))) == {"skipped": 1}

    assert not Document.objects.exists()


def test_what_is_deleted_there_is_noted_and_stays_here():
    draft = one_draft("<dc:title>Report</dc:title>")

    assert harvest(Source(deleted("oai:x:1"))) == {"deleted": 1}

    harvested = HarvestedRecord.objects.get()
    assert harvested.is_deleted
    assert harvested.document == draft
    assert harvest(Source(record("oai:x:1"))) == {"updated": 1}
    harvested.refresh_from_db()
    assert not harvested.is_deleted


def test_the_same_record_by_two_sets_is_one():
    assert harvest(Source(record("oai:x:1")), set_spec="a") == {"new": 1}
    assert harvest(Source(record("oai:x:1")), set_spec="b") == {"unchanged": 1}
    assert Document.objects.count() == 1


# How names and texts are understood


def test_names_are_known_in_any_language():
    topic = make_topic(name_ru="Труд", name_ky="Эмгек", name_en="Labour")
    organisation = make_organisation(name_ru="Центр", abbreviation_en="TSPC")
    draft = one_draft(
        "<dc:title xml:lang='ky'>Отчет</dc:title><dc:subject>ЭМГЕК</dc:subject>"
        "<dc:subject>Something else</dc:subject><dc:coverage>Kazakhstan</dc:coverage>"
        "<dc:creator>TSPC</dc:creator><dc:publisher>центр</dc:publisher>"
    )

    assert list(draft.topics.all()) == [topic]
    assert list(draft.countries.all()) == [get_country("KZ")]
    assert draft.authors[0].organisation == draft.publisher == organisation
    assert "Something else" in draft.note_ky
    assert draft.original_language == "ky"


def test_new_people_and_organisations_are_made_once():
    both = (
        "<dc:title>{}</dc:title><dc:creator>Smith, Ann</dc:creator>"
        "<dc:creator>World Bank</dc:creator>"
    )
    pages = [record("a", both.format("One")) + record("b", both.format("Two"))]

    assert harvest(Source(*pages)) == {"new": 2}

    person, organisation = Person.objects.get(), Organisation.objects.get()
    assert (person.family_name_en, person.given_names_en) == ("Smith", "Ann")
    assert organisation.name_en == "World Bank"
    assert person.contributions.count() == organisation.contributions.count() == 2


@pytest.mark.parametrize(
    ("content", "field", "value"),
    [
        ("<dc:title>Отчёт</dc:title>", "title_ru", "Отчёт"),
        ("<dc:title>Өкмөттүн отчету</dc:title>", "title_ky", "Өкмөттүн отчету"),
        ("<dc:title>A</dc:title><dc:date>2012-03</dc:date>", "issued_precision", "month"),
        (
            "<dc:title>A</dc:title><dc:date>2015-01-01T00:00:00Z</dc:date><dc:date>2012</dc:date>",
            "issued_precision",
            "year",
        ),
        ("<dc:title>A</dc:title><dc:date>lately</dc:date>", "issued_on", None),
        (
            "<dc:title>A</dc:title><dc:type>info:eu-repo/semantics/review</dc:type>",
            "kind",
            Kind.REVIEW,
        ),
        ("<dc:title>A</dc:title><dc:type>painting</dc:type>", "kind", Kind.OTHER),
        (
            "<dc:title>A</dc:title><dc:rights>http://creativecommons.org/licenses/by/4.0</dc:rights>",
            "licence",
            Licence.CC_BY,
        ),
        ("<dc:title>A</dc:title><dc:identifier>doi:10.1234/x</dc:identifier>", "doi", "10.1234/x"),
        (
            "<dc:title>A</dc:title><dc:identifier>978-5-0000-0000-7</dc:identifier>",
            "isbn",
            "9785000000007",
        ),
        (
            "<dc:title>A</dc:title><dc:identifier>javascript:alert(1)</dc:identifier>",
            "source_url",
            "",
        ),
        (
            "<dc:title>A</dc:title><dc:description>&lt;b&gt;Bold&lt;/b&gt; text</dc:description>",
            "summary_en",
            "Bold text",
        ),
    ],
)
def test_how_fields_are_read(content, field, value):
    assert getattr(one_draft(content), field) == value


def test_a_title_that_is_too_long_is_cut_and_kept_in_the_note():
    draft = one_draft(f"<dc:title>{'long ' * 100}</dc:title>")

    assert len(draft.title_en) == 300
    assert ("long " * 100).strip() in draft.note_en


def test_hostile_texts_stay_texts():
    draft = one_draft(
        "<dc:title>&lt;script&gt;alert(1)&lt;/script&gt; A</dc:title>"
        "<dc:subject>&lt;img src=x onerror=alert(1)&gt; B</dc:subject>"
    )

    assert "<script" not in draft.title_en
    assert "<img" not in draft.note_en


def test_a_perhaps_same_document_is_named():
    make_draft(doi="10.1234/x", title_ru="Уже есть")

    assert harvest(
        Source(record("a", "<dc:title>A</dc:title><dc:identifier>10.1234/x</dc:identifier>"))
    ) == {"new": 1}

    assert "Уже есть" in Document.objects.latest("pk").note_en


def test_a_record_that_cannot_be_read_stops_nothing():
    nothing = record("a", "<dc:subject>no title</dc:subject>")

    long_name = record("x" * 501)

    assert harvest(Source(nothing + long_name + record("b"))) == {"skipped": 2, "new": 1}


def test_names_and_texts_of_any_length_fit_somewhere():
    draft = one_draft(
        "<dc:title>A</dc:title>"
        f"<dc:creator>{'Smith' * 60}, {'Ann' * 60}</dc:creator>"
        f"<dc:creator>{'Institute ' * 60}</dc:creator>"
        f"<dc:publisher>{'Press ' * 41}</dc:publisher>"
        f"<dc:identifier>10.1234/{'x' * 300}</dc:identifier>"
        f"<dc:identifier>https://x.example/{'y' * 600}</dc:identifier>"
        f"<dc:subject>{'z' * 5000}</dc:subject><dc:date>99999</dc:date>"
    )

    assert draft.doi == draft.source_url == ""
    assert all(it in draft.note_en for it in ("x" * 300, "y" * 600, "z" * 5000, "Institute"))


def test_an_invented_record_is_told_to_be_one():
    make_document(is_demonstration=True)
    portal = OwnPortal()
    assert harvest(portal) == {"new": 1}

    draft = Document.objects.get(status=Status.DRAFT)

    said = etree.fromstring(portal.answers[tuple(sorted(portal.asked[-1].items()))])
    assert said.findtext(".//{*}note") in draft.note_ru


def test_editors_look_up_what_was_taken_and_change_nothing(client, editor):
    draft = one_draft("<dc:title>Report</dc:title>")
    harvested = HarvestedRecord.objects.get()
    address = reverse("admin:library_harvestedrecord_changelist")

    listed = client.get(address)
    shown = client.get(reverse("admin:library_harvestedrecord_change", args=[harvested.pk]))

    assert "oai:x:1" in listed.text
    assert draft.title_en in shown.text
    assert 'type="submit"' not in shown.text.split('id="content"')[1]
    assert client.get(f"{address}add/").status_code == 403


# Broken off, wrong, hostile


def test_a_harvest_that_was_broken_off_goes_on():
    pages = [record("a"), FetchFailed("gone"), record("c")]
    with pytest.raises(FetchFailed):
        harvest(Source(*pages))
    assert HarvestSource.objects.get().resumption_token == "page-1"

    again = Source(record("a"), record("b"), record("c"))
    assert harvest(again) == {"new": 2}

    asked = [it["resumptionToken"] for it in again.asked if "resumptionToken" in it]
    assert asked == ["page-1", "page-2"]
    source = HarvestSource.objects.get()
    assert (source.resumption_token, source.complete_until) == ("", "2026-01-02T03:04:05Z")


def test_a_page_that_fails_half_way_is_taken_whole_the_next_time(monkeypatch):
    from library.harvest.drafts import Drafts

    take = Drafts.take

    def fail_at_b(self, source_record):
        if source_record.identifier == "b":
            raise KeyboardInterrupt
        return take(self, source_record)

    monkeypatch.setattr(Drafts, "take", fail_at_b)
    with pytest.raises(KeyboardInterrupt):
        harvest(Source(record("a") + record("b")))
    assert not Document.objects.exists()
    monkeypatch.undo()

    assert harvest(Source(record("a") + record("b"))) == {"new": 2}


def test_a_token_that_was_forgotten_begins_again():
    with pytest.raises(FetchFailed):
        harvest(Source(record("a"), FetchFailed("gone")))

    class Forgetful(Source):
        is_forgetful = True

        def get(self, url, arguments):
            if "resumptionToken" in arguments and self.is_forgetful:
                self.is_forgetful = False
                return Source(error("badResumptionToken")).get(url, {"verb": "ListRecords"})
            return super().get(url, arguments)

    assert harvest(Forgetful(record("a"), record("b"))) == {"unchanged": 1, "new": 1}


def test_a_limit_is_kept_and_each_run_gets_further():
    pages = [record("a") + record("b") + record("c"), record("d")]

    assert harvest(Source(*pages), limit=2) == {"new": 2}
    assert harvest(Source(*pages), limit=2) == {"unchanged": 2, "new": 2}
    assert Document.objects.count() == 4


def test_a_source_that_knows_days_is_asked_for_days():
    harvest(Source(record("a"), granularity="YYYY-MM-DD"))

    second = Source(error("noRecordsMatch"), granularity="YYYY-MM-DD")
    assert harvest(second) == {}

    assert second.asked[-1]["from"] == "2026-01-02"


def test_a_day_is_asked_for_by_its_first_second():
    source = Source(record("a"))

    harvest(source, since="2024-05-20")

    assert source.asked[-1]["from"] == "2024-05-20T00:00:00Z"


def test_a_source_that_turns_in_circles_is_left():
    class Circle(Source):
        def get(self, url, arguments):
            if "resumptionToken" in arguments:
                arguments = arguments | {"resumptionToken": "page-0"}
            return super().get(url, arguments)

    with pytest.raises(SourceError, match="same page"):
        harvest(Circle(record("a"), record("b")))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html></html>",
        b"not xml",
        b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><OAI-PMH>&c;</OAI-PMH>',
        f'<OAI-PMH xmlns="{answers.NAMESPACE}"><error code="badVerb"/></OAI-PMH>'.encode(),
        b"\xff\xfe\x00",
    ],
)
def test_wrong_answers_are_said_aloud(monkeypatch, answer):
    monkeypatch.setattr(Fetcher, "get", lambda *args: answer)

    with pytest.raises(CommandError, match="Run it again"):
        call_command("harvest", URL)


def test_files_of_ours_are_never_read_through_an_entity(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("geheim")
    entity = f'<!DOCTYPE x [<!ENTITY f SYSTEM "file://{secret}">]>'

    class Hostile(Source):
        def get(self, url, arguments):
            return entity.encode() + super().get(url, arguments)

    with pytest.raises(SourceError, match="document type"):
        harvest(Hostile(record("a", "<dc:title>A &f; B</dc:title>")))

    assert "geheim" not in str(Document.objects.values())


def test_an_unknown_format_is_said_aloud():
    with pytest.raises(SourceError, match="oai_dc"):
        harvest(Source(record("a")), metadata_prefix="marc21")


# HTTP


@pytest.fixture
def server():
    """Answers what a test puts into `answers`: (status, headers, body)."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append((self.path, dict(self.headers)))
            status, headers, body = server.answers.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.answers = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/oai"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def fetcher(**options):
    waits = []
    return Fetcher(**{"allow_private": True, "pause": 7, "sleep": waits.append} | options), waits


def test_requests_are_polite(server, settings):
    settings.SITE_URL, settings.CONTACT_EMAIL = "https://mrc.example", "us@mrc.example"
    server.answers = [
        (503, {"Retry-After": "30"}, b""),
        (429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b""),
        (200, {}, b"one"),
        (200, {}, b"two"),
    ]
    asking, waits = fetcher()

    assert asking.get(server.url, {"verb": "Identify"}) == b"one"
    assert asking.get(server.url, {"verb": "ListRecords"}) == b"two"

    assert waits == [30, 7, 0, 7, 7]
    path, headers = server.asked[0]
    assert path == "/oai?verb=Identify"
    assert "https://mrc.example" in headers["User-Agent"]
    assert "us@mrc.example" in headers["User-Agent"]


def test_a_server_that_wants_to_be_left_alone_is(server):
    server.answers = [(503, {"Retry-After": "86400"}, b"")]
    asking, waits = fetcher()

    with pytest.raises(FetchFailed, match="503"):
        asking.get(server.url, {})

    assert waits == []


def test_patience_has_an_end(server):
    server.answers = [(503, {}, b"")] * 9
    asking, _waits = fetcher(pause=0)

    with pytest.raises(FetchFailed, match="503"):
        asking.get(server.url, {})

    assert len(server.asked) == 5


def test_redirects_are_followed_for_a_while(server):
    server.answers = [(302, {"Location": "/elsewhere?verb=Identify"}, b""), (200, {}, b"there")]
    asking, _waits = fetcher()

    assert asking.get(server.url, {"verb": "Identify"}) == b"there"
    assert server.asked[1][0] == "/elsewhere?verb=Identify"

    server.answers = [(302, {"Location": "/oai"}, b"")] * 9
    with pytest.raises(FetchFailed, match="redirects"):
        asking.get(server.url, {})


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://x.example/", "gopher://x/"])
def test_redirects_lead_to_the_web_only(server, location):
    server.answers = [(302, {"Location": location}, b"")]

    with pytest.raises(FetchFailed, match="not an address of the web"):
        fetcher()[0].get(server.url, {})


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x.example/oai", "/oai", "oai", ""])
def test_only_addresses_of_the_web_are_asked(url):
    with pytest.raises(CommandError, match="not an address of the web"):
        call_command("harvest", url, pause=0)


def test_our_own_network_is_not_asked(server):
    with pytest.raises(FetchFailed, match="private"):
        fetcher(allow_private=False)[0].get(server.url, {})
    with pytest.raises(FetchFailed, match="private"):
        fetcher(allow_private=False)[0].get(server.url.replace("127.0.0.1", "localhost"), {})

    assert server.asked == []


def test_an_endless_answer_is_broken_off(server, monkeypatch):
    monkeypatch.setattr("library.harvest.fetching.MOST_MEGABYTES", 1)
    server.answers = [(200, {}, b"x" * (3 << 20))]

    with pytest.raises(FetchFailed, match="more than 1 MB"):
        fetcher()[0].get(server.url, {})


def test_a_port_where_nobody_answers(server):
    asking, waits = fetcher(pause=0)

    with pytest.raises(FetchFailed):
        asking.get("http://127.0.0.1:1/oai", {})
    assert len(waits) == 8


@pytest.mark.parametrize("options", [{"from": "yesterday"}, {"limit": -1}, {"pause": -1}])
def test_options_that_make_no_sense(options):
    with pytest.raises(CommandError):
        call_command("harvest", URL, **options)
