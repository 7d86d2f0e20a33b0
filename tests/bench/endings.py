"""Words that nobody knows, with the endings that real ones have."""

from __future__ import annotations

from random import Random

# The beginning and the vowel of a syllable; a word ends in a consonant.
ONSETS = {
    code: sounds.split()
    for code, sounds in {
        "ru": "б в г д ж з к л м н п р с т ф ч ш пр ст тр кр гр пл сл",
        "ky": "б г д ж з к л м н п р с т ч ш",
        "en": "b c d f g h l m n p r s t v w br cl cr dr gr pl pr st tr sh ch",
    }.items()
}
# Of a Kyrgyz word all vowels are of one row: these are the pairs it may have.
VOWELS = {
    "ru": ("аеио", "аоуе", "иаео"),
    "ky": ("аы", "ау", "еи", "оу", "өү"),
    "en": ("aeio", "oeua", "iaeo"),
}
CODAS = {
    code: sounds.split()
    for code, sounds in {
        "ru": "б в г д з к л м н р с т х ц нт ст рт",
        "ky": "к л м н р с т ч ш з п ң й рт",
        "en": "b d g k l m n p r s t x nt st ck nd",
    }.items()
}
# Of nouns of two kinds, adjectives and verbs; a word is of one of these.
RUSSIAN = [
    ["", "а", "у", "ом", "е", "ы", "ов", "ам", "ами", "ах"],
    ["а", "ы", "е", "у", "ой", "", "ам", "ами", "ах"],
    ["ный", "ного", "ному", "ным", "ном", "ная", "ной", "ную", "ное", "ные", "ных", "ными"],
    ["ать", "ает", "ают", "ал", "ала", "али", "ающий", "ающих", "ание", "ания", "анию"],
]
ENGLISH = [["", "s"], ["", "s", "ed", "ing", "er", "ers"], ["al", "ally", "ation", "ations"]]
# Kyrgyz: plural, possessive, case and derivation. A, I and U are the vowel that harmony asks for,
# L, N, D and G the consonant that the sound before them asks for; S stands after vowels only.
KYRGYZ = [
    *["", "", "LAr", "NIn", "GA", "NI", "DA", "DAn"],
    *["LArNIn", "LArGA", "LArNI", "LArDA", "LArDAn"],
    *["SI", "SInIn", "SInA", "SIn", "SInDA", "SInAn", "LArI", "LArInIn", "LArInA", "LArInDA"],
    *["LUU", "LUULAr", "sIz", "LIk", "LIkNIn", "DAGI", "Im", "IbIz"],
]
HARMONY = {  # the last vowel: A, I, U
    **dict.fromkeys("аыя", "аыу"),
    **dict.fromkeys("эеи", "еиү"),
    **dict.fromkeys("оё", "оуу"),
    **dict.fromkeys("ую", "ауу"),
    **dict.fromkeys("өү", "өүү"),
}
VOICELESS = frozenset("пфктсшщчцх")
PLAIN = dict(zip("nrkszbm", "нрксзбм", strict=True))
SOFTENED = {"к": "г", "п": "б"}


def coin(random: Random, language: str) -> str:
    """A new word without an ending."""
    vowels = random.choice(VOWELS[language])
    syllables = [
        random.choice(ONSETS[language]) + random.choice(vowels)
        for _syllable in range(random.choice((1, 2, 2, 2, 3)))
    ]
    return "".join(syllables) + random.choice(CODAS[language])


def inflect(word: str, language: str, random: Random) -> str:
    """The word with one of its endings, which in Russian and English are those of its kind."""
    if language == "ky":
        return with_kyrgyz_ending(word, random.choice(KYRGYZ))
    kinds = RUSSIAN if language == "ru" else ENGLISH
    kind = kinds[sum(map(ord, word)) % len(kinds)]
    return word + random.choice(kind)


def with_kyrgyz_ending(word: str, ending: str) -> str:
    """With the sounds that the word asks for: укук, GA → укукка; өлкө, LArDAn → өлкөлөрдөн."""
    for sound in ending:
        harmony = HARMONY[next(it for it in reversed(word) if it in HARMONY)]
        last = word[-1]
        is_after_vowel = last in HARMONY
        is_voiceless = last in VOICELESS
        if sound == "S":
            word += "с" if is_after_vowel else ""
        elif sound in "AIU":
            if sound == "I" and is_after_vowel:
                continue  # бала, Im → балам
            if last in SOFTENED:
                word = word[:-1] + SOFTENED[last]
            word += harmony["AIU".index(sound)]
        elif sound == "L":
            word += "т" if is_voiceless else "л" if is_after_vowel or last in "рй" else "д"
        elif sound == "N":
            word += "т" if is_voiceless else "н" if is_after_vowel else "д"
        elif sound == "D":
            word += "т" if is_voiceless else "д"
        elif sound == "G":
            word += "к" if is_voiceless else "г"
        else:
            word += PLAIN[sound]
    return word
