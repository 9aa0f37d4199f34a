"""What the shipped weights read in short texts: ⟦s source⟧ ⟦u cue⟧ ⟦c content⟧ of one attribution, all of it right to the character."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from specimen import specimen

from sagt import Reader, Report, parse
from sagt.export.json import line

EXACT = {
    "da said that": "⟦s Borgmester Karen Holt⟧ ⟦u siger⟧, ⟦c at broen lukker på fredag⟧.",
    "da tag after": "⟦c Broen lukker på fredag⟧, ⟦u siger⟧ ⟦s Karen Holt⟧.",
    "da according to": "⟦u Ifølge⟧ ⟦s politiet⟧ ⟦c var der tre personer i bilen⟧.",
    "da dash": "- ⟦c Vi har ikke flere penge⟧, ⟦u siger⟧ ⟦s hun⟧.",
    "da marks": "⟦c »Vi har ikke flere penge,«⟧ ⟦u siger⟧ ⟦s Karen Holt⟧.",
    "en said that": "⟦s Mayor Karen Vale⟧ ⟦u said⟧ ⟦c the bridge would close on Friday⟧.",
    "en according to": "⟦c Three people were in the car⟧, ⟦u according to⟧ ⟦s police⟧.",
    "en marks": "⟦c “We have no money left,”⟧ ⟦s Vale⟧ ⟦u said⟧.",
    "da cue in parts": "⟦s Holt⟧ ⟦u bad⟧ i går ministeren ⟦u om⟧ ⟦c at stoppe arbejdet⟧.",
    "en reportedly": "⟦c Three bridges⟧ ⟦u reportedly⟧ ⟦c closed on Friday⟧.",
    "en told": "⟦s Mayor Vale⟧ ⟦u told⟧ Reuters ⟦c that the bridge would close⟧.",
    "en split by the tag": "⟦c “We have waited,”⟧ ⟦s Vale⟧ ⟦u said⟧, ⟦c “and now it is over.”⟧",
    "da according to, in the middle": "⟦c Broen er⟧ ⟦u ifølge⟧ ⟦s flere medier⟧ ⟦c lukket⟧.",
    "da nobody named": "Karen Holt har været borgmester i ti år. Hun er træt.\n\n⟦c Det er slut⟧, ⟦u lyder det⟧.",
    "nb dash": "– ⟦c Vi har ikke mer penger⟧, ⟦u sier⟧ ⟦s hun⟧.",
    "sv dash": "– ⟦c Vi har inga pengar kvar⟧, ⟦u säger⟧ ⟦s hon⟧.",
    "de marks": "⟦c „Wir haben kein Geld mehr“⟧, ⟦u sagte⟧ ⟦s Holt⟧.",
    "nb": "⟦s Ordfører Kari Holt⟧ ⟦u sier⟧ ⟦c at brua stenger på fredag⟧.",
    "sv": "⟦s Borgmästare Karin Holt⟧ ⟦u säger⟧ ⟦c att bron stängs på fredag⟧.",
    "de": "⟦s Bürgermeisterin Karin Holt⟧ ⟦u sagte⟧, ⟦c die Brücke werde am Freitag geschlossen⟧.",
}


@pytest.mark.parametrize("name", EXACT)
def test_exact(reader: Reader, name: str) -> None:
    s = specimen(EXACT[name])
    (one,) = reader.read(parse(s.text.encode())[0]).attributions
    assert (one.source, one.cue, one.content) == (s["s"], s["u"], s["c"])


#: What the weights of today get wrong; a strict expected failure, so that a better pack makes itself known.
KNOWN_FAILURES = {
    "da noun cue": "⟦s Holts⟧ ⟦u krav om⟧, ⟦c at broen genåbner⟧, blev hørt.",
}


@pytest.mark.xfail(strict=True, reason="the weights of today")
@pytest.mark.parametrize("name", KNOWN_FAILURES)
def test_known_failures(reader: Reader, name: str) -> None:
    s = specimen(KNOWN_FAILURES[name])
    (one,) = reader.read(parse(s.text.encode())[0]).attributions
    assert (one.source, one.cue, one.content) == (s["s"], s["u"], s["c"])


SILENT = [
    "Broen blev bygget i 1954 og er 310 meter lang.",
    "The ferry sails twice a day and takes forty cars.",
    "Orkestret spillede »Havet« af en ung komponist.",
]


@pytest.mark.parametrize("text", SILENT)
def test_nothing_is_passed_on(reader: Reader, text: str) -> None:
    assert reader.read(parse(text.encode())[0]).attributions == ()


def test_many_at_once_read_as_one_by_one(reader: Reader) -> None:
    reports = [parse(f"{specimen(text).text}\n\n- Nej, siger nummer {i}.".encode())[0] for i, text in enumerate(EXACT.values())] * 8
    reports.insert(3, parse(b"")[0])
    together = [line(r) for r in reader.read_all(iter(reports))]
    assert together == [line(reader.read(report)) for report in reports]


def test_read_all_is_lazy(reader: Reader) -> None:
    taken = []

    def reports():
        for i in range(10_000):
            taken.append(i)
            yield Report(str(i), f"Holt siger, at broen {i} lukker.")

    next(reader.read_all(reports()))
    assert len(taken) < 500


@pytest.mark.usefixtures("forgiving")
@pytest.mark.parametrize("step", ["_windows", "_put_together"])
def test_a_report_that_cannot_be_read_keeps_no_other_waiting(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    one, odd = Report("one", "Broen lukker, siger Karen Holt."), Report("odd", "Holt siger, at broen lukker.")
    expected = reader.read(one)
    if step == "_windows":
        odd = replace(odd, text="Holt siger: \ud800")  # no text, and from no format: the tokenizer refuses it
    else:
        read = Reader._put_together
        monkeypatch.setattr(Reader, step, lambda self, report, tagged: read(self, report, tagged) if report.id != "odd" else {}["Holt"])
    first, second, third = reader.read_all([one, odd, one])
    assert first == third == expected
    (fault,) = second.faults
    assert second.report == odd and second.attributions == () and fault.ours and fault.what.startswith("could not be read: ")
    assert len(caplog.messages) == 1 and "odd could not be read" in caplog.messages[0] and "Holt" not in caplog.messages[0]


def test_threads_change_nothing(reader: Reader) -> None:
    text = "\n\n".join(specimen(t).text for t in EXACT.values()) * 5
    (report,) = parse(text.encode())
    assert line(Reader(threads=1).read(report)) == line(Reader(threads=3).read(report))


def test_the_json_contract(reader: Reader) -> None:
    (report,) = parse(
        "Broen lukker, siger Karen Holt ifølge AP.\n\n/ritzau/".encode(), outlet="Nordpressen", published="2026-03-03T06:12:00+01:00"
    )
    record = json.loads(line(reader.read(report)))
    assert record["report"]["item"]["guid"] is None
    assert record["report"] | {"text": "", "id": "", "item": None} == {
        "id": "", "item": None, "parts": [], "format": "text", "name": None,
        "outlet": "Nordpressen", "agencies": ["Ritzau"], "url": None, "language": "da",
        "title": None,
        "published": "2026-03-03T06:12:00+01:00", "zone": None, "replaces": None, "status": "usable", "text": "", "faults": [],
    }  # fmt: skip
    (one,) = record["attributions"]
    text = record["report"]["text"]
    assert [text[slice(*link["span"])] if link["span"] else link["name"] for link in one["chain"]] == [
        "Karen Holt",
        "AP",
        "ritzau",
        "Nordpressen",
    ]
    assert {"id", "source", "cue", "content", "kind", "act", "inside", "chain", "confidence"} <= one.keys()


EXAMPLE = (Path(__file__).parents[1] / "examples" / "havnbroen.txt").read_bytes()


@pytest.fixture(scope="module")
def example(reader: Reader) -> list[dict[str, str]]:
    """The example report as rows of words."""
    (report,) = parse(EXAMPLE, outlet="Nordpressen")
    return [
        {
            "who": " ".join(s.of(report.text) for s in one.source),
            "cue": " ".join(s.of(report.text) for s in one.cue),
            "what": " ".join(s.of(report.text) for s in one.content),
            "act": str(one.act),
            "kind": str(one.kind),
            "chain": " > ".join(link.name or "" for link in one.chain),
            "inside": one.inside or "",
            "id": one.id,
        }
        for one in reader.read(report).attributions
    ]


def row(example: list[dict[str, str]], what: str) -> dict[str, str]:
    return next(r for r in example if what in r["what"])


def test_a_statement_through_two_agencies(example: list[dict[str, str]]) -> None:
    outer = row(example, "Ministeren lovede")
    assert (outer["who"], outer["chain"]) == ("Holt", "Karen Holt > AP > Ritzau > Nordpressen")
    inner = next(r for r in example if r["what"] == "at staten betaler halvdelen af reparationen")
    assert (inner["who"], inner["act"], inner["inside"]) == ("Ministeren", "promises", outer["id"])


def test_a_turn_of_two_dash_paragraphs(example: list[dict[str, str]]) -> None:
    turn = row(example, "Vi har ventet")
    assert turn["what"].endswith("den 20. december")
    assert (turn["who"], turn["kind"]) == ("borgmesteren", "direct")


def test_a_request(example: list[dict[str, str]]) -> None:
    assert (row(example, "at sætte en færge ind")["who"], row(example, "at sætte en færge ind")["act"]) == ("Hun", "asks")


def test_a_confirmation_withheld_and_an_open_question(example: list[dict[str, str]]) -> None:
    withheld = next(r for r in example if r["act"] == "withholds")
    assert (withheld["who"], withheld["what"]) == ("Transportministeriet", "aftalen")
    assert (row(example, "hvad regningen ender på")["who"], row(example, "hvad regningen ender på")["act"]) == ("", "unclear")


def test_a_denial_points_back(example: list[dict[str, str]]) -> None:
    denied = next(r for r in example if r["act"] == "denies")
    assert denied["who"] == "borgmesteren"
    assert "Betonen skal hærde" in denied["what"]


@pytest.mark.parametrize("code", ["no", "fr", "zz", "", None])
def test_a_language_that_sagt_has_no_facts_of(reader: Reader, code: str | None) -> None:
    text = "Karen Holt, sa til avisen Nordposten, at broen lukker fredag. Avisen ba regjeringen om svar innen mandag, skriver NTB."
    assert reader.read(Report("x", text, language=code)).report.text == text


_FIELD = (
    st.none()
    | st.text(max_size=40)
    | st.sampled_from(["http://[", "no", "fr", "KILL: X", "X, mayor of Y", "2026-13-45", "9999-12-31T23:59:59+14:00"])
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_FIELD, _FIELD, _FIELD, _FIELD, _FIELD)
def test_whatever_a_report_says_of_itself(
    reader: Reader, language: str | None, url: str | None, outlet: str | None, title: str | None, published: str | None
) -> None:
    report = Report(
        "x", "Broen lukker fredag, siger Karen Holt til AP.", language=language, url=url, outlet=outlet, title=title, published=published
    )
    assert reader.read(report).attributions
