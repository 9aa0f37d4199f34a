"""What a report says of itself: new version, correction, kill, repeat, or nothing."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from specimen import specimen

from sagt import ingest, takes
from sagt.formats import Given
from sagt.types import SignalKind, Status

MARKS = {
    "UPDATE 2-Havnby bridge closes": "update",
    "WRAPUP 1-Bridges close": "update",
    "CORRECTED-Havnby bridge closes": "correction",
    "CORRECTION: Havnby bridge": "correction",
    "RPT-Havnby bridge closes": "repeat",
    "REFILE-Havnby bridge closes": "update",
    "Broen lukker - NY": "update",
    "Broen lukker (NY)": "update",
    "Broen lukker - GENT": "repeat",
    "RETTELSE: Broen lukker": "correction",
    "RETTELSE til Broen lukker": "correction",
    "ANNULLERET: Broen lukker": "kill",
    "KILL: Havnby bridge": "kill",
    "OPDATERET: Broen": "update",
    "RÄTTELSE: Bron stängs": "correction",
    "Berichtigung: Brücke": "correction",
    "KORR - Brua stenger": "correction",
    "Brua stenger (GENTAGELSE)": "repeat",
    "Havnby Bridge, 3rd Ld-Writethru": "update",
    "STORY WITHDRAWN: Havnby": "kill",
    # No marks: words that only look like them.
    "Killed in crash: two from Havnby": None,
    "Updates promised by the mayor": None,
    "New bridge opens": None,
    "Ny bro åbner": None,
    "Corrections officer denies charge": None,
    "Rettelser koster millioner": None,
    "Korrekt dosis er vigtig": None,
    "Gentagne fejl på broen": None,
    "Minister: Update 2 is not enough": None,
    "Bro annulleret": None,
}


@pytest.mark.parametrize(("headline", "kind"), MARKS.items())
def test_marks_in_headlines(headline: str, kind: str | None) -> None:
    found = takes.signal([], {"headline": headline})
    assert (found.kind.value if found else None) == kind
    if found:
        assert found.evidence[0].startswith("headline: ")


FIELDS = [
    ("slug", "NET/USA/IRAN/ANGREB+NV", "update"),
    ("slug", "USA (NY)", "update"),
    ("slug", "GLOBAL-BRO/ (UPDATE 1)", "update"),
    ("slug", "BC-US--Bridge, 1st Ld-Writethru", "update"),
    ("slug", "havnbybroUV4", "update"),
    ("slug", "bro-havnby", None),
    ("slug", "NYHEDER", None),
    ("note", "Eds: Adds quote from mayor.", "update"),
    ("note", "CORRECTS spelling of Holt", "correction"),
    ("note", "Noe utvidet.", "update"),
    ("note", "Contact: Havnby desk", None),
    ("note", "Mandatory kill: the story is wrong.", "kill"),
    ("note", "Ny rubrik, delvis omskriven ingress.", "update"),
    ("text", "(Adds mayor's comment) HAVNBY (AP) - The bridge", "update"),
    ("text", "(In March 3 story, corrects last paragraph to 31) HAVNBY", "correction"),
    ("text", "(Repeats with no changes) HAVNBY", "repeat"),
    ("text", "HAVNBY (AP) - The mayor adds that", None),
]


@pytest.mark.parametrize(("field", "words", "kind"), FIELDS)
def test_marks_in_other_fields(field: str, words: str, kind: str | None) -> None:
    found = takes.signal([], {field: words})
    assert (found.kind.value if found else None) == kind


def test_the_weightiest_kind_wins_with_all_its_evidence() -> None:
    found = takes.signal([(SignalKind.UPDATE, "version 3"), (SignalKind.CORRECTION, "edStat:C")], {"headline": "CORRECTED-Bridge"})
    assert found and (found.kind, found.evidence) == (SignalKind.CORRECTION, ("edStat:C", "headline: CORRECTED-"))
    assert takes.status(None, found) is Status.CORRECTED
    assert takes.status(Status.CANCELED, found) is Status.CANCELED


BASES = {
    "UPDATE 2-Broen lukker": "broen lukker",
    "CORRECTED-UPDATE 1-Broen lukker": "broen lukker",
    "Broen lukker - NY": "broen lukker",
    "USA (NY)": "usa",
    "NET/USA/IRAN+NV": "net/usa/iran",
    "BC-US--Bridge, 1st Ld-Writethru": "bc-us--bridge",
}


@pytest.mark.parametrize(("marked", "bare"), BASES.items())
def test_what_stays_from_take_to_take(marked: str, bare: str) -> None:
    assert takes.base(marked) == bare


@pytest.mark.parametrize(("version", "number"), [("2", 2), ("1132689232", None), ("", None), (None, None), ("2.0", None), ("٣", None)])
def test_versions_that_count(version: str | None, number: int | None) -> None:
    assert takes.counter(version) == number


def known(seq: int, told: str) -> takes.Known:
    """A report of Ritzau from its short form: "02 06:00 Broen lukker" (day and time, headline)."""
    day, time, title = told.split(" ", 2)
    fields = {
        "text": f"{title}\n\nBroen lukker.",
        "title": title,
        "outlet": "Ritzau",
        "date": f"2026-03-{day}T{time}:00Z",
        "language": "da",
    }
    [item] = ingest.items(json.dumps(fields).encode(), Given(), "row")
    return takes.Known(item.report, seq, datetime.fromisoformat(fields["date"]))


MENDS = {
    "a correction the day after": ("02 06:00 Broen i Havnby lukker", "03 08:10 Rettet: Broen i Havnby lukker", True),
    "a correction after six days": ("02 06:00 Broen i Havnby lukker", "08 08:10 Rettet: Broen i Havnby lukker", True),
    "a correction after eight days": ("02 06:00 Broen i Havnby lukker", "10 08:10 Rettet: Broen i Havnby lukker", False),
    "a new version the day after": ("02 06:00 Broen i Havnby lukker", "03 08:10 OPDATERET: Broen i Havnby lukker", False),
    "a kill that says it in fewer words": (
        "02 06:00 Fire klatrere fundet i live på fjeldet",
        "02 08:00 KILL: Klatrere fundet fjeldet",
        True,
    ),
    "a kill of something else": ("02 06:00 Fire klatrere fundet i live på fjeldet", "02 08:00 KILL: Klatrere fundet døde", False),
    "a kill in two words": ("02 06:00 Fire klatrere fundet i live på fjeldet", "02 08:00 KILL: Klatrere fundet", False),
}


@pytest.mark.parametrize(("before", "later", "found"), MENDS.values(), ids=MENDS)
def test_what_a_correction_or_kill_is_of(before: str, later: str, found: bool) -> None:
    one, other = known(2, later), known(1, before)
    assert (takes.predecessor(one, [other]) is not None) is found
    if found:
        assert set(takes.near(one.report, one.at, around=True)) & set(takes.near(other.report, other.at, around=False))
        assert set(takes.near(other.report, other.at, around=True)) & set(takes.near(one.report, one.at, around=False))


NOTES = [
    "⟦n RETTELSE: I et tidligere telegram stod et forkert tal.⟧\n\nBroen lukker.",
    "The bridge closes.\n\n⟦n An earlier version of this article gave the wrong number.⟧",
    "Brua stenger.\n⟦n Rettelse: Tallet var feil.⟧",
    "Broen lukker. Den tidligere borgmester er vred.",
]


@pytest.mark.parametrize("marked", NOTES)
def test_where_a_correction_tells_what_was_wrong(marked: str) -> None:
    one = specimen(marked)
    assert takes.notes(one.text) == list(one["n"])
