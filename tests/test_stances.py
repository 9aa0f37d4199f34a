"""How a passage stands to what it speaks of: what its words do, whatever its cue says."""

from __future__ import annotations

import json
import re

import pytest

from sagt import Reader
from sagt.ledger import Ledger, Payload
from sagt.standing import stance_of
from sagt.store import Store

#: What somebody is told to say, and what that does.
SAID = [
    ("- Alle kunder får pengene tilbage senest torsdag den 16. april, siger direktør Anders Vrang.", "promises"),
    ("- Det har jeg ingen kommentarer til, siger minister Henrik Dalsby.", "withholds"),
    ("”We do not comment on ongoing negotiations,” said the ministry's spokeswoman, Lene Quist.", "withholds"),
    ("- Vi har ikke lovet nogen noget som helst, siger minister Milan Orsek.", "denies"),
    ("- Broen er 40 meter lang og blev bygget i 1987, siger ingeniør Jonas Thyrring.", "asserts"),
    ("Borgmester Karen Holt kræver en skriftlig redegørelse fra selskabet.", "asks"),
]


@pytest.fixture(scope="module")
def stances(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The stance of each of SAID, each in a report of its own."""
    with Store(f"sqlite:///{tmp_path_factory.mktemp('stances')}/s.db") as store:
        ledger = Ledger(store, lambda: reader)
        rows = [
            {"text": f"Sagen har fyldt meget i Vesterlund.\n\n{text}", "outlet": f"Avis {n}", "date": f"2026-03-0{n + 1}T10:00:00+01:00",
             "language": "en" if "said" in text else "da"}
            for n, (text, _) in enumerate(SAID)
        ]  # fmt: skip
        list(ledger.add(Payload(json.dumps(row, ensure_ascii=False).encode()) for row in rows))
        ledger.read_new()
        told = [one.statement for one in ledger.statements()]
        return {m.item.outlet or "": stance_of(one.act, one.stance) for one in told for m in one.members}


#: "Vi har ikke lovet …" is told as an assertion where nothing before it says that something was promised.
MISSED = {3}
_ROWS = [
    pytest.param(n, stance, marks=pytest.mark.xfail(strict=True) if n in MISSED else ()) for n, (_, stance) in enumerate(SAID)
]  # fmt: skip


@pytest.mark.parametrize(("number", "wanted"), _ROWS)
def test_words_do_what_they_do_without_a_cue_that_says_so(stances: dict[str, str], number: int, wanted: str) -> None:
    assert stances[f"Avis {number}"] == wanted


_MONEY = "- ⟦Der mangler fire millioner kroner i havnekassen⟧, siger revisor Tove Lindal."
_REGATTA = "- Sommerens regatta bliver aflyst, siger formand Jens Mark."
_BRAKE = (
    "- ⟦Ulykken skyldes en fejl i bremsen fra Norvang⟧, siger direktør Hans Rask.\n\n- Togene kører igen mandag, siger trafikchef Else Dam."
)
_TOLD = f"{_MONEY}\n\n{_REGATTA}"
#: What is told, what answers it in another report (None: in the same), and its language; the words that are of one claim are marked.
ANSWERED = {
    "refused in few words": (
        _TOLD,
        "Revisoren savner bilag for fire millioner kroner.\n\nHavnechef Bo Kvist ønsker ikke at kommentere ⟦regnskabet⟧.",
        "da",
    ),
    "right after it": (f"{_MONEY}\n\n- ⟦Det tal er forkert⟧, siger havnechef Bo Kvist.\n\n{_REGATTA}", None, "da"),
    "by whom it names, in Swedish": (
        _BRAKE,
        "Norvang tillbakavisar ⟦kritiken efter olyckan⟧.\n\n– Felet ligger inte hos oss, säger företagets talesperson Ida Rune.",
        "sv",
    ),
    "in other words": (_TOLD, "Regnskabet er gået igennem.\n\nHavnechef Bo Kvist afviser, ⟦at der er forsvundet noget som helst⟧.", "da"),
    "in other words, in English": (_TOLD, "The books were checked.\n\nHarbour master Bo Kvist denied ⟦that any money had gone⟧.", "en"),
}  # fmt: skip
#: Told apart: four millions are not named.
_APART = {"in other words"}


@pytest.mark.parametrize(
    ("told", "answer", "language"),
    [pytest.param(*row, id=name, marks=pytest.mark.xfail(strict=True) if name in _APART else ()) for name, row in ANSWERED.items()],
)
def test_an_answer_is_of_the_claim_that_it_answers(reader: Reader, tmp_path: object, told: str, answer: str | None, language: str) -> None:
    reports = [("Ritzau", "da", told), *([("Nordposten", language, answer)] if answer else [])]
    marked = [words for _, _, text in reports for words in re.findall("⟦(.*?)⟧", text)]
    with Store(f"sqlite:///{tmp_path}/s.db") as store:
        ledger = Ledger(store, lambda: reader)
        rows = [
            {"text": text.replace("⟦", "").replace("⟧", ""), "outlet": outlet, "language": code, "date": f"2026-03-0{n}T10:00:00+01:00"}
            for n, (outlet, code, text) in enumerate(reports, 1)
        ]
        list(ledger.add(Payload(json.dumps(row, ensure_ascii=False).encode()) for row in rows))
        ledger.read_new()
        claims = {m.passage.content: one.statement.claim for one in ledger.statements() for m in one.statement.members}
    assert len({claims[words] for words in marked}) == 1 < len(set(claims.values()))


def test_the_same_words_deny_beside_what_they_answer(reader: Reader, tmp_path: object) -> None:
    texts = [
        ("Nordposten", "08", "- Fejlen ligger hos den svenske leverandør, siger direktør Hans Rask."),
        ("Ritzau", "11", "- Fejlen ligger ikke hos os, siger leverandørens talskvinde Annika Wressel."),
    ]
    with Store(f"sqlite:///{tmp_path}/s.db") as store:
        ledger = Ledger(store, lambda: reader)
        rows = [
            {"text": text, "outlet": outlet, "date": f"2026-03-02T{hour}:00:00+01:00", "language": "da"} for outlet, hour, text in texts
        ]
        list(ledger.add(Payload(json.dumps(row, ensure_ascii=False).encode()) for row in rows))
        ledger.read_new()
        found = {t.statement.first.item.outlet: t.statement.stance.value for t in ledger.statements()}
    assert found == {"Nordposten": "asserts", "Ritzau": "denies"}
