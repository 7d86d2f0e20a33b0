"""Reading what people write into the time column of a plan, in three languages at once.

What is read is a proposal that an editor confirms; a text with one word that is not understood is
not read at all. No library could do it: none knows Kyrgyz, quarters or "permanently", and
dateparser and its relatives make a date even of half a sentence.

Some things were decided once. A named day, month or year is itself still in time, whichever of
"by", "until", "до" or "чейин" stands beside it: plans use them without distinction, and whom the
portal calls late must be late by any reading. So is the day in "before 15 May"; "before 2014" is a
whole year off, and stays words. In 05/06/2013 the day comes first, as everywhere in the country.
"At the end of 2013" is a deadline, since only its last day is certain. A beginning alone ("from
May 2013") is read only if it is said to go on.
"""

from council.reading.sentences import read_timeline

__all__ = ["read_timeline"]
