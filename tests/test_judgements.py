"""What people say of single places: that one is no attribution, that another has a wrong source; and what answers a question."""

from __future__ import annotations

import pytest
from press import OUT, row
from test_ledger import put, said, state

from sagt import Reader
from sagt.errors import InputError
from sagt.ledger import Ledger
from sagt.linker import Linker
from sagt.store import Store


@pytest.fixture
def ledger(store: Store, reader: Reader) -> Ledger:
    ledger = Ledger(store, lambda: reader)
    put(ledger, *map(row, OUT))
    return ledger


def place(ledger: Ledger, words: str, outlet: str) -> str:
    """The place in an outlet's report where these words are passed on, as a judgement names it."""
    one = said(ledger, words).statement
    return next(f"{m.item.id}:{m.passage.attribution}" for m in one.members if m.item.outlet == outlet and words in m.passage.content)


def who_said(ledger: Ledger, name: str) -> set[str]:
    return {m.passage.content for t in ledger.statements(actor=name) for m in t.statement.members}


def test_what_is_no_attribution_is_in_no_statement(ledger: Ledger) -> None:
    before = state(ledger)
    number = ledger.judge("attribution", "no", [place(ledger, "penge på bordet", "Nordposten")], "Ida")
    assert "Nordposten" not in said(ledger, "penge på bordet").statement.outlets
    ledger.undo(number, "Ida")
    assert state(ledger) == before


def test_a_corrected_source_is_who_speaks(ledger: Ledger) -> None:
    before, there = state(ledger), place(ledger, "når jeg kører over", "Nordposten")
    number = ledger.judge("source", "  Mette   Dahl ", [there], "Ida")
    assert any("når jeg kører over" in words for words in who_said(ledger, "Mette Dahl"))
    assert not any("når jeg kører over" in words for words in who_said(ledger, "Jens Krog"))
    assert said(ledger, "når jeg kører over").statement.actor.name == "Mette Dahl"  # type: ignore[union-attr]
    ledger.undo(number, "Ida")
    assert state(ledger) == before and not who_said(ledger, "Mette Dahl")


def test_another_source_is_another_statement(ledger: Ledger) -> None:
    """The same words, but not the same speaker: one statement becomes two."""
    there = place(ledger, "penge på bordet", "Nordposten")
    report = there.partition(":a")[0]
    ledger.judge("source", "Jens Krog", [there], "Ida")
    assert report not in {item.id for t in ledger.statements(actor="Karen Holt") for item in t.statement.reports
                          if any("penge på bordet" in m.passage.content and m.item.id == report for m in t.statement.members)}  # fmt: skip
    [krog] = {m.passage.voice for t in ledger.statements(actor="Jens Krog") for m in t.statement.members if m.item.id == report}
    assert krog.local, "he who speaks elsewhere in the same report, not one known by name alone"


@pytest.mark.parametrize(("kind", "verdict"), [("attribution", "no"), ("source", "Mette Dahl")])
def test_a_rebuild_keeps_it(ledger: Ledger, kind: str, verdict: str) -> None:
    ledger.judge(kind, verdict, [place(ledger, "penge på bordet", "Nordposten")], "Ida")
    there = state(ledger)
    before, after = ledger.rebuild()
    assert before == after and state(ledger) == there


def test_it_holds_when_more_comes_in(ledger: Ledger) -> None:
    ledger.judge("attribution", "no", [place(ledger, "penge på bordet", "Nordposten")], "Ida")
    ledger.judge("source", "Mette Dahl", [place(ledger, "når jeg kører over", "Nordposten")], "Ida")
    put(ledger, row("sydposten", outlet="Avisen", id="more", url="https://avisen.example/1"))
    one = said(ledger, "penge på bordet").statement
    assert "Avisen" in one.outlets and "Nordposten" not in one.outlets
    assert any("når jeg kører over" in words for words in who_said(ledger, "Mette Dahl"))


def test_a_report_that_is_linked_again_has_its_statements_once(ledger: Ledger) -> None:
    """A new pack or new rules link everything anew."""
    before = state(ledger)
    anew = Linker(ledger.store, lambda: ledger.linker.meaning, "other rules")
    assert anew.link_new() == len(OUT) and state(ledger) == before


def test_a_question_is_answered_when_somebody_says_so(ledger: Ledger) -> None:
    put(ledger, row("ritzau", id="open", url="https://ritzau.example/open", date="2026-03-02T20:00:00+01:00", text=(
        "Havnebroen i Havnby åbner igen inden jul.\n\nDet står ikke klart, hvor mange biler der kører over den hver dag.")))  # fmt: skip
    [(question, answer)] = list(ledger.questions())
    assert answer is None
    number = ledger.judge("question", "answered", [question.statement.id], "Ida", "4.000, says the municipality")
    [(_, answer)] = list(ledger.questions())
    assert answer is not None and answer.why == "4.000, says the municipality"
    ledger.undo(number, "Ida")
    assert [found for _, found in ledger.questions()] == [None]


@pytest.mark.parametrize(
    ("kind", "verdict", "names", "why"),
    [
        ("weather", "no", ["{place}"], "no kind"),
        ("attribution", "maybe", ["{place}"], "no verdict"),
        ("attribution", "no", ["{statement}"], "of a place"),
        ("attribution", "no", ["{report}:a99"], "no attribution"),
        ("source", " ", ["{place}"], "give the name"),
        ("statement", "same", ["{statement}"], "is of 2"),
        ("statement", "same", ["{statement}", "{statement}"], "one already"),
        ("promise", "kept", [], "is of 1"),
    ],
)
def test_what_is_no_judgement_is_said(ledger: Ledger, kind: str, verdict: str, names: list[str], why: str) -> None:
    there = place(ledger, "penge på bordet", "Nordposten")
    known = {"place": there, "report": there.rpartition(":")[0], "statement": said(ledger, "penge på bordet").statement.id}
    with pytest.raises(InputError, match=why):
        ledger.judge(kind, verdict, [name.format(**known) for name in names], "Ida")
    assert not ledger.judgements()


def test_near_statements_are_offered(ledger: Ledger) -> None:
    one = said(ledger, "penge på bordet").statement
    ledger.judge("attribution", "no", [place(ledger, "penge på bordet", "Nordposten")], "Ida")
    likely = [likelihood for likelihood, _ in ledger.near(one.id)]
    assert likely == sorted(likely, reverse=True) and one.id not in {t.statement.id for _, t in ledger.near(one.id)}
