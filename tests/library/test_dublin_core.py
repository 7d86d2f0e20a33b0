from datetime import date

from lxml import etree

from library.formats import dublin_core
from library.formats.dublin_core import DC
from library.formats.xml_files import XML_LANG
from library.models.documents import Licence, Relation
from library.records import read_records, record_of
from mrc_portal.dates import Precision
from tests.factories import (
    get_country,
    make_contribution,
    make_document,
    make_draft,
    make_file,
    make_organisation,
    make_person,
    make_relation,
    make_topic,
    make_trilingual_document,
)
from tests.library.schemas import assert_valid

SITE = "https://mrc.example"


def element_of(document, language="ru"):
    document.refresh_from_db()
    element = dublin_core.element(record_of(document, language, SITE))
    assert_valid(element, "oai_dc")
    return element


def texts(element, name):
    """What an element says, each with its language."""
    return [(it.get(XML_LANG), it.text) for it in element.iterfind(f"{{{DC}}}{name}")]


def make_full_document(**fields):
    """With something in every field that Dublin Core has room for."""
    publisher = make_organisation(name_ru="Центр", name_en="Centre")
    document = make_trilingual_document(
        **{
            "title_ru": "Трудовой договор",
            "subtitle_ru": "памятка",
            "summary_ru": "О чём договориться до отъезда.",
            "summary_ky": "Кетерден мурда эмнени макулдашуу керек.",
            "publisher": publisher,
            "series_ru": "Памятки",
            "series_number": "3",
            "doi": "10.1234/abc",
            "isbn": "9789967000000",
            "licence": Licence.CC_BY,
            "source_url": "http://old.example/report.pdf",
            "topics": [make_topic(name_ru="Труд", name_ky="Эмгек")],
            "countries": [get_country("KZ")],
        }
        | fields
    )
    author = make_person(
        family_name_ru="Асанова",
        given_names_ru="Айда",
        family_name_en="Asanova",
        given_names_en="Aida",
        orcid="0000-0002-1825-0097",
    )
    make_contribution(document, person=author)
    return document


def test_every_ready_language_is_told_and_marked(db):
    document = make_full_document()
    make_file(document, language="ru")

    element = element_of(document)

    assert texts(element, "title") == [
        ("ru", "Трудовой договор: памятка"),
        ("ky", document.title_ky),
        ("en", document.title_en),
    ]
    assert texts(element, "creator") == [("ru", "Асанова, Айда"), ("en", "Asanova, Aida")]
    assert texts(element, "subject") == [("ru", "Труд"), ("ky", "Эмгек")]
    assert {language for language, _text in texts(element, "description")} == {"ru", "ky"}
    assert texts(element, "publisher") == [("ru", "Центр"), ("en", "Centre")]
    assert len(texts(element, "coverage")) == 3
    assert len(texts(element, "type")) == 4
    assert texts(element, "relation") == [("ru", "Памятки; 3")]


def test_what_has_no_language_is_not_marked(db):
    document = make_full_document()
    file = make_file(document, language="ru")

    element = element_of(document)

    assert texts(element, "identifier") == [
        (None, SITE + document.get_permanent_path()),
        (None, "https://doi.org/10.1234/abc"),
        (None, "urn:isbn:9789967000000"),
        (None, SITE + file.get_absolute_url()),
    ]
    assert texts(element, "date") == [(None, "2013-05-20")]
    assert texts(element, "language") == [(None, "ru")]
    assert texts(element, "format") == [(None, "application/pdf")]
    assert texts(element, "source") == [(None, "http://old.example/report.pdf")]
    assert (None, "https://creativecommons.org/licenses/by/4.0/") in texts(element, "rights")


def test_versions_that_are_not_ready_stay_out(db):
    document = make_full_document(ready_ky=False)
    make_file(document, language="ky")

    xml = etree.tostring(element_of(document), encoding="unicode")

    assert document.title_ky not in xml
    assert document.summary_ky not in xml
    assert "/files/" not in xml
    assert document.title_en in xml


def test_dates_are_as_precise_as_known(db):
    year = make_document(issued_on=date(2013, 1, 1), issued_precision=Precision.YEAR)
    range_of_months = make_document(
        issued_on=date(2012, 11, 1),
        issued_until=date(2013, 2, 1),
        issued_precision=Precision.MONTH,
    )
    unknown = make_document(issued_on=None)

    assert texts(element_of(year), "date") == [(None, "2013")]
    assert texts(element_of(range_of_months), "date") == [(None, "2012-11"), (None, "2013-02")]
    assert texts(element_of(unknown), "date") == []


def test_a_name_in_no_ready_language_is_told_as_it_is(db):
    document = make_document(
        ready_ru=False, title_en="Report", ready_en=True, original_language="en"
    )
    make_contribution(document, person=make_person(family_name_ru="Асанова", given_names_ru=""))

    assert texts(element_of(document, "en"), "creator") == [("ru", "Асанова")]


def test_relations_lead_to_public_documents_only(db):
    document, target = make_document(), make_document()
    make_relation(document, target, kind=Relation.CITES)
    make_relation(document, make_draft(), kind=Relation.REPLACES)

    assert texts(element_of(document), "relation") == [(None, SITE + target.get_permanent_path())]


def test_an_invented_record_says_so(db):
    document = make_trilingual_document(is_demonstration=True)

    assert [language for language, _text in texts(element_of(document), "description")] == [
        "ru",
        "ky",
        "en",
    ]


def test_signs_that_xml_has_no_way_of_writing_are_left_out(db):
    document = make_document(title_ru="Отчёт\x0b <b>&\ufffe", summary_ru="\x1f")

    element = element_of(document)

    assert texts(element, "title") == [("ru", "Отчёт <b>&")]
    assert texts(element, "description") == []


def test_a_file_has_one_record_or_many(db, django_assert_max_num_queries):
    documents = [make_full_document() for _number in range(3)]

    with django_assert_max_num_queries(14):
        records = read_records(type(documents[0]).objects.published(), "ru", SITE)
        many = etree.fromstring("".join(dublin_core.write(records)).encode())
    one = etree.fromstring(
        "".join(dublin_core.write([record_of(documents[0], "ru", SITE)])).encode()
    )
    none = etree.fromstring("".join(dublin_core.write([])).encode())

    assert many.tag == "records"
    assert len(many) == 3
    for element in many:
        assert_valid(element, "oai_dc")
    assert_valid(one, "oai_dc")
    assert len(none) == 0
