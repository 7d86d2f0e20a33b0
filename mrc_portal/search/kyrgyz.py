"""A light stemmer for Kyrgyz: what all the forms of a word have in common.

Kyrgyz glues endings to the end of a word, one after another, and each takes its vowels from the
word (harmony) and its first consonant from the letter before it (assimilation): мектеп,
мектептер, мектептерибизде. So the longest ending that can stand after what remains is taken off,
and again, until none fits: a stem is a word that nothing more can be taken off.

All decisions are taken on folded letters (о for ө, у for ү, н for ң, е for ё), since people type
them so; a stem is therefore the same whichever way its word was typed. What the stemmer is worth
is measured by `manage.py evaluate_kyrgyz`; docs/search.md tells how it was chosen. Only Python's
own library is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from itertools import product

# How endings are written below: Latin capitals stand for letters that change.
# A  open vowel, а е о      I  close vowel, ы и у     (I), (с)  only after a consonant, a vowel
# D  д, т after voiceless   G  г, к                    B  б, п
# L  л, after й р also д, after other consonants д, т; N  н after a vowel, else д, т
_PLAIN_CASES = (
    "NIн",  # genitive
    "GA",  # dative
    "NI",  # accusative
    "DA",  # locative
    "DAн",  # ablative
    "DAгI",  # what is there: шаардагы
    "NIкI",  # what belongs to: мамлекеттики
)
_CASES_AFTER_THIRD_PERSON = ("", "нIн", "нA", "н", "нDA", "нAн", "нDAгI", "нIкI")
_NOUN_ENDINGS = (
    *_PLAIN_CASES,
    *("(с)I" + case for case in _CASES_AFTER_THIRD_PERSON),  # possessive: his, her, their
    *("(I)бIз" + case for case in ("", *_PLAIN_CASES)),  # possessive: our
    *("(I)нIз" + case for case in ("", *_PLAIN_CASES)),  # possessive: your
    "LAр",  # plural
    "LAрIм",  # plural and possessive: my
    "LIк",  # derivation, of or -ness: шаардык, мүмкүнчүлүк
    "Lуу",  # derivation, with: мыйзамдуу
    "сIз",  # derivation, without: мыйзамсыз
)
# "My" comes off only after a к or п that has softened (укугум) and off long words (документим):
# too many short ones end in -м.
_MY_ENDINGS = tuple("Iм" + case for case in ("", "A", *_PLAIN_CASES))

# Letters that could be the beginning of an ending: телефону is телефон-у as well as телефо-ну, and
# статусу статус-у or стату-су. So that both come to the same, a final н or с goes too.
_DOUBTFUL = ("=н", "=с")

# Endings of verbs; "-" opens what only stems in a consonant take, "=" stems in a vowel.
_TENSES_AFTER_NOT = ("й", "йт", "дI", "гAн", "гAнI", "гAнIн", "с", "сA", "сDAн", "ш", "шI", "п")
_VERB_ENDINGS = (
    *("DI", "DIм", "DIнIз", "DIбI"),  # past, and a question
    *("GAн", "GAнбI", "GAнмIн", "GAнбIз"),  # past participle, and perfect
    *("GAнI", "GAнIн"),  # the same with a possessive: not -ган-ны
    *("-Aт", "-AтпI", "-AбIз", "-AмIн"),  # present
    *("=йт", "=йтпI", "=йбIз", "=ймIн", "=йсIн"),
    *("-Iп", "=п", "-A", "=й"),  # converbs: having done, doing
    *("GIчA", "GAнчA"),  # converbs: until, as much as
    "сA",  # conditional
    *("-AлI", "GIлA", "-IнIз"),  # let us; imperatives to many, to one politely
    *("-уу", "-оо"),  # verbal noun; -оо has swallowed an open vowel: башта, баштоо
    *("BA" + tense for tense in _TENSES_AFTER_NOT),  # negation
)
_SHORT_VERB_ENDINGS = ("-AрI", "-AрIн")  # future participle, with a possessive: болору
_VOICES = "лнш"  # passive, reflexive, reciprocal: between a verb and its ending
_LONGEST = 9  # letters

# Verbs too short to be told from nouns by their look, a closed class. Longer words are taken for
# verbs as soon as they have the ending of one.
_SHORT_VERBS = """
    ал ат ач аш айт арт бак бар бас бат бер бил бол бөл буз бур жаз жай жак жан жап жат же жең
    жет жой жүр жуу жык жый жырт жут ич ил кайт как кал кач каз кел кес кет кеч кий кир кой кор көр
    кош көч куй кур күт кый кыл кыс он ос өл өн өс өт сай сал сат сез соз сой сок соо сун сүз
    сүр сый сын сыз тап тарт тат теп тер тик тос төк тур туй түз түш тут ук ун ур ут уч чал чап чач
    чеч чой чөк чык шаш эк эс эт
    жаа жаса жаша боё кара коро күчө кула оку сана сура тара ташы төлө төрө төшө
"""
# Words whose end only looks like an ending. Nothing is taken off them, nor any ending that begins
# inside those that end in a consonant: облусу is not облу-су.
_WHOLE_WORDS = """
    абал адам адилет адис азап аймак айлык айыл акыл аралык ата батыш билим жаза жакын жарлык жооп
    ислам камсыз кеп кече китеп колдон көзөмөл көчө мамлекет мектеп мүлк өкмөт пайдалан себеп согуш
    сунуш талап тарап түшүн чыгыш шарап эсеп
    акт аянт бизнес билет гендер директор доктор доллар журнал инспектор канал капитал квартал
    контракт облус объект офис персонал план портал проект пункт редактор сезон сектор текст факт
    фактор фонд юрист
    афганистан баткен казакстан кыргызстан өзбекстан пакистан тажикстан түркменстан түркмөнстан
"""
# Forms that no rule makes alike.
_IRREGULAR = {
    "балдар": "бала",  # children
    "орд": "ор",  # a vowel that falls out: орун, орду
    "орун": "ор",
    "убакт": "убак",  # and here: убакыт, убакты
    "убакыт": "убак",
    "корго": "корк",  # to protect, коргоо; not корк-о
}

# Words that hold a sentence together, as they are written.
_STOP_WORDS = """
    ага ал алар аларга аларды алардын анан анда андай андан аны анын ар аркылуу
    биз бизге биздин бир бирок болгон болду болот болсо болуп боюнча буга бул бүт
    гана да дагы деген деп дейт жана же жөнүндө жөнүндөгү
    карата каршы кандай кантип качан кайсы кийин ким
    мен менен менин мунда мындай мындан муну мунун мурун мына
    не ооба ошого ошол ошондой ошондуктан ошону ошонун
    сен сиз сизге сиздин силер сыяктуу турат турган тууралуу үчүн ушул ушундай
    чейин эгер экен эле элек эмес эми эмне эң эч өз өзү өзүнүн өтө
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

_SOUNDS = str.maketrans({"ө": "о", "ү": "у", "ң": "н", "ё": "е", "ю": "йу", "я": "йа"})
_HARDENED = {"г": "к", "б": "п"}  # к and п soften before a vowel: укук, укугу
_VOWELS = "аеиоуыэ"
_VOICELESS = "кпстфхцчшщ"
# What may follow each vowel. Folded, о and у are two letters each, and е is ё as well.
_OPEN_AFTER = {"а": "а", "ы": "а", "у": "ао", "о": "о", "е": "ео", "и": "е", "э": "е"}
_SWALLOWED_BY = {"оо": "аео", "уу": "ыиу"}
_CLOSE_AFTER = {"а": "ы", "ы": "ы", "у": "у", "о": "у", "е": "иу", "и": "и", "э": "и"}


def _sounds(word: str) -> str:
    """The word as the rules see it: folded, with the й that is heard in я, ю and оё."""
    return word.translate(_SOUNDS).replace("ое", "ойо")


_SHORT = frozenset(map(_sounds, _SHORT_VERBS.split()))
_WHOLE = frozenset(map(_sounds, _WHOLE_WORDS.split()))
_WHOLE_BEGINNINGS = tuple(word for word in _WHOLE if word[-1] not in _VOWELS)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The beginning of a lower-case word that its other forms share.

    Only its last letter may differ from what is written: a softened к or п is restored (укугу,
    укук), and so are й (коюу, кой) and a swallowed vowel (кароо, кара). Never longer than the
    word, empty only if the word is; the stem of a stem is the stem itself. Words in other letters
    than Cyrillic come back as they are.
    """
    heard, shorter = "", _harden(_sounds(word))
    while shorter != heard:
        heard = shorter
        shorter = _harden(_IRREGULAR.get(heard) or _peel(heard))
    return _as_written(word, heard)


def _as_written(word: str, heard: str) -> str:
    """The beginning of the word that sounds like this, but for its last letter."""
    end = min(len(word), len(heard))
    while end and len(_sounds(word[: end - 1])) >= len(heard):
        end -= 1
    return word[:end] if _sounds(word[:end]) == heard else word[: end - 1] + heard[-1]


def _harden(heard: str) -> str:
    """The word with the к or п that has softened at its end."""
    if len(heard) > 1 and heard[-1] in _HARDENED:
        return heard[:-1] + _HARDENED[heard[-1]]
    return heard


def _peel(heard: str) -> str:
    """The word without its longest ending; the word itself when it has none."""
    if heard in _SHORT or heard in _WHOLE:
        return heard
    for vowel in _SWALLOWED_BY.get(heard[-2:], ""):
        if heard[:-2] + vowel in _SHORT:
            return heard[:-2] + vowel
    kept = 2
    if heard.startswith(_WHOLE_BEGINNINGS):
        kept = max(len(it) for it in _WHOLE_BEGINNINGS if heard.startswith(it))
    endings = _endings()
    for length in range(min(_LONGEST, len(heard) - kept), 0, -1):
        if conditions := endings.get(heard[-length:]):
            rest = heard[:-length]
            if any(fits(rest) for fits in conditions.get(_context(rest), ())):
                return rest
    if len(heard) > 3 and heard.endswith("ь"):  # Russian; dropped before endings
        return heard[:-1]
    return heard


def _context(rest: str) -> tuple[str, str]:
    """What an ending adapts to: the last vowel, "" if there is none, and the last letter's kind."""
    return _last_vowel(rest), _kind(rest[-1])


def _last_vowel(rest: str) -> str:
    return next((letter for letter in reversed(rest) if letter in _VOWELS), "")


def _kind(letter: str) -> str:
    if letter in _VOWELS:
        return "vowel"
    if letter in _VOICELESS:
        return "voiceless"
    return "й, р" if letter in "йр" else "voiced"


# Whether what remains of a word can be what such endings are added to.


def _is_noun(rest: str) -> bool:
    return len(rest) > 2 or (rest[0] in _VOWELS and rest[1] not in _VOWELS)  # иш, эл, үй


def _is_long(rest: str) -> bool:
    return len(rest) > 3


def _is_mine(rest: str) -> bool:
    return len(rest) > 6 or (_is_long(rest) and rest[-1] in _HARDENED)


def _is_short_verb(rest: str) -> bool:
    return _harden(rest) in _SHORT


def _is_long_verb(rest: str) -> bool:
    return len(rest) > 3 or (len(rest) == 3 and rest[1] not in _VOWELS)  # изд-ей, ишт-ей


def _is_verb(rest: str) -> bool:
    return _is_long_verb(rest) or _is_short_verb(rest)


def _has_present(rest: str) -> bool:
    """Nouns in -ат are many (кызмат, саясат); these are the ends of most longer verbs."""
    return _is_short_verb(rest) or (len(rest) > 3 and rest[-1] in "лшрзтг")


def _has_converb(rest: str) -> bool:
    """Nouns in -а are many; a longer verb has a voice: жүргүз-ө, курул-а."""
    return _is_short_verb(rest) or (len(rest) > 3 and rest[-2] in "ыиу" and rest[-1] in "лз")


def _has_verbalizer(rest: str) -> bool:
    """Verbs are made by -ла, -та: сакта-луу, сакта-лды; but натыйжа-луу, азербайжан-ды."""
    return _is_long_verb(rest) and rest[-1] in "лтд"


def _has_reflexive(rest: str) -> bool:
    """After a consonant -ын is mostly the passive of verbs in л: салынды, кылынат."""
    consonants = [letter for letter in rest if letter not in _VOWELS]
    return bool(consonants) and consonants[-1] == "л" and _is_verb(rest)


def _is_acronym(rest: str) -> bool:
    """Acronyms take endings by the sound of their letters' names: ЖЧКнын, АКШга."""
    return rest[-1] not in _VOWELS and (len(rest) == 3 or not _last_vowel(rest))


_Fits = Callable[[str], bool]

# The letters of an ending that change, by the last vowel and the last letter before them.
_CHANGING: dict[str, Callable[[str, str], str]] = {
    "A": lambda vowel, letter: _OPEN_AFTER[vowel],
    "I": lambda vowel, letter: _CLOSE_AFTER[vowel],
    "i": lambda vowel, letter: "" if letter in _VOWELS else _CLOSE_AFTER[vowel],
    "s": lambda vowel, letter: "с" if letter in _VOWELS else "",
    "D": lambda vowel, letter: "т" if letter in _VOICELESS else "д",
    "G": lambda vowel, letter: "к" if letter in _VOICELESS else "г",
    "B": lambda vowel, letter: "п" if letter in _VOICELESS else "б",
    "L": lambda vowel, letter: {"vowel": "л", "й, р": "лд", "voiceless": "т"}.get(
        _kind(letter), "д"
    ),
    "N": lambda vowel, letter: {"vowel": "н", "voiceless": "т"}.get(_kind(letter), "д"),
}


@cache
def _spellings(ending: str, vowel: str, letter: str) -> tuple[str, ...]:
    """All ways to write an ending after this last vowel and this last letter."""
    if not ending:
        return ("",)
    choices = _CHANGING[ending[0]](vowel, letter) if ending[0] in _CHANGING else ending[0]
    if not choices:
        return _spellings(ending[1:], vowel, letter)
    return tuple(
        choice + more
        for choice in choices
        for more in _spellings(ending[1:], choice if choice in _VOWELS else vowel, choice)
    )


def _rules() -> Iterator[tuple[str, _Fits]]:
    """Every ending, and what it may be taken off from."""
    yield from ((ending, _is_noun) for ending in _NOUN_ENDINGS)
    yield from (("-" + ending, _is_mine) for ending in _MY_ENDINGS)
    yield from ((ending, _is_long) for ending in _DOUBTFUL)
    yield from ((ending, _is_short_verb) for ending in _SHORT_VERB_ENDINGS)
    special = {
        **dict.fromkeys(["-Aт", "-AтпI", "-AбIз", "-AмIн"], _has_present),
        **dict.fromkeys(["-AлI"], _is_short_verb),
        "-A": _has_converb,
        "-оо": _is_long_verb,
    }
    doubtful = dict.fromkeys(["луу", "лDI", "нDI", "шDI"], _has_verbalizer)
    for ending in _VERB_ENDINGS:
        bare = ending.lstrip("-=")
        if not ending.startswith("="):
            voiced = bare.replace("оо", "уу")
            yield "-" + bare, special.get(ending, _is_verb)
            yield "-Iл" + voiced, _is_verb
            yield "-Iн" + voiced, _has_reflexive
            yield "-Iш" + voiced, _is_short_verb
            for voice in _VOICES:
                yield "=" + voice + voiced, _is_short_verb
                yield "-A" + voice + voiced, doubtful.get(voice + voiced, _is_long_verb)
        # A stem in a vowel: a short one keeps it, a long one loses it, as it does before -оо.
        if not ending.startswith("-"):
            yield "=" + bare, _is_short_verb
            yield "-A" + bare, _is_long_verb
            yield "-I" + bare, _is_long_verb


@cache
def _endings() -> dict[str, dict[tuple[str, str], set[_Fits]]]:
    """What endings look like: after which vowel and kind of letter, and what they come off from.

    Made when first needed, in about 50 ms.
    """
    endings: dict[str, dict[tuple[str, str], set[_Fits]]] = {}
    for template, fits in _rules():
        ending = template.replace("(I)", "i").replace("(с)", "s")
        for vowel, letter in product(_VOWELS, "атрн"):
            if ending[0] == ("-" if letter == "а" else "="):
                continue
            before = vowel if letter == "а" else letter
            for spelling in _spellings(ending.lstrip("-="), vowel, before):
                contexts = endings.setdefault(spelling, {})
                contexts.setdefault((vowel, _kind(letter)), set()).add(fits)
    for case, (vowel, letter) in product(_PLAIN_CASES, product(_VOWELS, "арн")):
        for spelling in _spellings(case, vowel, letter):
            for context in product(["", *_VOWELS], map(_kind, "тлр")):
                endings[spelling].setdefault(context, set()).add(_is_acronym)
    return endings
