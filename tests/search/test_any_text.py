"""Whatever a person types gives results, never an error."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mrc_portal.search import PageText, Query, Results, search

ANY_CHARACTER = st.characters(categories=None, exclude_categories=())  # lone surrogates included
SYNTAX = st.sampled_from(
    [*'"*-()[]{}:/\\~^+&|!?.,<>@#$%', " ", " -", '" ', "* ", "AND ", " OR ", "title:", "миграция"]
)
ANY_TEXT = st.one_of(
    st.text(ANY_CHARACTER), st.lists(st.one_of(SYNTAX, ANY_CHARACTER)).map("".join)
)


@given(text=ANY_TEXT)
@example(text="миграция 😀👩‍👩‍👧 🇰🇬")
@example(text="a" * 10_000)
@example(text="ы " * 5_000)
@example(text="-" * 10_000)
@example(text='"' * 10_001)
@example(text='"миграция" "" "  " " ')
@example(text="\x00\x01\x1b[31m\r\n\x7f\x85")
@example(text="\ud800 \udfff миграция\ud83d")
@example(text="הגירה والهجرة \u202eмиграция\u202c")
@example(text="title:миграция AND NOT body:[a TO z} OR /.*/ OR x^2~3 IN [a b]")
@example(text="((((((((((")
@example(text="* ** *а а* ?? м?грация миг*ция*")
@example(text="-миграция -право -* --")
@example(text="' OR 1=1; DROP TABLE search_outboxline; --")
@example(text="{{ 7*7 }} ${jndi:ldap://x} <script>alert(1)</script>")
@example(text="İ ß ﬁ ǅ ² ½ Ⅷ ́ ͏")
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_gives_results(library, text):
    results = search(Query(text, facets=("kind",)))

    assert isinstance(results, Results)
    for hit in results.hits:
        for snippet in hit.snippets:
            assert all(isinstance(part, str) for part, _is_match in snippet.fragments)


@given(title=ANY_TEXT, page=ANY_TEXT)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_can_be_indexed_and_is_shown_in_snippets(library, title, page):
    library.put("any", title=title, text=page, pages=[page + " паспорт"])

    results = search(Query("паспорт"))

    assert [hit.key for hit in results.hits] == ["shelf-any"]
    assert results.hits[0].snippets[0].number == 1


@pytest.fixture
def library(shelf):
    shelf.put(
        "one",
        titles={"ru": "Миграция", "ky": "Көчүү", "en": "Migration"},
        pages=[PageText("f", 1, "ru", "О миграции a b OR 7 script")],
        facets={"kind": ("brief",)},
    )
    return shelf
