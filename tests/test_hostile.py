"""Odd and hostile input: nothing crashes, nothing is lost, spans slice to what they claim, time grows with length."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sagt import Reader, Reading, Report, parse
from sagt.decode import Found, Name
from sagt.read import put_together
from sagt.types import Act, Span

STORY = 'Karen Holt siger, at broen lukker fredag. "Vi har ikke flere penge," siger hun ifølge AP.\n\n- Det er slut, siger hun.\n\n'

ODD = {
    "empty": b"",
    "white space": b" \n\n\t \r\n",
    "binary": bytes(range(256)) * 40,
    "no sentence marks": b"hun siger at broen lukker og han siger nej " * 200,
    "only quotation marks": '"“”„»«‘’'.encode() * 500,
    "odd marks": 'Hun sagde "nej.\n\nHan sagde ja".\n\n»Måske, sagde de.'.encode(),
    "NFD accents": "Ma\u030ans A\u030akesson sa\u0308ger att bron sta\u0308ngs.".encode(),
    "soft hyphens": "Borg\u00admesteren si\u00adger, at bro\u00aden luk\u00adker.".encode(),
    "zero-width characters": "Holt\u200b siger\u200d, at\ufeff broen\u2060 lukker.".encode(),
    "emoji": "Holt 👩‍👩‍👧‍👦 siger: »Vi vinder 🏆🇩🇰!«".encode(),
    "CRLF": STORY.replace("\n", "\r\n").encode(),
    "lone CR": STORY.replace("\n", "\r").encode(),
    "mixed encodings": "Hun siger, at åen ".encode() + "går over sine bredder".encode("cp1252"),
    "UTF-16": STORY.encode("utf-16"),
    "right to left": "قال رئيس البلدية إن الجسر مغلق. \u202eHolt siger nej\u202c.".encode(),
    "NUL inside": b"Holt siger\x00, at broen lukker.",
    "truncated HTML": b"<html><body><p>Holt siger, at broen lukker.<p>Det <b",
    "nested HTML": b"<div>" * 50_000 + b"Holt siger nej.",
    "one word": b"Bro",
    "surrogates in UTF-8": b"Holt \xed\xa0\x80 siger nej",
    "long word": b"a" * 30_000,
}


def check(reading: Reading) -> None:
    text = reading.report.text
    for one in reading.attributions:
        assert one.content
        for span in (*one.source, *one.cue, *one.content):
            assert 0 <= span.start < span.end <= len(text)
            assert "\n" not in span.of(text)
            assert span.of(text).strip()
        assert 0 <= one.confidence <= 1
    ids = [one.id for one in reading.attributions]
    assert len(set(ids)) == len(ids)
    assert all(one.inside in (None, *ids) and one.inside != one.id for one in reading.attributions)


@pytest.mark.parametrize("name", ODD)
def test_odd_input_is_read(reader: Reader, name: str) -> None:
    for report in parse(ODD[name]):
        check(reader.read(report))


def test_an_empty_file_is_a_report_with_a_fault(reader: Reader) -> None:
    (report,) = parse(b"")
    assert report.text == ""
    assert report.faults
    assert reader.read(report).attributions == ()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from(list(" \n\"“”»«-–:.,'’"))), max_size=600))
def test_random_text(reader: Reader, text: str) -> None:
    for report in parse(text.encode("utf-8", "surrogatepass"), format="text"):
        check(reader.read(report))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*STORY.split(" "), '"', "«", "\n\n- ", "siger", "ifølge", "Reuters", ":"]), max_size=120))
def test_shuffled_news(reader: Reader, words: list[str]) -> None:
    check(reader.read(parse(" ".join(words).encode())[0]))


def seconds(reader: Reader, text: str) -> float:
    began = time.process_time()
    check(reader.read(parse(text.encode(), format="text")[0]))
    return time.process_time() - began


@pytest.mark.parametrize(
    "unit", [STORY, "hun siger at broen lukker og han siger nej ", '"Nej, sagde '], ids=["story", "one line", "open marks"]
)
def test_time_grows_linearly(reader: Reader, unit: str) -> None:
    small, large = 8_000 // len(unit), 48_000 // len(unit)
    seconds(reader, unit * small)
    one, six = seconds(reader, unit * small), seconds(reader, unit * large)
    assert six < 6 * one * 2 + 1


def test_two_megabytes_in_one_line(reader: Reader) -> None:
    """Reads at the usual pace: some 440,000 words, so a few minutes; here a hundredth of it in full, all of it in segments."""
    from sagt import segment

    text = "ord og flere ord uden tegn " * 74_000
    began = time.perf_counter()
    (line,) = segment.paragraphs(text)
    assert sum(len(segment.words(text, s)) for s in segment.sentences(text, line)) == 6 * 74_000
    assert time.perf_counter() - began < 20
    check(reader.read(parse(text[:20_000].encode())[0]))


def crowded(people: int) -> tuple[str, list[Found], list[Name]]:
    """A report in which everybody is somebody else, and says something of the mayor, her and Monday."""
    text, found, names = "", [], []
    for n in range(people):
        name = f"Karen Holt{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}"
        start = len(text)
        text += f"{name} siger, at borgmesteren og hun lukker broen mandag. Selskabet afviser det, siger han. " + "\n\n" * (n % 3 == 0)
        source, content = Span(start, start + len(name)), text.index("at borgmesteren", start)
        names.append(Name(source, "PER", 0.9))
        cue = Span(source.end + 1, source.end + 6)
        found.append(Found((source,), (cue,), (Span(content, text.index(".", content)),), Act.STATES, False, 0.9))
    return text, found, names


def rule_seconds(text: str, found: list[Found], names: list[Name]) -> float:
    report = Report("x", text, language="da", published="2026-01-27T08:00:00+01:00")
    began = time.process_time()
    put_together(report, found, names)
    return time.process_time() - began


def test_the_rules_take_linear_time_in_a_crowd() -> None:
    rule_seconds(*crowded(50))
    assert rule_seconds(*crowded(900)) < 6 * 2 * rule_seconds(*crowded(150)) + 1


@pytest.mark.parametrize("unit", ["sidste år ", "12:30:", "mandag den 3. marts ", "1 ", "den den ", "sent tidligt ", "ministeren "])
def test_the_rules_take_linear_time_in_dense_text(unit: str) -> None:
    small, large = 6_000 // len(unit), 36_000 // len(unit)
    rule_seconds(unit * 10, [], [])
    assert rule_seconds(unit * large, [], []) < 6 * 2 * rule_seconds(unit * small, [], []) + 1
