"""The ledger through its public door: rows in, statements, origins, standing, judgements out; on both databases."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from press import OUT, row

from sagt import Reader, keeping
from sagt.errors import InputError, PackError
from sagt.ledger import Ledger, Payload, Told
from sagt.linker import Linker
from sagt.shelf import Brief
from sagt.store import Store, Stored


@pytest.fixture
def ledger(store: Store, reader: Reader) -> Ledger:
    return Ledger(store, lambda: reader)


def put(ledger: Ledger, *payloads: bytes) -> None:
    list(ledger.add(map(Payload, payloads)))
    ledger.read_new()


def said(ledger: Ledger, words: str, **how: object) -> Told:
    """The statement that has these words in one of its passages."""
    found = [t for t in ledger.statements(**how) if any(words in m.passage.content for m in t.statement.members)]  # type: ignore[arg-type]
    assert found, f"no statement with {words!r}"
    return max(found, key=lambda t: len(t.statement.reports))


def state(ledger: Ledger) -> list[tuple[object, ...]]:
    """All that is derived, without what the order of arrival may number."""
    return sorted(
        (t.statement.id, t.statement.claim, t.stands and t.stands.standing.value, tuple((m.item.id, m.passage.attribution) for m in
        t.statement.members),
         tuple(o.carrier for o in t.statement.origins))
        for t in ledger.statements()
    )  # fmt: skip


def test_many_reports_of_one_statement_have_one_origin(ledger: Ledger) -> None:
    put(ledger, *map(row, OUT))
    one = said(ledger, "penge på bordet").statement
    assert one.actor is not None and one.actor.name == "Karen Holt"
    assert {item.outlet for item in one.reports} >= {"Ritzau", "Nordposten", "Sydposten"}
    assert [o.carrier for o in one.origins] == ["AP"]
    assert one.sentence.endswith("1 origin (AP)")


def test_reports_in_languages_without_facts_are_linked(ledger: Ledger) -> None:
    french = (
        "Karen Holt, maire de Havnby, a dit à l’agence AFP que le pont sera fermé vendredi. Le gouvernement dément : « Rien n’est décidé. »"
    )
    norwegian = "Broen åbner fredag, sa Karen Holt til avisen Nordposten."
    put(ledger, row("ap", text=french, language="fr", title="Le pont"), row("ritzau", text=norwegian, language="no", title="Broen"))
    assert {report.report.language for report in ledger.store.reports()} == {"fr", "nb"}
    assert said(ledger, "Broen åbner").statement.reports


@pytest.mark.usefixtures("forgiving")
def test_a_report_that_cannot_be_read_keeps_no_other_waiting(store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, read = Ledger(store, lambda: reader), reader._put_together
    monkeypatch.setattr(Reader, "_put_together", lambda _, report, tagged: read(report, tagged) if report.outlet != "AP" else {}["what"])
    put(ledger, row("ap"), row("ritzau"))
    reading = next(store.reading_of(stored) for stored in store.reports() if stored.report.outlet == "AP")
    told = "could not be read: KeyError: 'what'"
    assert reading is not None and [fault.what for fault in reading.faults] == [told]
    assert [(one.report.outlet, why) for one, why in store.failed()] == [("AP", told)]
    assert said(ledger, "penge på bordet").statement.reports


@pytest.mark.usefixtures("forgiving")
@pytest.mark.parametrize("step", ["brief", "_tell_story"])
def test_a_report_that_cannot_be_linked_keeps_no_other_waiting(
    store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    ledger, linking = Ledger(store, lambda: reader), getattr(Linker, step)

    def of_ap(one: object) -> bool:
        if isinstance(one, Stored):
            return one.report.outlet == "AP"
        return isinstance(one, Brief) and bool(one.passages) and one.item.outlet == "AP"

    def fails(self: Linker, *of: object) -> object:
        if any(map(of_ap, of)):
            raise KeyError("what")
        return linking(self, *of)

    monkeypatch.setattr(Linker, step, fails)
    put(ledger, row("ap"), row("ritzau"))
    put(ledger, row("nordposten"))
    (ap,) = (stored for stored in store.reports() if stored.report.outlet == "AP")
    told = "could not be linked: KeyError: 'what'"
    assert [fault.what for fault in store.readings([ap.seq])[ap.seq].faults] == [told]
    assert {item.outlet for item in said(ledger, "penge på bordet").statement.reports} == {"Ritzau", "Nordposten"}
    assert store.failed() == [(ap, told)] and keeping.state(store).reports_failed == 1
    ledger.rebuild()
    assert [fault.what for fault in store.readings([ap.seq])[ap.seq].faults] == [told], "told once"
    assert caplog.messages == [f"{ap.report.id} could not be linked: KeyError"] * 2, "the words of a report belong in no log"
    monkeypatch.undo()
    ledger.rebuild()
    assert store.failed() == [], "nothing is told of what was mended"
    assert {item.outlet for item in said(ledger, "penge på bordet").statement.reports} == {"AP", "Ritzau", "Nordposten"}


@pytest.mark.parametrize("step", ["brief", "_tell_story"])
def test_a_broken_installation_is_no_reports_fault(store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    ledger = Ledger(store, lambda: reader)

    def fails(*_: object) -> None:
        raise PackError("meaning.onnx is missing: install sagt again")

    with monkeypatch.context() as patched:
        patched.setattr(Linker, step, fails)
        with pytest.raises(PackError):
            put(ledger, row("ap"))
    assert store.failed() == []
    ledger.read_new()
    assert said(ledger, "money on the table").statement.reports


def test_a_statement_is_one_across_languages(ledger: Ledger) -> None:
    put(ledger, row("ap"), row("ritzau"))
    one = said(ledger, "money on the table").statement
    assert {item.language for item in one.reports} == {"en", "da"}


def test_a_papers_own_interview_is_its_own(ledger: Ledger) -> None:
    put(ledger, *map(row, OUT))
    one = said(ledger, "når jeg kører over").statement
    assert [o.carrier for o in one.origins] == ["Nordposten"] and one.actor is not None and one.actor.name == "Jens Krog"


def test_as_it_was_known_then(ledger: Ledger) -> None:
    put(ledger, *map(row, OUT))
    assert list(ledger.statements(at=datetime.fromisoformat("2026-03-02T05:00:00Z").timestamp())) == []
    early = said(ledger, "money on the table", at=datetime.fromisoformat("2026-03-02T06:00:00Z").timestamp()).statement
    assert {item.outlet for item in early.reports} == {"AP"}


def test_the_order_of_arrival_changes_no_final_state(address: Callable[[], str], reader: Reader) -> None:
    found = []
    for order in itertools.islice(itertools.permutations(OUT), 0, 120, 29):
        with Store(address()) as store:
            ledger = Ledger(store, lambda: reader)
            for name in order:
                put(ledger, row(name))
            found.append(state(ledger))
    assert all(one == found[0] for one in found)


def test_a_kill_withdraws_what_rested_on_it(ledger: Ledger) -> None:
    killed = row(
        "ap",
        title="KILL: Havnby bridge",
        date="2026-03-02T11:40:00Z",
        text="Editors: kill the item about the bridge in Havnby.",
        status="canceled",
    )
    put(ledger, *map(row, OUT), killed)
    one = said(ledger, "penge på bordet")
    assert one.stands is not None and one.stands.standing == "withdrawn"
    before = said(ledger, "penge på bordet", at=datetime.fromisoformat("2026-03-02T11:00:00Z").timestamp())
    assert before.stands is not None and before.stands.standing != "withdrawn"


def wire(time: str, title: str, *text: str, outlet: str = "Ritzau", **more: str) -> bytes:
    fields = {"text": "\n\n".join([title, *text]), "title": title, "outlet": outlet, "date": f"2026-03-{time}:00Z", "language": "da"}
    return json.dumps(fields | more, ensure_ascii=False).encode()


def test_what_a_kill_says_itself_stands(ledger: Ledger) -> None:
    put(
        ledger,
        wire("02T06:00", "Fire klatrere er fundet på fjeldet", "Fire af de fem klatrere er fundet i live, siger beredskabschef Jens Krog."),
        wire(
            "02T08:00", "KILL: Fire klatrere er fundet på fjeldet", "Ritzau tilbagekalder telegrammet. Det må ikke bringes.",
            "- Vi har ikke fundet nogen, siger politichef Karen Holt.",
        ),
    )  # fmt: skip
    killed = said(ledger, "Fire af de fem")
    assert killed.stands is not None and killed.stands.standing == "withdrawn" and killed.statement.withdrawn
    assert not said(ledger, "ikke fundet nogen").statement.withdrawn
    assert all(t.statement.actor is None or t.statement.actor.name.lower() != "kill" for t in ledger.statements())


CORRECTED = {
    "the same item, which repeats what was wrong": ("Broen i Havnby er i stykker", "02T06:00", "ritzau-7"),
    "another item of the outlet": ("Havnby: Trafikken er gået i stå", "01T20:00", "ritzau-6"),
}


@pytest.mark.parametrize(("title", "time", "item"), CORRECTED.values(), ids=CORRECTED)
def test_a_correction_withdraws_the_number(ledger: Ledger, title: str, time: str, item: str) -> None:
    said_ = "Der er 2400 løse bolte i broen, siger brochef Karen Holt til Ritzau."
    put(
        ledger,
        wire(time, title, said_, id=item),
        wire("02T06:00", "Broen i Havnby er i stykker", said_, "Broen er lukket siden mandag.", id="ritzau-7"),
        wire(
            "02T20:00", "RETTELSE: Broen i Havnby er i stykker",
            "RETTELSE: I et tidligere telegram fremgik det, at der er 2400 løse bolte i broen. Det rigtige tal er 1400.",
            "Der er 1400 løse bolte i broen, siger brochef Karen Holt til Ritzau.", "Broen er lukket siden mandag.", id="ritzau-7",
        ),
    )  # fmt: skip
    wrong, right = said(ledger, "2400 løse bolte"), said(ledger, "1400 løse bolte")
    assert wrong.stands is not None and wrong.stands.standing == "withdrawn"
    assert right.statement.id == wrong.statement.id or not right.statement.withdrawn
    before = said(ledger, "2400 løse bolte", at=datetime.fromisoformat("2026-03-02T10:00:00Z").timestamp())
    assert before.stands is not None and before.stands.standing == "single origin"


def test_a_judgement_holds_and_undone_leaves_no_trace(ledger: Ledger) -> None:
    put(ledger, *map(row, OUT))
    before = state(ledger)
    one, other = said(ledger, "penge på bordet").statement, said(ledger, "når jeg kører over").statement
    number = ledger.judge("statement", "same", [one.id, other.id], "Ida")
    assert said(ledger, "penge på bordet").statement.id == said(ledger, "når jeg kører over").statement.id
    assert ledger.why(said(ledger, "penge på bordet").statement.id), "why tells of it"
    ledger.undo(number, "Ida")
    assert state(ledger) == before
    with pytest.raises(InputError, match="no judgement"):
        ledger.undo(number, "Ida")


def test_a_machines_judgement_never_outweighs_a_persons(ledger: Ledger) -> None:
    put(ledger, *map(row, OUT))
    one, other = said(ledger, "penge på bordet").statement, said(ledger, "når jeg kører over").statement
    ledger.judge("statement", "different", [one.id, other.id], "Ida")
    ledger.judge("statement", "same", [one.id, other.id], "sagt")
    assert said(ledger, "penge på bordet").statement.id != said(ledger, "når jeg kører over").statement.id


def test_a_rebuild_gives_the_same_with_judgements(ledger: Ledger) -> None:
    put(ledger, *map(row, OUT))
    one, other = said(ledger, "penge på bordet").statement, said(ledger, "når jeg kører over").statement
    ledger.judge("statement", "same", [one.id, other.id], "Ida")
    there = state(ledger)
    before, after = ledger.rebuild()
    assert before == after and state(ledger) == there


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["ritzau", "nordposten", "sydposten"]), st.sampled_from(["Avisen", "Lokalbladet"]), st.integers(13, 22))
def test_adding_a_copy_never_adds_an_origin(address: Callable[[], str], reader: Reader, of: str, outlet: str, hour: int) -> None:
    with Store(address()) as store:
        ledger = Ledger(store, lambda: reader)
        put(ledger, *map(row, OUT))
        before = len(said(ledger, "penge på bordet").statement.origins)
        put(ledger, row(of, outlet=outlet, id="copy", url="https://copy.example/1", date=f"2026-03-02T{hour}:00:00+01:00"))
        after = said(ledger, "penge på bordet").statement
        assert any(item.outlet == outlet for item in after.reports) and len(after.origins) == before


@pytest.mark.parametrize(
    "call",
    [
        lambda ledger: ledger.claim("c0"),
        lambda ledger: ledger.statement("s0"),
        lambda ledger: ledger.diff("#1", "#9"),
        lambda ledger: ledger.judge("statement", "same", ["s0", "s1"], "x"),
    ],
)
def test_what_is_not_there_is_said(ledger: Ledger, call: Callable[[Ledger], object]) -> None:
    with pytest.raises(InputError, match="no "):
        call(ledger)
