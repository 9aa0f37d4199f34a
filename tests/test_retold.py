"""What was lost or changed on the way from one report to another: two reports, and what `sagt diff` must tell and must not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sagt import Reader, facts
from sagt.doubt import unsure
from sagt.ledger import Ledger, Payload
from sagt.store import Store

LOST = ("hedge lost", "chain lost", "number changed")
PAIRS = {
    # (outlet, language, text) of the earlier report and of the later one, and the changes of these kinds
    "a hand behind the agency": (
        ("Ritzau", "da", "Broen ved Havnby lukker i maj. Det siger borgmester Karen Holt til Havnby Avis."),
        ("Nordposten", "da", "Broen ved Havnby lukker i maj. Det siger borgmester Karen Holt ifølge Ritzau."),
        ["chain lost: Havnby Avis"],
    ),
    "told the agency itself": (
        ("Reuters", "en", "The bridge will close in May, mayor Karen Holt told Reuters on Monday."),
        ("The Harbour Gazette", "en", "The bridge will close in May, mayor Karen Holt said on Monday."),
        ["chain lost: Reuters"],
    ),
    "still credited": (
        ("Ritzau", "da", "Broen ved Havnby lukker i maj. Det siger borgmester Karen Holt til Ritzau."),
        ("Nordposten", "da", "Broen ved Havnby lukker i maj, siger borgmester Karen Holt til Ritzau."),
        [],
    ),
    "a dateline is no hand": (
        ("AP", "en", "HAVNBY (AP) — The bridge will close in May, mayor Karen Holt said on Monday."),
        ("The Harbour Gazette", "en", "The bridge will close in May, mayor Karen Holt said on Monday."),
        [],
    ),
    "only expected": (
        ("Ritzau", "da", "Borgmester Karen Holt regner med, at broen åbner igen den 4. maj."),
        ("Nordposten", "da", "Broen åbner igen den 4. maj, siger borgmester Karen Holt."),
        ["hedge lost: regner med"],
    ),
    "what somebody can do": (
        ("Ritzau", "da", "- Vi lukker broen, så vi kan arbejde i fred, siger borgmester Karen Holt."),
        ("Nordposten", "da", "- Vi lukker broen for at arbejde i fred, siger borgmester Karen Holt."),
        [],
    ),
    "a correction that tells both numbers": (
        ("Ritzau", "da", "Skibet har 2400 ton styren om bord, siger vagtleder Karen Holt til Ritzau."),
        (
            "Ritzau",
            "da",
            "RETTELSE: I et tidligere telegram fremgik det med Karen Holt som kilde, at skibet har 2400 ton styren om bord. "
            "Det rigtige tal er 1400 ton, oplyser Kystvagten til Ritzau.\n\nSkibet ligger ved Havnby.",
        ),
        ["number changed: 2,400 → 1,400"],
    ),
    "one hour, two clocks": (
        ("Ritzau", "da", "Broen åbner igen fredag klokken 18.30, siger borgmester Karen Holt."),
        ("Reuters", "en", "The bridge will open again at 6:30 p.m. on Friday, mayor Karen Holt said."),
        [],
    ),
    "another hour": (
        ("Ritzau", "da", "Broen åbner igen fredag klokken 18.30, siger borgmester Karen Holt."),
        ("Nordposten", "da", "Broen åbner igen fredag klokken 8.30, siger borgmester Karen Holt."),
        ["number changed: 18.30 → 8.30"],
    ),
    "a day": (
        ("Ritzau", "da", "Broen lukker den 27. marts, siger borgmester Karen Holt."),
        ("Nordposten", "da", "Broen lukker den 17. marts, siger borgmester Karen Holt."),
        ["number changed: 27 → 17"],
    ),
    "billions": (
        ("Reuters", "en", "The bridge will cost £2.1bn, mayor Karen Holt said."),
        ("Ritzau", "da", "Broen koster 2,1 milliarder pund, siger borgmester Karen Holt."),
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_what_was_lost_on_the_way(name: str, reader: Reader, tmp_path: Path) -> None:
    earlier, later, wanted = PAIRS[name]
    with Store(f"sqlite:///{tmp_path}/one.db") as store:
        ledger = Ledger(store, lambda: reader)
        ids = []
        for hour, (outlet, language, text) in enumerate((earlier, later), 8):
            row = {"id": f"{hour}", "outlet": outlet, "language": language, "text": text, "date": f"2026-04-06T{hour:02}:00:00+02:00"}
            ids += [added.id for added in ledger.add([Payload(json.dumps(row).encode())])]
        ledger.read_new()
        _, _, changes = ledger.diff(*ids)
    assert [f"{c.shift.value}: {c.what}" for c in changes if c.shift.value in LOST] == wanted


UNSURE = {
    "broen kan være lukket": ["kan"],
    "regningen kan løbe op i 6 milliarder": ["kan"],
    "så vi kan arbejde i fred": [],
    "det kan ingen leve af": [],
    "hun kan have haft to": ["kan"],
    "jeg kan have taget fejl": ["kan"],
    "I skulle have hørt det fra mig": [],
    "to skulle have set det": ["skulle have"],
    "by Wednesday, May 6": [],
    "the deal may be worth less": ["may"],
}


@pytest.mark.parametrize("text", UNSURE)
def test_words_that_make_a_claim_less_than_sure(text: str) -> None:
    assert unsure(text) == UNSURE[text]


NUMBERS = {
    # (language, text), and the numbers in it
    ("en", "The price is £2.1bn"): [(2.1e9, "count", False)],
    ("en", "£12m for 150m of bridge"): [(12e6, "count", False), (150, "count", False)],
    ("en", "at 6:30 p.m. on April 15, 2026"): [(18.3, "hour", False), (15, "day", False), (2026, "year", False)],
    ("de", "um 6 Uhr etwa 140 Menschen"): [(6, "hour", False), (140, "count", True)],
    ("da", "den 27. marts klokken 5.40"): [(27, "day", False), (5.4, "hour", False)],
    ("en", "hand it over by 1 December"): [(1, "day", False)],
    ("da", "en klage over de to betjente"): [(2, "count", False)],
}


@pytest.mark.parametrize(("language", "text"), NUMBERS)
def test_numbers_and_what_they_are_of(language: str, text: str) -> None:
    assert [(n.value, n.kind, n.about) for n in facts.numbers(text, language)] == NUMBERS[language, text]
