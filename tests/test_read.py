"""What the shipped weights read in short texts: ⟦s source⟧ ⟦u cue⟧ ⟦c content⟧ of one attribution, all of it right to the character."""

import json

import pytest
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
    "nb": "⟦s Ordfører Kari Holt⟧ ⟦u sier⟧ ⟦c at brua stenger på fredag⟧.",
    "sv": "⟦s Borgmästare Karin Holt⟧ ⟦u säger⟧ ⟦c att bron stängs på fredag⟧.",
    "de": "⟦s Bürgermeisterin Karin Holt⟧ ⟦u sagte⟧, ⟦c die Brücke werde am Freitag geschlossen⟧.",
}


@pytest.mark.parametrize("name", EXACT)
def test_exact(reader: Reader, name: str) -> None:
    s = specimen(EXACT[name])
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


def test_threads_change_nothing(reader: Reader) -> None:
    text = "\n\n".join(specimen(t).text for t in EXACT.values()) * 5
    (report,) = parse(text.encode())
    assert line(Reader(threads=1).read(report)) == line(Reader(threads=3).read(report))


def test_the_json_contract(reader: Reader) -> None:
    (report,) = parse(
        "Broen lukker, siger Karen Holt ifølge AP.\n\n/ritzau/".encode(), outlet="Nordpressen", published="2026-03-03T06:12:00+01:00"
    )
    record = json.loads(line(reader.read(report)))
    assert record["report"] | {"text": "", "id": ""} == {
        "id": "", "format": "text", "name": None, "outlet": "Nordpressen", "agencies": ["Ritzau"], "url": None, "language": "da",
        "title": None,
        "published": "2026-03-03T06:12:00+01:00", "replaces": None, "status": "usable", "text": "", "faults": [],
    }  # fmt: skip
    (one,) = record["attributions"]
    text = record["report"]["text"]
    assert [text[slice(*link["span"])] if link["span"] else link["name"] for link in one["chain"]] == ["Karen Holt", "AP", "Nordpressen"]
    assert {"id", "source", "cue", "content", "kind", "act", "inside", "chain", "confidence"} <= one.keys()
