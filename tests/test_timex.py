"""Each form of the calendar data finds what it is for: ⟦…⟧ is the expression, the name before it the form."""

from importlib import resources
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from specimen import specimen

from sagt.languages import CODES, table
from sagt.timex import SLOTS, find
from sagt.types import Span

DA = {
    "date": ["Mødet er ⟦t den 3. marts⟧.", "Det skete ⟦t 3. marts 2024⟧.", "Fra ⟦t 3.⟧ til ⟦t 5. maj⟧."],
    "day_of_month": ["Det lukker ⟦t den 15.⟧ i hver by."],
    "numeric": ["Frist: ⟦t 03-03-2025⟧", "Frist: ⟦t 31/10/74⟧"],
    "iso": ["Opdateret ⟦t 2026-03-03 14:30⟧."],
    "month": ["Han rejste i ⟦t marts⟧.", "Det var i ⟦t juli 2019⟧."],
    "last_month": ["Det var ⟦t sidste marts⟧."],
    "this_month": ["Det bliver ⟦t denne marts⟧."],
    "next_month": ["Det bliver ⟦t næste marts⟧."],
    "weekday": ["Hun sagde det ⟦t mandag⟧."],
    "genitive_weekday": ["Ved ⟦t mandagens⟧ møde"],
    "last_weekday": ["Det skete ⟦t i mandags⟧.", "Det var ⟦t sidste tirsdag⟧."],
    "next_weekday": ["De mødes ⟦t på torsdag⟧.", "De mødes ⟦t næste onsdag⟧."],
    "weekday_after_next": ["Det er ⟦t torsdag om en uge⟧."],
    "nth_weekday": ["Det var ⟦t anden onsdag i oktober 2014⟧."],
    "last_of": ["Det var ⟦t sidste fredag i maj⟧."],
    "this_weekday": ["Det bliver ⟦t nu lørdag⟧."],
    "weekend": ["Det skete ⟦t i weekenden⟧."],
    "part": ["Det skete ⟦t mandag aften⟧."],
    "part_alone": ["Det skete om ⟦t eftermiddagen⟧."],
    "this_part": ["Det skete ⟦t her til morgen⟧."],
    "last_part": ["Det skete ⟦t sidste nat⟧."],
    "night_to": ["Det skete ⟦t natten til lørdag⟧.", "Det skete ⟦t natten mellem lørdag og søndag⟧."],
    "clock": ["Det skete ⟦t klokken 14.30⟧.", "De mødes ⟦t kl. 9⟧.", "De kom ⟦t klokken tre⟧."],
    "bare_clock": ["Det skete ⟦t 14.30 lokal tid⟧."],
    "half_to": ["De kom ⟦t klokken halv tre⟧."],
    "quarter_past": ["De kom ⟦t kvart over ti⟧."],
    "quarter_to": ["De kom ⟦t kvart i otte⟧."],
    "minutes_past": ["De kom ⟦t fem minutter over tre⟧."],
    "minutes_to": ["De kom ⟦t ti minutter i ni⟧."],
    "hour_about": ["Det brændte ved ⟦t 14-tiden⟧."],
    "midnight": ["Det skete ⟦t ved midnat⟧."],
    "noon": ["Det skete ⟦t ved middagstid⟧."],
    "ago": ["Det skete ⟦t for tre dage siden⟧.", "Det var ⟦t for knap et år siden⟧."],
    "ahead": ["Det sker ⟦t om to uger⟧.", "Det sker ⟦t om en uges tid⟧."],
    "last": ["Det var ⟦t sidste år⟧.", "Det var ⟦t i den forgangne uge⟧."],
    "this": ["Det sker ⟦t i år⟧.", "Det sker ⟦t i denne uge⟧."],
    "next": ["Det sker ⟦t næste uge⟧.", "Det sker ⟦t i den kommende måned⟧."],
    "unit": ["Det sker ⟦t sidst på ugen⟧."],
    "season": ["Det var ⟦t i sommer⟧.", "Det var ⟦t i efteråret 2022⟧."],
    "last_season": ["Det var ⟦t sidste sommer⟧."],
    "next_season": ["Det sker ⟦t til foråret⟧."],
    "quarter": ["Tallene for ⟦t tredje kvartal 2024⟧"],
    "half": ["Tallene for ⟦t første halvår 2024⟧"],
    "week_number": ["Det sker i ⟦t uge 32⟧."],
    "decade": ["Det var ⟦t i 80'erne⟧."],
    "decade_word": ["Det var i ⟦t halvfjerdserne⟧."],
    "century": ["Huset er fra ⟦t 1800-tallet⟧."],
    "year": ["Sådan har det været siden ⟦t 2019⟧."],
    "holiday": ["Det skete ⟦t langfredag⟧.", "Det skete ⟦t i påsken⟧."],
    "last_holiday": ["Det skete ⟦t sidste jul⟧."],
    "next_holiday": ["Det sker ⟦t næste påske⟧."],
    "early": ["Det skete ⟦t i begyndelsen af januar⟧.", "Det skete ⟦t tidligt lørdag morgen⟧."],
    "middle": ["Det skete ⟦t midt i marts⟧."],
    "late": ["Det skete ⟦t sent mandag aften⟧.", "Det skete ⟦t sidst i maj⟧."],
    "first_half": ["Det skete ⟦t i første halvdel af marts⟧."],
    "second_half": ["Det skete ⟦t i sidste halvdel af 2024⟧."],
    "whole": ["Det skete ⟦t tidligere mandag⟧."],
    "zone": ["Det skete ⟦t lørdag morgen lokal tid⟧.", "Det skete ⟦t sent mandag aften dansk tid⟧."],
    "duration": ["Det varede ⟦t to uger⟧.", "Det varede ⟦t halvandet år⟧."],
    "set": ["Det sker ⟦t hver dag⟧."],
    "present": ["Det er slut ⟦t nu⟧."],
    "past": ["Det skete ⟦t for nylig⟧."],
    "future": ["Det sker ⟦t snart⟧."],
}
EN = {
    "date": ["It closes on ⟦t March 3, 2024⟧.", "It closes on ⟦t 3 March⟧.", "It closed on ⟦t Jan. 8⟧."],
    "day_of_month": ["It closes on ⟦t the 15th⟧ of each."],
    "numeric": ["Due ⟦t 10/31/1974⟧"],
    "iso": ["Updated ⟦t 2026-03-03T14:30⟧."],
    "month": ["It fell in ⟦t May⟧.", "It fell in ⟦t July 2019⟧."],
    "last_month": ["It was signed ⟦t last May⟧."],
    "this_month": ["Votes are counted ⟦t this September⟧."],
    "next_month": ["It will be signed ⟦t next June⟧."],
    "weekday": ["She said so on ⟦t Monday⟧."],
    "last_weekday": ["It was signed ⟦t last Tuesday⟧."],
    "next_weekday": ["They meet ⟦t next Thursday⟧."],
    "this_weekday": ["They meet ⟦t this Friday⟧."],
    "weekdays_ago": ["It was ⟦t two Thursdays ago⟧."],
    "weekdays_ahead": ["It is ⟦t three Fridays from now⟧."],
    "weekday_after_next": ["It is ⟦t Friday after next⟧."],
    "nth_weekday": ["It was ⟦t the second Wednesday of October 2014⟧."],
    "last_of": ["It was ⟦t the last week of September 2014⟧."],
    "weekend": ["It happened over ⟦t the weekend⟧."],
    "part": ["It happened on ⟦t Monday evening⟧."],
    "part_alone": ["It happened in ⟦t the morning⟧."],
    "clock": ["It happened at ⟦t 3 p.m.⟧", "It happened at ⟦t 8.15 p.m. local time⟧.", "They left at ⟦t 9:30 a.m. ET on Jan. 8⟧."],
    "bare_clock": ["It was sent by ⟦t 0137 GMT⟧."],
    "half_past": ["They left at ⟦t half past three⟧."],
    "quarter_past": ["They left at ⟦t quarter past two⟧."],
    "quarter_to": ["They left at ⟦t quarter to nine⟧."],
    "minutes_past": ["They left at ⟦t ten minutes past four⟧."],
    "minutes_to": ["They left at ⟦t ten to nine am⟧."],
    "midnight": ["It expired at ⟦t midnight on Friday⟧."],
    "noon": ["It opened at ⟦t noon⟧."],
    "ago": ["It happened ⟦t three days ago⟧."],
    "ahead": ["It opens ⟦t in two weeks⟧."],
    "last": ["It happened ⟦t last year⟧.", "It rose from ⟦t the year-earlier period⟧."],
    "this": ["It opens ⟦t this week⟧."],
    "the_quarter": ["Sales rose in ⟦t the quarter⟧."],
    "next": ["It opens ⟦t next month⟧."],
    "unit": ["It opens by ⟦t the end of the year⟧."],
    "season": ["It opened in ⟦t the summer of 2019⟧."],
    "last_season": ["It opened ⟦t last autumn⟧."],
    "next_season": ["It opens ⟦t next spring⟧."],
    "quarter": ["Sales rose in ⟦t the third quarter of 1989⟧."],
    "half": ["Sales rose in ⟦t the first half of 2024⟧."],
    "week_number": ["It opens in ⟦t week 32⟧."],
    "decade": ["It was built in ⟦t the 1990s⟧."],
    "decade_word": ["It was built in ⟦t the sixties⟧."],
    "century": ["It was built in ⟦t the 19th century⟧."],
    "year": ["It has been so since ⟦t 2019⟧."],
    "fiscal_year": ["Sales rose in ⟦t fiscal 1989⟧."],
    "holiday": ["It closed on ⟦t Good Friday⟧."],
    "last_holiday": ["It closed ⟦t last Christmas⟧."],
    "next_holiday": ["It opens ⟦t next Easter⟧."],
    "early": ["It opens ⟦t early next year⟧.", "It opened ⟦t early Monday⟧."],
    "middle": ["It opens in ⟦t mid-November⟧."],
    "late": ["It opened ⟦t late on Sunday⟧."],
    "first_half": ["It fell in ⟦t the first half of March⟧."],
    "second_half": ["It fell in ⟦t the second half of March⟧."],
    "zone": ["It was sent at ⟦t 6 p.m. Danish time on Friday⟧."],
    "duration": ["It took ⟦t more than four hours⟧."],
    "set": ["It sails ⟦t every day⟧."],
    "present": ["It is over ⟦t now⟧."],
    "past": ["It opened ⟦t recently⟧."],
    "future": ["It may open in ⟦t the future⟧."],
}
SPECIMENS = [(code, form, text) for code, forms in (("da", DA), ("en", EN)) for form, texts in forms.items() for text in texts]


@pytest.mark.parametrize(("code", "form", "text"), SPECIMENS)
def test_a_form_finds_its_expression(code: str, form: str, text: str) -> None:
    s = specimen(text)
    found = find(s.text, code, [Span(0, len(s.text))])
    assert tuple(e.span for e in found) == s["t"]
    assert any(piece.form == form for e in found for piece in e.pieces)


@pytest.mark.parametrize(("code", "forms"), [("da", DA), ("en", EN)])
def test_every_form_of_the_data_has_a_specimen(code: str, forms: dict[str, list[str]]) -> None:
    wanted = {form for form, rows in table(code)["calendar"]["forms"].items() if rows} | {"iso"}
    assert wanted == set(forms)
    assert wanted <= set(SLOTS)


NO_TIME = [
    ("da", "Der var 2000 betjente med 1954 skjolde."),
    ("da", "Den kostede 3.500 kroner og vejer 12,5 kilo."),
    ("en", "They may march on the square, he said."),
    ("en", "It cost $2,019 and weighs 1950kg."),
    ("da", "Man siger, at det sker."),
]


@pytest.mark.parametrize(("code", "text"), NO_TIME)
def test_what_only_looks_like_a_time(code: str, text: str) -> None:
    assert find(text, code, [Span(0, len(text))]) == []


RELATIONS = [
    ("da", "Siden 2019 har broen været lukket.", "since"),
    ("da", "Den åbner senest 1. september.", "by"),
    ("da", "Den er lukket indtil mandag.", "until"),
    ("en", "It closes before 3 May.", "before"),
    ("en", "It has been shut since May.", "since"),
]


@pytest.mark.parametrize(("code", "text", "relation"), RELATIONS)
def test_the_word_before_says_how_it_lies(code: str, text: str, relation: str) -> None:
    (one,) = find(text, code, [Span(0, len(text))])
    assert one.relation == relation


@given(st.sampled_from(CODES), st.text(alphabet="0123456789.:/-' abmortidngkuløæ,\n", max_size=200))
def test_nothing_breaks_it(code: str, text: str) -> None:
    spans = [e.span for e in find(text, code, [Span(0, len(text))])]
    assert all(0 <= s.start < s.end <= len(text) for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))


def test_every_language_has_its_file() -> None:
    names = {p.name for p in resources.files("sagt.languages").iterdir()}
    assert {f"{code}.toml" for code in CODES} <= names
