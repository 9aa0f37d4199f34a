"""The three ways out: JSON, terminal, page. All specimens are invented."""

from __future__ import annotations

import json
import re
import tomllib
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files

import pytest
from lxml import html

from sagt.export import json as as_json
from sagt.export.page import page
from sagt.export.pieces import Mark, Part, marks, pieces
from sagt.export.terminal import show
from sagt.types import Act, Attribution, Fault, Kind, Link, Reading, Report, Role, Span, Spans, Status

# Specimens carry their answer: [1 content], {1 source}, <1 cue>, as the terminal shows them. A closing mark may repeat its number.
BRIDGE = """[1 Broen over Lille Holm lukkes fredag aften], <1 siger> {1 borgmester Karen Vestgård} ifølge Fjordbureauet.

{2 Vestgård} <2 fortæller>, [2 at {3 entreprenøren} <3 lovede> hende, [3 at arbejdet er færdigt inden påske] 2].

[4 - Vi har målt revner på op til fire centimeter], <4 siger> {4 hun}.

[4 - Det er ikke en bro, man kører en skolebus over.]

{5 Entreprenøren, Aksel Brinch}, <5 har ikke ønsket at udtale sig>. {6 Han} <6 skrev> søndag på sin hjemmeside, \
[6 at "broen holder i hundrede år"], og [6 at [7 kommunen <7 efter {7 hans} mening 7> overdriver 7] 6].

/Nordpressen/"""

FERRY = """[1 The ferry will sail again on Monday], {1 harbour master Ines Calloway} <1 said>, [1 “provided that the wind drops”].

{2 Two deckhands}, who asked not to be named, <2 said> [2 that {3 Calloway} <3 had promised> them [3 a new boat] 2].

<4 It is not clear> [4 who would pay]."""

_MARK = re.compile(r"([\[{<])(\d+) |(?: \d+)?([\]}>])")
_OPEN = {"]": "[", "}": "{", ">": "<"}


def read(marked: str) -> tuple[str, dict[tuple[str, int], Spans]]:
    """The text without its marks, and the spans of each ("[", number)."""
    text, last = "", 0
    held: list[tuple[str, int, int]] = []
    found: dict[tuple[str, int], Spans] = {}
    for mark in _MARK.finditer(marked):
        text += marked[last : mark.start()]
        last = mark.end()
        if mark[1]:
            held.append((mark[1], int(mark[2]), len(text)))
        else:
            sign, number, start = held.pop()
            assert sign == _OPEN[mark[3]]
            found[sign, number] = (*found.get((sign, number), ()), Span(start, len(text)))
    return text + marked[last:], found


def said(
    marked: str, number: int, act: Act = Act.STATES, kind: Kind = Kind.INDIRECT, inside: str | None = None, chain: tuple[Link, ...] = (),
) -> Attribution:  # fmt: skip
    """Attribution `number` of a marked text."""
    found = read(marked)[1]
    source, cue, content = (found.get((sign, number), ()) for sign in "{<[")
    return Attribution(f"a{number}", source, cue, content, kind, act, 0.9371, inside=inside, chain=chain)


def named(text: str, role: Role, words: str, cue: str = "") -> Link:
    """A hand whose name and cue stand in the text."""
    at = [Span(text.index(one), text.index(one) + len(one)) for one in (words, cue) if one]
    return Link(role, at[0], tuple(at[1:]), words)


def bridge() -> Reading:
    """Danish: a relay, a promise within a telling, one quotation over two paragraphs, a refusal, a belief in a half-quoted telling."""
    t, text = BRIDGE, read(BRIDGE)[0]
    outlet = Link(Role.OUTLET, None, (), "Nordpressen")
    relay = named(text, Role.CARRIER, "Fjordbureauet", "ifølge")
    mayor, builder = named(text, Role.SPEAKER, "Karen Vestgård"), named(text, Role.SPEAKER, "Aksel Brinch")
    found = (
        said(t, 1, chain=(mayor, relay, outlet)),
        said(t, 2, chain=(mayor, outlet)),
        said(t, 3, Act.PROMISES, inside="a2", chain=(builder, mayor, outlet)),
        said(t, 4, kind=Kind.DIRECT, chain=(mayor, outlet)),
        said(t, 5, Act.WITHHOLDS, chain=(builder, outlet)),
        said(t, 6, kind=Kind.MIXED, chain=(builder, outlet)),
        said(t, 7, Act.BELIEVES, inside="a6", chain=(builder, outlet)),
    )
    report = Report(
        "sha256:b1", text, outlet="Nordpressen", agencies=("Fjordbureauet",), language="da", title="Bro lukkes efter fund af revner",
        published="2026-03-03T06:12:00+01:00", url="https://nordpressen.example/bro?a=1&b=2", name="bro.txt",
    )  # fmt: skip
    return Reading(report, found, "da-small-1")


def ferry() -> Reading:
    """English: a quotation around its cue, nobody named, a fault in the report and one in the reading."""
    t, text = FERRY, read(FERRY)[0]
    found = (said(t, 1), said(t, 2), said(t, 3, Act.PROMISES, inside="a2"), said(t, 4, Act.UNCLEAR))
    faults = (Fault("The credit line is cut off.", Span(len(text) - 4, len(text))),)
    report = Report("sha256:f1", text, outlet="The Skerry Post", language="en", status=Status.CORRECTED, faults=faults)
    return Reading(report, found, "en-small-1", (Fault("One sentence was too long to read whole."),))


HOSTILE = "</script><img src=x onerror=alert(1)> \x1b[31mrød\x1b]0;x\x07 \x9b2J \u202etxet\u2066 \ud800 \x00 \r {{ 7*7 }} [1 " + "å" * 5000


def hostile() -> Reading:
    """Markup, ANSI, marks of direction, a lone surrogate, one endless word, and spans that cannot be."""
    t = HOSTILE
    spans = (Span(5, 60), Span(-4, 3), Span(90, 10**6), Span(7, 7))
    link = Link(Role.SPEAKER, None, (), '"><script>alert(2)</script>\x1b[2J\u202e')
    one = Attribution("\"'><b>", (), (), spans, Kind.DIRECT, Act.STATES, 0.5, "<i>", "\" onfocus='x'", (link,))
    report = Report(
        "sha256:\"'><x>", t, outlet="<b>&amp;\x1b[0m", url="javascript:alert(1)", language="\"><script>", title="\"'</title><script>\u202e",
        published="ikke i går", faults=(Fault("\x1b[5m<blink>", Span(0, 10**6)),),
    )  # fmt: skip
    return Reading(report, (one, one), "<pack>")


def empty() -> Reading:
    """A report without a character."""
    return Reading(Report("sha256:e", ""))


SPECIMENS: tuple[Callable[[], Reading], ...] = (bridge, ferry, hostile, empty)
every = pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda f: f.__name__)


@every
def test_pieces_are_the_text(specimen: Callable[[], Reading]) -> None:
    reading = specimen()
    text = reading.report.text
    cut = list(pieces(text, marks(reading)))
    assert "".join(piece.span.of(text) for piece in cut) == text
    assert all(mark.span.covers(piece.span) for piece in cut for mark in piece.marks)


def test_crossing_marks_share_a_piece() -> None:
    left, right = Mark(Span(0, 4), Part.CONTENT, 1), Mark(Span(2, 6), Part.SOURCE, 2)
    cut = [(piece.span, {mark.number for mark in piece.marks}) for piece in pieces("abcdefgh", [right, left])]
    assert cut == [((0, 2), {1}), ((2, 4), {1, 2}), ((4, 6), {2}), ((6, 8), set())]


@every
def test_json_is_one_harmless_line(specimen: Callable[[], Reading]) -> None:
    line = as_json.line(specimen())
    assert len(line.splitlines()) == 1
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", line)
    line.encode()


@every
def test_json_slices_right(specimen: Callable[[], Reading]) -> None:
    reading = specimen()
    got = json.loads(as_json.line(reading))
    text = got["report"]["text"]
    assert text == reading.report.text.replace("\ud800", "\ufffd")  # one character for one
    for one, out in zip(reading.attributions, got["attributions"], strict=True):
        for part in ("source", "cue", "content"):
            assert [text[start:end] for start, end in out[part]] == [span.of(text) for span in getattr(one, part)]


def test_json_has_the_promised_keys() -> None:
    got = as_json.record(bridge())
    assert list(got) == ["report", "attributions", "actors", "times", "events", "promises", "questions", "pack"]
    assert set(got["report"]) == {
        "id", "format", "name", "outlet", "agencies", "url", "language", "title", "published", "zone", "replaces", "status", "item",
        "text", "parts", "faults",
    }  # fmt: skip
    first = got["attributions"][0]
    assert set(first) == {
        "id", "source", "cue", "content", "kind", "act", "inside", "chain", "speaker", "medium", "said", "due", "answers", "hedges",
        "negated", "confidence", "found_by",
    }  # fmt: skip
    assert first["confidence"] == 0.94
    assert [set(link) for link in first["chain"]] == [
        {"role", "actor", "span", "name"}, {"role", "actor", "span", "cue", "name"}, {"role", "actor", "span", "name"},
    ]  # fmt: skip
    assert first["chain"][2] == {"role": "outlet", "actor": None, "span": None, "name": "Nordpressen"}


def test_json_has_the_faults_of_report_and_reading() -> None:
    first, second = as_json.record(ferry())["report"]["faults"]
    assert first == {"what": "The credit line is cut off.", "span": [len(ferry().report.text) - 4, len(ferry().report.text)]}
    assert second == {"what": "One sentence was too long to read whole.", "span": None}


def flat(shown: str) -> str:
    return " ".join(shown.split())


@pytest.mark.parametrize("specimen, marked", ((bridge, BRIDGE), (ferry, FERRY)))
def test_terminal_shows_the_marks_without_colour(specimen: Callable[[], Reading], marked: str) -> None:
    assert flat(marked) in flat(show(specimen(), 80, False))


def test_terminal_marks_crossing_without_colour() -> None:
    one = Attribution("a1", (), (), (Span(0, 7),), Kind.INDIRECT, Act.STATES, 1.0)
    two = Attribution("a2", (), (), (Span(4, 11),), Kind.INDIRECT, Act.STATES, 1.0)
    shown = show(Reading(Report("sha256:x", "abc def ghi"), (one, two)), 80, False)
    assert "[1 abc [2 def 1] ghi 2]" in shown


def test_terminal_table_and_head() -> None:
    shown = flat(show(bridge(), 120, False))
    assert "Bro lukkes efter fund af revner Nordpressen · Fjordbureauet · 2026-03-03T06:12:00+01:00 · da" in shown
    assert "Karen Vestgård → Fjordbureauet → Nordpressen" in shown
    assert "withholds" in shown
    faulty = flat(show(ferry(), 100, False))
    assert "CORRECTED · The Skerry Post · en ! The credit line is cut off. (223-227: pay.) ! One sentence was too long" in faulty


@every
@pytest.mark.parametrize("width", (0, 24, 40, 72, 80, 200))
def test_terminal_keeps_to_the_width(specimen: Callable[[], Reading], width: int) -> None:
    assert max(map(len, show(specimen(), width, False).splitlines())) <= max(width, 24)


@every
def test_terminal_is_never_steered_and_colour_changes_no_words(specimen: Callable[[], Reading]) -> None:
    shown, coloured = show(specimen(), 80, False), show(specimen(), 80, True)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    assert ("\x1b[5m" not in coloured) and ("\x1b[31m" not in coloured)
    assert flat(re.sub(r"\x1b\[[0-9;]*m", "", coloured)) == flat(shown)
    shown.encode()


def as_carried(text: str) -> str:
    """What HTML can carry of a text: the control characters as their pictures."""
    return re.sub("[\ud800-\udfff]|[\x80-\x9f]", "\ufffd", re.sub("[\x00-\x08\x0b-\x1f]", lambda m: chr(0x2400 + ord(m[0])), text))


def parsed(*readings: Reading) -> html.HtmlElement:
    return html.document_fromstring(page(readings))


@every
def test_page_holds_the_text(specimen: Callable[[], Reading]) -> None:
    reading = specimen()
    (body,) = parsed(reading).xpath("//article/*[@class='columns']/*[@class='text']")
    assert body.text_content() == as_carried(reading.report.text)


@pytest.mark.parametrize("specimen", (bridge, ferry))
def test_page_classes_give_back_every_part(specimen: Callable[[], Reading]) -> None:
    reading = specimen()
    (body,) = parsed(reading).xpath("//*[@class='text']")
    for number, one in enumerate(reading.attributions, 1):
        for letter, spans in (("s", one.source), ("q", one.cue), ("c", one.content)):
            found = body.xpath(f".//mark[contains(concat(' ', @class, ' '), ' {letter}{number} ')]")
            want = "".join(span.of(reading.report.text) for span in spans)
            assert "".join(mark.text_content() for mark in found) == want


def test_page_is_reached_by_keyboard_and_by_link() -> None:
    root = parsed(bridge(), ferry())
    for link in root.xpath("//a[starts-with(@href, '#r')]"):
        assert len(root.xpath("//*[@id=$id]", id=link.get("href")[1:])) == 1
    stops = root.xpath("//mark[@tabindex='0']")
    assert len(stops) == len(bridge().attributions) + len(ferry().attributions)
    for mark in stops:
        assert root.xpath("//*[@id=$id]", id=mark.get("aria-describedby"))


def test_page_is_harmless() -> None:
    root = parsed(hostile(), bridge())
    assert not root.xpath("//script | //img | //b | //blink | //iframe | //link[@href!='data:,']")
    assert not [name for node in root.iter() for name in node.attrib if name.startswith("on") or name in ("style", "src")]
    assert {link.get("href").split(":")[0] for link in root.xpath("//a[not(starts-with(@href, '#'))]")} == {"https"}
    assert {node.tag for node in root.xpath("//*[contains(text(), '\u202e') or contains(text(), '\u2066')]")} == {"bdi"}
    page([hostile()]).encode()


def test_page_speaks_the_language_of_the_report_and_tells_all_of_it() -> None:
    assert "Hvem siger hvad" in page([bridge()])
    assert 'lang="da"' in page([bridge()])
    assert "Who says what" in page([ferry()])
    both = parsed(bridge(), ferry())
    assert both.get("lang") == "en"
    assert len(both.xpath("//article")) == len(both.xpath("//nav//a")) == 2
    assert not parsed(bridge()).xpath("//nav")
    assert all(words in both.text_content() for words in ("3. marts 2026 kl. 06.12", "One sentence was too long", "Corrected"))
    assert "ikke i går" in parsed(hostile()).text_content()


def test_page_allows_its_own_style_and_nothing_else() -> None:
    root = parsed(bridge(), ferry())
    policy = root.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    digest = b64encode(sha256(root.findtext(".//style").encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert parsed().xpath("//main")


def test_page_words_are_whole_in_each_language() -> None:
    words = tomllib.loads(files("sagt.export").joinpath("words.toml").read_text("utf-8"))
    for code, table in words.items():
        assert table["code"] == code
        assert table.keys() == words["en"].keys()
        assert len(table["months"]) == 12
        for name, values in (("acts", Act), ("kinds", Kind), ("statuses", Status)):
            assert table[name].keys() == set(values)
