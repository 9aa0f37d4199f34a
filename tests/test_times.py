"""When a time expression is: each convention of docs/model.md, with the interval worked out by hand."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimen import specimen
from told import told

from sagt import Report
from sagt.clock import clock
from sagt.mentions import Sentences
from sagt.segment import paragraphs
from sagt.times import timed
from sagt.types import Time

#: Tuesday 27 January 2026, 8.15 in the morning.
TUESDAY = "2026-01-27T08:15:00+01:00"


def times(text: str, language: str = "da", published: str | None = TUESDAY, **report: object) -> tuple[Time, ...]:
    one = Report("x", text, language=language, published=published, **report)  # type: ignore[arg-type]
    return timed(one, clock(one), Sentences.of(text, paragraphs(text)), (), ())[0]


#: ⟦t words⟧: from, to, in the zone of the report unless a third says which.
DANISH = {
    # weekdays: what was, the nearest not after the report; what is to be, the nearest not before it
    "said, the day before": ("Hun sagde det ⟦t mandag⟧.", "2026-01-26T00:00", "2026-01-27T00:00"),
    "said, the report's own day": ("Hun sagde det ⟦t tirsdag⟧.", "2026-01-27T00:00", "2026-01-28T00:00"),
    "will, the report's own day": ("De vil forlade byen ⟦t tirsdag⟧.", "2026-01-27T00:00", "2026-01-28T00:00"),
    "will, days ahead": ("De vil forlade byen ⟦t fredag⟧.", "2026-01-30T00:00", "2026-01-31T00:00"),
    "present tense looks ahead": ("Retten afsiger dom ⟦t torsdag⟧.", "2026-01-29T00:00", "2026-01-30T00:00"),
    "genitive": ("Det fremgik af ⟦t mandagens⟧ opkald.", "2026-01-26T00:00", "2026-01-27T00:00"),
    "i mandags": ("Det skete ⟦t i mandags⟧.", "2026-01-26T00:00", "2026-01-27T00:00"),
    "på tirsdag is the next one": ("De mødes ⟦t på tirsdag⟧.", "2026-02-03T00:00", "2026-02-04T00:00"),
    "tidligere is all of the day": ("Han meddelte det ⟦t tidligere mandag⟧.", "2026-01-26T00:00", "2026-01-27T00:00"),
    "weekday of last week": ("Det skete ⟦t onsdag i sidste uge⟧.", "2026-01-21T00:00", "2026-01-22T00:00"),
    # parts of day
    "morgen": ("Det skete ⟦t lørdag morgen⟧.", "2026-01-24T05:00", "2026-01-24T10:00"),
    "formiddag": ("Det skete ⟦t mandag formiddag⟧.", "2026-01-26T10:00", "2026-01-26T12:00"),
    "eftermiddag": ("Det skete ⟦t mandag eftermiddag⟧.", "2026-01-26T12:00", "2026-01-26T18:00"),
    "aften": ("Det skete ⟦t mandag aften⟧.", "2026-01-26T18:00", "2026-01-27T00:00"),
    "natten til": ("Det skete ⟦t natten til lørdag⟧.", "2026-01-24T00:00", "2026-01-24T05:00"),
    "i nat": ("Det skete ⟦t i nat⟧.", "2026-01-27T00:00", "2026-01-27T05:00"),
    "i aftes": ("Det skete ⟦t i aftes⟧.", "2026-01-26T18:00", "2026-01-27T00:00"),
    "sent: the later half": ("Det skete ⟦t sent mandag aften⟧.", "2026-01-26T21:00", "2026-01-27T00:00"),
    "tidligt: the earlier half": ("Det skete ⟦t tidligt lørdag morgen⟧.", "2026-01-24T05:00", "2026-01-24T07:30"),
    # clocks
    "a minute": ("Det skete ⟦t mandag klokken 14.30⟧.", "2026-01-26T14:30", "2026-01-26T14:31"),
    "the hour that has not come is yesterday's": ("Det brændte ⟦t klokken 23.15⟧.", "2026-01-26T23:15", "2026-01-26T23:16"),
    "evening makes it afternoon": ("Det skete ⟦t mandag aften klokken 8⟧.", "2026-01-26T20:00", "2026-01-26T20:01"),
    "-tiden is an hour": ("Det brændte mandag ved ⟦t 14-tiden⟧.", "2026-01-26T14:00", "2026-01-26T15:00"),
    "halv tre": ("De kom ⟦t mandag klokken halv tre⟧.", "2026-01-26T02:30", "2026-01-26T02:31"),
    # days, weeks, months, years
    "i går": ("Det skete ⟦t i går⟧.", "2026-01-26T00:00", "2026-01-27T00:00"),
    "i morgen": ("Det sker ⟦t i morgen⟧.", "2026-01-28T00:00", "2026-01-29T00:00"),
    "days ago": ("Det skete ⟦t for tre dage siden⟧.", "2026-01-24T00:00", "2026-01-25T00:00"),
    "weeks ahead: that week": ("Det sker ⟦t om to uger⟧.", "2026-02-09T00:00", "2026-02-16T00:00"),
    "months ago: that month": ("Det skete ⟦t for to måneder siden⟧.", "2025-11-01T00:00", "2025-12-01T00:00"),
    "years ago: that year": ("Det skete ⟦t for ti år siden⟧.", "2016-01-01T00:00", "2017-01-01T00:00"),
    "last week": ("Det skete ⟦t sidste uge⟧.", "2026-01-19T00:00", "2026-01-26T00:00"),
    "the weekend that was": ("Det skete ⟦t i weekenden⟧.", "2026-01-24T00:00", "2026-01-26T00:00"),
    "the weekend to come": ("De vil mødes ⟦t i weekenden⟧.", "2026-01-31T00:00", "2026-02-02T00:00"),
    "beginning of a month": ("Hun blev valgt ⟦t i begyndelsen af januar⟧.", "2026-01-01T00:00", "2026-01-11T00:00"),
    "middle of a month": ("Hun blev valgt ⟦t i midten af december⟧.", "2025-12-11T00:00", "2025-12-21T00:00"),
    "end of a month": ("Hun blev valgt ⟦t sidst i november⟧.", "2025-11-21T00:00", "2025-12-01T00:00"),
    "early in a year: a third": ("Det sker ⟦t i begyndelsen af næste år⟧.", "2027-01-01T00:00", "2027-05-01T00:00"),
    "half a year": ("Det skete ⟦t i første halvdel af 2024⟧.", "2024-01-01T00:00", "2024-07-01T00:00"),
    "a date that was": ("Det skete ⟦t 3. december⟧.", "2025-12-03T00:00", "2025-12-04T00:00"),
    "a date to be": ("Det vil ske ⟦t 3. marts⟧.", "2026-03-03T00:00", "2026-03-04T00:00"),
    "a date with its year": ("Det skete ⟦t 3. marts 2019⟧.", "2019-03-03T00:00", "2019-03-04T00:00"),
    "since does not change the year": ("Siden ⟦t 2019⟧ har den været lukket.", "2019-01-01T00:00", "2020-01-01T00:00"),
    "a decade": ("Det var ⟦t i 80'erne⟧.", "1980-01-01T00:00", "1990-01-01T00:00"),
    "last summer": ("Det var ⟦t sidste sommer⟧.", "2025-06-01T00:00", "2025-09-01T00:00"),
    "a quarter": ("Det var i ⟦t tredje kvartal 2025⟧.", "2025-07-01T00:00", "2025-10-01T00:00"),
    "easter by the moon": ("Det sker ⟦t langfredag 2026⟧.", "2026-04-03T00:00", "2026-04-04T00:00"),
    "a nth weekday": ("Det var ⟦t anden onsdag i oktober 2014⟧.", "2014-10-08T00:00", "2014-10-09T00:00"),
    # other clocks
    "GMT": ("Det skete mandag. Skibet sank ⟦t klokken 01.37 GMT⟧.", "2026-01-26T01:37", "2026-01-26T01:38", "UTC"),
    "dansk tid": ("Det skete ⟦t mandag aften dansk tid⟧.", "2026-01-26T18:00", "2026-01-27T00:00", "Europe/Copenhagen"),
}
ENGLISH = {
    "morning": ("It happened on ⟦t Monday morning⟧.", "2026-01-26T06:00", "2026-01-26T12:00"),
    "evening": ("It happened on ⟦t Monday evening⟧.", "2026-01-26T18:00", "2026-01-26T21:00"),
    "night goes on into the next day": ("It happened on ⟦t Monday night⟧.", "2026-01-26T21:00", "2026-01-27T06:00"),
    "late Monday": ("It was sent ⟦t late Monday⟧.", "2026-01-26T12:00", "2026-01-27T00:00"),
    "pm": ("It left at ⟦t 3 p.m. on Monday⟧.", "2026-01-26T15:00", "2026-01-26T15:01"),
    "midnight": ("It ended at ⟦t midnight on Monday⟧.", "2026-01-26T00:00", "2026-01-26T00:01"),
    "eastern time": ("It left at ⟦t 9:30 a.m. ET on Jan. 8⟧.", "2026-01-08T09:30", "2026-01-08T09:31", "America/New_York"),
    "will": ("It will close on ⟦t Friday⟧.", "2026-01-30T00:00", "2026-01-31T00:00"),
    "will be held: the participle belongs to will": ("It will be held on ⟦t 3 March⟧.", "2026-03-03T00:00", "2026-03-04T00:00"),
    "by looks ahead": ("They must leave by ⟦t Friday⟧.", "2026-01-30T00:00", "2026-01-31T00:00"),
    "last May": ("It was signed ⟦t last May⟧.", "2025-05-01T00:00", "2025-06-01T00:00"),
    "the quarter of a report of results": ("Sales rose in ⟦t the quarter⟧.", "2025-10-01T00:00", "2026-01-01T00:00"),
    "payable soon, though told as past": ("The dividend was cut and is payable ⟦t Feb. 2⟧.", "2026-02-02T00:00", "2026-02-03T00:00"),
    "two Thursdays ago": ("It was ⟦t two Thursdays ago⟧.", "2026-01-15T00:00", "2026-01-16T00:00"),
    "the 20th of next month": ("It opens on ⟦t the 20th of next month⟧.", "2026-02-20T00:00", "2026-02-21T00:00"),
    "Friday after next": ("It opens on ⟦t Friday after next⟧.", "2026-02-06T00:00", "2026-02-07T00:00"),
    "the last week of a month": ("It was ⟦t the last week of September 2014⟧.", "2014-09-22T00:00", "2014-09-29T00:00"),
}


def check(row: tuple[str, ...], language: str, zone: str) -> None:
    marked, start, end, *where = row
    s = specimen(marked)
    found = [t for t in times(s.text, language, zone=zone) if t.span.overlaps(s["t"][0])]
    (one,) = found
    assert one.start is not None
    assert one.end is not None
    assert (one.start.strftime("%Y-%m-%dT%H:%M"), one.end.strftime("%Y-%m-%dT%H:%M"), one.zone) == (start, end, where[0] if where else zone)
    assert one.why


@pytest.mark.parametrize("name", DANISH)
def test_danish(name: str) -> None:
    check(DANISH[name], "da", "Europe/Copenhagen")


@pytest.mark.parametrize("name", ENGLISH)
def test_english(name: str) -> None:
    check(ENGLISH[name], "en", "Europe/London")


def test_local_time_is_that_of_the_place_of_the_event() -> None:
    reading = told("Politiet i ⟦l Minneapolis⟧ skød lørdag morgen lokal tid en mand.", published=TUESDAY)
    (one,) = reading.times
    assert one.start == datetime.fromisoformat("2026-01-24T05:00:00-06:00")
    assert one.zone == "America/Chicago"
    assert "the zone of Minneapolis" in one.why


def test_a_country_of_several_zones_tells_no_local_time() -> None:
    (one,) = told(
        "I ⟦l Minneapolis⟧ i ⟦l USA⟧ var der uro, da politiet lørdag morgen lokal tid skød en mand i ⟦l USA⟧.", published=TUESDAY
    ).times
    assert one.zone == "America/Chicago"


def test_local_time_of_a_place_that_nobody_knows_is_the_report_s_and_says_so() -> None:
    (one,) = told("Politiet i ⟦l Vesterlund⟧ skød lørdag morgen lokal tid en mand.", published=TUESDAY).times
    assert one.zone == "Europe/Copenhagen"
    assert "of no place that is known" in one.why


POST = (
    "I et opslag på Truth Social ⟦u1 skriver⟧ ⟦s1 ⟦p Pump⟧⟧ sent mandag aften, ⟦c1 at det går godt⟧.\n\n"
    "- ⟦c2 Vi mødes i morgen⟧, ⟦u2 skriver⟧ ⟦s2 ⟦p Pump⟧⟧."
)


def test_tomorrow_in_a_post_counts_from_the_post() -> None:
    reading = told(POST, published=TUESDAY)
    assert [(t.value, "the saying" in t.why) for t in reading.times] == [("2026-01-26TEV", False), ("2026-01-27", True)]
    assert [a.said.value for a in reading.attributions if a.said] == ["2026-01-26TEV", "2026-01-26TEV"]


def test_tomorrow_outside_a_quotation_counts_from_the_report() -> None:
    reading = told("⟦s1 ⟦p Pump⟧⟧ ⟦u1 sagde⟧ mandag, ⟦c1 at de mødes i morgen⟧.", published=TUESDAY)
    assert reading.times[-1].value == "2026-01-28"


def test_what_is_promised_is_due() -> None:
    reading = told("⟦s1 ⟦p Holt⟧⟧ ⟦u1 lovede⟧ mandag, ⟦c1 at broen åbner fredag⟧.", acts="1 promises", published=TUESDAY)
    (one,) = reading.attributions
    assert one.said is not None
    assert one.due is not None
    assert (one.said.value, one.due.value) == ("2026-01-26", "2026-01-30")


def test_the_day_spoken_of_holds_for_the_hour_after_it() -> None:
    assert [t.value for t in times("Det brændte lørdag. Politiet kom klokken 3.")] == ["2026-01-24", "2026-01-24T03:00"]


def test_the_hour_that_the_clocks_skip_and_the_one_they_show_twice() -> None:
    spring = times("Det skete klokken 02.30.", published="2026-03-29T12:00:00+02:00")[0]
    autumn = times("Det skete natten til søndag.", published="2026-10-25T12:00:00+01:00")[0]
    assert spring.start is not None
    assert autumn.start is not None
    assert autumn.end is not None
    assert spring.start.utcoffset() is not None
    assert autumn.end.timestamp() - autumn.start.timestamp() == 6 * 3600  # 00 to 05, and one hour twice


def test_without_a_date_only_what_names_its_year_is_resolved() -> None:
    found = times("Det skete mandag. Broen er fra 3. marts 1954. I 2019 blev den lukket.", published=None)
    assert [t.start.year if t.start else None for t in found] == [None, 1954, 2019]
    assert "no date" in found[0].why


def test_durations_and_sets_name_no_interval() -> None:
    assert [(t.type, t.value, t.start) for t in times("Det varede to uger. Den sejler hver dag.")] == [
        ("duration", "P2W", None), ("set", "P1D", None),
    ]  # fmt: skip


VALUES = [
    ("It fell in the third quarter of 1989.", "1989-Q3"), ("It happened over the weekend.", "2026-W04-WE"),
    ("It was built in the 1990s.", "199"), ("It happened last week.", "2026-W04"), ("It happened on Monday evening.", "2026-01-26TEV"),
    ("It opened in the summer of 2019.", "2019-SU"), ("It is over now.", "PRESENT_REF"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_values_as_timeml_has_them(text: str, value: str) -> None:
    assert times(text, "en", zone="Europe/London")[0].value == value


@settings(max_examples=60)
@given(st.datetimes(min_value=datetime(1700, 1, 1), max_value=datetime(2900, 1, 1)), st.sampled_from([*DANISH.values()]))
def test_any_date_of_publication_will_do(published: datetime, row: tuple[str, ...]) -> None:
    for one in times(specimen(row[0]).text, published=published.isoformat()):
        assert one.start is None or (one.end is not None and one.start < one.end)
