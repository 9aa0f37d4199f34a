"""What becomes of a promise: a report of Monday promises that a bridge opens on Friday, a later one tells something."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from sagt import Reader
from sagt.ledger import Ledger, Payload
from sagt.promises import Outcome, Proposal
from sagt.store import Store

PROMISED = "- Havnbroen åbner på fredag, siger borgmester Karen Holt."
BACKGROUND = "Havnbroen mellem Havnby og Vang har været lukket siden januar, da en revne blev fundet i en bropille."
BEGUN, END = "2026-03-02T08:00:00+01:00", "2026-03-08T10:00:00+01:00"

TOLD = {
    # the day and language of a later report, its first sentence, and what it makes of the promise
    "told as done": (6, "da", "Nu kører bilerne igen over Havnbroen. Den åbnede fredag klokken 6.", Outcome.KEPT),
    "done, in another language": (6, "en", "The first lorries crossed the Havn bridge at six on Friday morning.", Outcome.KEPT),
    "denied": (7, "da", "Havnbroen åbnede ikke fredag, som borgmesteren havde lovet.", Outcome.BROKEN),
    "told by what is still so": (7, "da", "Lørdag var Havnbroen stadig spærret af hegn, og bilerne måtte køre udenom.", Outcome.BROKEN),
    "put off": (5, "da", "Åbningen af Havnbroen er udskudt til maj.", Outcome.MOVED),
    "a new date": (5, "da", "- Havnbroen åbner først den 4. maj, siger borgmester Karen Holt.", Outcome.MOVED),
    "promised once more": (4, "da", "- Havnbroen åbner på fredag, siger borgmester Karen Holt til Nordposten.", Outcome.OVERDUE),
    "demanded": (4, "da", "- Havnbroen skal åbne på fredag, ellers lukker butikkerne, siger formand Ole Krag.", Outcome.OVERDUE),
    "only what was known": (7, "da", "Det er koldt i Havnby.", Outcome.OVERDUE),
    "something else is denied": (7, "da", "- Det har jeg aldrig sagt, siger borgmester Karen Holt om skolerne i Havnby.", Outcome.OVERDUE),
}
#: Told wrongly so far.
WRONG = {
    "something else is put off": (5, "da", "Mødet om budgettet i Havnby er udskudt, siger borgmester Karen Holt.", Outcome.OVERDUE),
    "another bridge opens": (7, "da", "Vangbroen åbnede lørdag efter to års arbejde.", Outcome.OVERDUE),
}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.fixture
def ledger(tmp_path: Path, reader: Reader) -> Iterator[Ledger]:
    with Store(f"sqlite:///{tmp_path}/store.db") as store:
        yield Ledger(store, lambda: reader)


def add(ledger: Ledger, outlet: str, published: str, language: str, text: str) -> None:
    row = {"text": f"{text}\n\n{BACKGROUND}", "title": "Havnbroen ved Havnby", "outlet": outlet, "date": published, "language": language}
    list(ledger.add([Payload(json.dumps(row | {"id": f"{outlet}-{published}"}).encode())]))


def became(ledger: Ledger, day: int, language: str, text: str) -> Proposal:
    """What became of the promise by Sunday."""
    add(ledger, "Ritzau", BEGUN, "da", PROMISED)
    add(ledger, "Nordposten", f"2026-03-{day:02d}T10:00:00+01:00", language, text)
    ledger.read_new()
    found = ledger.promises(at=datetime.fromisoformat(END).timestamp())
    return next(proposal for told, proposal in found if told.statement.first.item.outlet == "Ritzau")


@pytest.mark.parametrize("name", [*TOLD, *(pytest.param(name, marks=pytest.mark.xfail(strict=True)) for name in WRONG)])
def test_what_a_later_report_makes_of_a_promise(ledger: Ledger, name: str) -> None:
    day, language, text, wanted = (TOLD | WRONG)[name]
    assert became(ledger, day, language, text).outcome is wanted


def test_the_sentence_that_tells_is_shown_with_how_likely_it_is(ledger: Ledger) -> None:
    found = became(ledger, *TOLD["denied"][:3])
    assert found.evidence is not None
    assert found.evidence.passage.content == TOLD["denied"][2]
    assert 0.5 < found.score <= 1


def test_what_a_report_tells_beside_a_saying_counts(ledger: Ledger) -> None:
    found = became(ledger, 7, "da", "Det er en glædens dag, sagde Ole Krag, efter at Havnbroen fredag klokken 6 åbnede for biler.")
    assert found.evidence is not None
    assert (found.outcome, found.evidence.passage.content) == (Outcome.KEPT, "efter at Havnbroen fredag klokken 6 åbnede for biler")


def test_before_its_time_a_promise_is_upcoming(ledger: Ledger) -> None:
    add(ledger, "Ritzau", BEGUN, "da", PROMISED)
    ledger.read_new()
    told, _ = next(ledger.promises())
    moments = {"2026-03-04": Outcome.UPCOMING, "2026-03-06": Outcome.DUE, "2026-03-08": Outcome.OVERDUE}
    got = {day: ledger.outcome(told.statement, datetime.fromisoformat(f"{day}T12:00:00+01:00").timestamp()).outcome for day in moments}
    assert got == moments
