from datetime import date

from lxml import etree

from library.formats import mods
from library.formats.mods import NAMESPACE, XLINK
from library.formats.xml_files import XML_LANG
from library.models import Role
from library.models.documents import ContributionRole, Relation
from library.records import record_of
from mrc_portal.dates import Precision
from tests.factories import (
    make_contribution,
    make_document,
    make_draft,
    make_file,
    make_organisation,
    make_project,
    make_relation,
    make_trilingual_document,
)
from tests.library.schemas import assert_valid
from tests.library.test_dublin_core import SITE, make_full_document

IN = {"m": NAMESPACE}


def element_of(document, language="ru"):
    document.refresh_from_db()
    element = mods.element(record_of(document, language, SITE))
    assert_valid(element, "mods-3-8")
    return element


def texts(element, path):
    return [it.text for it in element.iterfind(path, IN)]


def test_titles_names_and_subjects_share_a_group_across_languages(db):
    element = element_of(make_full_document())

    titles = element.findall("m:titleInfo", IN)
    assert [it.get(XML_LANG) for it in titles] == ["ru", "ky", "en"]
    assert [it.get("usage") for it in titles] == ["primary", None, None]
    assert [it.get("type") for it in titles] == [None, "translated", "translated"]
    assert texts(titles[0], "m:subTitle") == ["памятка"]
    names = element.findall("m:name", IN)
    assert [it.get(XML_LANG) for it in names] == ["ru", "en"]
    assert {it.get("altRepGroup") for it in names} == {"name-1"}
    assert texts(names[1], "m:namePart") == ["Asanova", "Aida"]
    assert texts(names[1], "m:nameIdentifier") == ["https://orcid.org/0000-0002-1825-0097"]
    assert texts(element, "m:subject/m:topic") == ["Труд", "Эмгек"]
    assert texts(element, "m:subject/m:geographicCode") == ["KZ"]


def test_roles_are_those_of_the_library_of_congress(db):
    document = make_document(funder=make_organisation(name_ru="Фонд"))
    make_contribution(document, position=1)
    make_contribution(document, role=ContributionRole.EDITOR, position=2)
    make_contribution(document, role=ContributionRole.TRANSLATOR, position=3)

    element = element_of(document)

    assert texts(element, "m:name/m:role/m:roleTerm") == ["aut", "edt", "trl", "fnd"]
    assert [it.get("type") for it in element.findall("m:name", IN)] == [
        "personal",
        "personal",
        "personal",
        "corporate",
    ]


def test_origin_has_its_dates_once(db):
    document = make_full_document(
        place_ru="Бишкек",
        place_en="Bishkek",
        edition_en="second edition",
        issued_on=date(2012, 1, 1),
        issued_until=date(2014, 1, 1),
        issued_precision=Precision.YEAR,
    )

    element = element_of(document)

    dates = element.findall("m:originInfo/m:dateIssued", IN)
    assert [(it.text, it.get("point"), it.get("keyDate")) for it in dates] == [
        ("2012", "start", "yes"),
        ("2014", "end", None),
    ]
    assert texts(element, "m:originInfo/m:place/m:placeTerm") == ["Бишкек", "Bishkek"]
    assert texts(element, "m:originInfo/m:publisher") == ["Центр", "Centre"]
    assert texts(element, "m:originInfo/m:edition") == ["second edition"]


def test_files_bring_their_type_and_language(db):
    document = make_full_document()
    full_text = make_file(document, language="ky")
    make_file(document, language="", role=Role.DATA, extension="xlsx", label_ru="Таблицы")

    element = element_of(document)

    text, data = (
        it
        for it in element.findall("m:relatedItem", IN)
        if it.find("m:location/m:url[@access]", IN) is not None
    )
    assert text.get("type") == "otherFormat"
    assert texts(text, "m:language/m:languageTerm") == ["kir"]
    assert texts(text, "m:physicalDescription/m:internetMediaType") == ["application/pdf"]
    assert texts(text, "m:location/m:url") == [SITE + full_text.get_absolute_url()]
    assert data.get("type") == "constituent"
    assert texts(data, "m:titleInfo/m:title") == ["Таблицы"]
    assert texts(
        element, "m:language[@objectPart='summary']/m:languageTerm[@authority='rfc5646']"
    ) == ["ru", "en"]


def test_relations_series_and_source(db):
    document, target = make_full_document(source_seen_year=2013), make_document()
    make_relation(document, target, kind=Relation.REPLACES)
    make_relation(document, target, kind=Relation.CORRECTS)
    make_relation(document, make_draft(), kind=Relation.CITES)

    element = element_of(document)

    related = element.findall("m:relatedItem", IN)
    assert [it.get("type") or it.get("otherType") for it in related] == [
        "series",
        "preceding",
        "corrects",
        "original",
    ]
    assert texts(related[0], "m:titleInfo/m:partNumber") == ["3"]
    assert texts(related[1], "m:identifier") == [SITE + target.get_permanent_path()]
    assert related[3].find("m:location/m:url", IN).get("dateLastAccessed") == "2013"


def test_identifiers_rights_and_place_on_the_web(db):
    document = make_full_document(project=make_project(title_ru="Проект"))

    element = element_of(document)

    permanent = SITE + document.get_permanent_path()
    assert [(it.get("type"), it.text) for it in element.findall("m:identifier", IN)] == [
        ("uri", permanent),
        ("doi", "10.1234/abc"),
        ("isbn", "9789967000000"),
    ]
    assert texts(element, "m:location/m:url[@usage='primary']") == [permanent]
    rights = element.findall("m:accessCondition", IN)
    assert len(rights) == 3
    assert {it.get(f"{{{XLINK}}}href") for it in rights} == {
        "https://creativecommons.org/licenses/by/4.0/"
    }
    assert texts(element, "m:note[@type='funding']") == ["Проект"]


def test_a_bare_record_and_an_invented_one_are_valid(db):
    bare = make_document(issued_on=None, original_language="ru")
    invented = make_trilingual_document(is_demonstration=True)

    assert element_of(bare).find("m:note", IN) is None
    assert len(element_of(invented).findall("m:note", IN)) == 3


def test_it_is_the_same_whatever_the_language_of_the_page(db):
    from django.utils import translation

    document = make_full_document()
    make_file(document, language="ru", role=Role.ANNEX, label_ru="Приложение", label_en="Annex")

    with translation.override("en"):
        in_english = etree.tostring(element_of(document))

    assert etree.tostring(element_of(document)) == in_english


def test_many_records_are_a_valid_collection(db):
    records = [record_of(make_full_document(), "ru", SITE) for _number in range(2)]

    collection = etree.fromstring("".join(mods.write(records)).encode())
    one = etree.fromstring("".join(mods.write(records[:1])).encode())

    assert collection.tag == f"{{{NAMESPACE}}}modsCollection"
    assert len(collection) == 2
    assert_valid(collection, "mods-3-8")
    assert_valid(one, "mods-3-8")
