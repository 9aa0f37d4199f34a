"""What people say of stories: that two are one, that a report is of another one or of none; on both databases."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from press import ministry, row, two_stories
from test_ledger import put

from sagt import Reader, keeping, schema, shelf
from sagt.errors import InputError
from sagt.ledger import Ledger, Payload, Story
from sagt.store import Store

FERRY = {
    "Ritzau": "Færgen til Lundø sejler ikke før mandag.\n\nDet siger rederiets direktør, Ane Bro.\n\n"
    "- Skruen er knækket, og vi venter på en ny, siger hun.\n\n/ritzau/",
    "Nordposten": "Skruen er knækket, og vi venter på en ny, siger direktør Ane Bro ifølge Ritzau om færgen til Lundø, der ikke sejler før "
    "mandag.",
}


def ferry(of: str, outlet: str | None = None) -> bytes:
    """A report of the ferry, as one paper has it or another copies it."""
    name = (outlet or of).lower()
    return row("ritzau", id=f"{name}-ferry", url=f"https://{name}.example/ferry", date="2026-03-02T13:00:00+01:00", outlet=outlet or of,
               title="Lundø uden færge", text=FERRY[of])  # fmt: skip


@pytest.fixture
def ledger(store: Store, reader: Reader) -> Ledger:
    """A bridge in four reports, what the ministry says of it two days later, which the machine takes for another story, and a ferry."""
    ledger = Ledger(store, lambda: reader)
    put(ledger, *two_stories(), *map(ferry, FERRY))
    return ledger


def story(ledger: Ledger, words: str) -> Story:
    """The story of the first report with these words in its text."""
    return next(one for one in ledger.stories() if any(words in text(ledger, report) for report in one.reports))


def text(ledger: Ledger, report: str) -> str:
    return ledger.store.find(report).report.text


def report(ledger: Ledger, words: str, outlet: str) -> str:
    there = (ledger.store.find(name).report for one in ledger.stories() for name in one.reports)
    return next(one.id for one in there if words in one.text and one.outlet == outlet)


def state(ledger: Ledger) -> tuple[object, ...]:
    """All that is told of stories, and the digest of all that is derived."""
    with ledger.store.reading() as connection:
        return ledger.stories(), shelf.digest(connection)


def outlets(ledger: Ledger, words: str) -> set[str]:
    return set(story(ledger, words).outlets)


def test_two_stories_are_made_one_and_both_ids_lead_there(ledger: Ledger) -> None:
    bridge, later, before = story(ledger, "HAVNBY"), story(ledger, "staten betaler"), state(ledger)
    number = ledger.judge("story", "merge", [later.id, bridge.id], "Ida", "the ministry answers")
    one = story(ledger, "staten betaler")
    assert one.id == bridge.id and one.reports == (*bridge.reports, *later.reports), "the one that began first stays"
    assert ledger.stories(name=later.id) == [one] and later.id not in {s.id for s in ledger.stories()}
    said = [[t.statement.id for t in ledger.statements(story=name)] for name in (bridge.id, later.id)]
    assert said[0] == said[1] and any("staten betaler" in t.statement.first.passage.content for t in ledger.statements(story=bridge.id))
    ledger.undo(number, "Ida")
    assert state(ledger) == before


def test_what_is_promised_in_either_is_promised_in_the_one(ledger: Ledger) -> None:
    bridge, boat = story(ledger, "HAVNBY").id, story(ledger, "Lundø").id
    promised = {name: {t.statement.id for t, _ in ledger.promises(story=name)} for name in (bridge, boat)}
    assert promised[bridge]
    ledger.judge("story", "merge", [bridge, boat], "Ida")
    assert {t.statement.id for t, _ in ledger.promises(story=boat)} == promised[bridge] | promised[boat]


def test_merged_stories_are_merged_again(ledger: Ledger) -> None:
    bridge, later, boat, before = *(story(ledger, words).id for words in ("HAVNBY", "staten betaler", "Lundø")), state(ledger)
    first = ledger.judge("story", "merge", [later, boat], "Ida")
    second = ledger.judge("story", "merge", [later, bridge], "Ida")
    assert [one.id for one in ledger.stories()] == [bridge] and {ledger.stories(name=name)[0].id for name in (later, boat)} == {bridge}
    ledger.undo(first, "Ida")
    assert story(ledger, "staten betaler").id == later, "what was merged with the ferry, is of the ferry's story"
    assert outlets(ledger, "Lundø") == {"AP", "Ritzau", "Nordposten", "Sydposten"}
    ledger.undo(second, "Ida")
    assert state(ledger) == before


def test_a_report_is_moved(ledger: Ledger) -> None:
    before, there = state(ledger), report(ledger, "penge på bordet", "Sydposten")
    number = ledger.judge("story", "move", [there, story(ledger, "Lundø").id], "Ida")
    assert outlets(ledger, "HAVNBY") == {"AP", "Ritzau", "Nordposten"} and there in story(ledger, "Lundø").reports
    ledger.judge("story", "move", [there, story(ledger, "staten betaler").id], "Ida")
    assert there in story(ledger, "staten betaler").reports, "the later before the earlier"
    ledger.undo(number + 1, "Ida")
    assert there in story(ledger, "Lundø").reports
    ledger.undo(number, "Ida")
    assert state(ledger) == before


def test_the_first_report_of_a_story_is_set_apart(ledger: Ledger) -> None:
    before, bridge = state(ledger), story(ledger, "HAVNBY")
    number = ledger.judge("story", "apart", [bridge.reports[0][:20]], "Ida")
    assert ledger.stories(name=bridge.id)[0].reports == bridge.reports[1:], "the others stay as they were"
    own = story(ledger, "HAVNBY")
    assert own.reports == bridge.reports[:1] and own.id != bridge.id
    again = ledger.judge("story", "merge", [own.id, bridge.id], "Ida")
    assert ledger.stories(name=bridge.id)[0].reports == bridge.reports
    apart = ledger.judge("story", "apart", [bridge.reports[0]], "Ida")
    assert story(ledger, "HAVNBY").reports == bridge.reports[:1], "what was put back can be set apart once more"
    for one in (again, apart, number):
        ledger.undo(one, "Ida")
    assert state(ledger) == before


def test_later_reports_join_what_people_tell(ledger: Ledger) -> None:
    ledger.judge("story", "apart", [report(ledger, "Lundø", "Nordposten")], "Ida")
    put(ledger, ferry("Nordposten", "Avisen"))
    assert outlets(ledger, "ifølge Ritzau om færgen") == {"Nordposten", "Avisen"} and outlets(ledger, "rederiets") == {"Ritzau"}


def test_a_report_that_came_while_two_stories_were_one_goes_with_what_it_is_nearest_to(ledger: Ledger) -> None:
    bridge, later = story(ledger, "HAVNBY"), story(ledger, "staten betaler")
    number = ledger.judge("story", "merge", [bridge.id, later.id], "Ida")
    put(ledger, ministry(id="copy", outlet="Avisen", url="https://avisen.example/1"))
    assert "Avisen" in ledger.stories(name=bridge.id)[0].outlets
    ledger.undo(number, "Ida")
    assert ledger.stories(name=bridge.id) == [bridge] and set(ledger.stories(name=later.id)[0].outlets) == {"Ritzau", "Avisen"}


def judged(ledger: Ledger) -> None:
    """All that can be judged of stories, one upon the other, and something undone."""
    bridge, later, boat = (story(ledger, words).id for words in ("HAVNBY", "staten betaler", "Lundø"))
    ledger.judge("story", "apart", [report(ledger, "HAVNBY", "AP")], "Ida")
    ledger.judge("story", "merge", [later, bridge], "Ida")
    ledger.judge("story", "move", [report(ledger, "penge på bordet", "Sydposten"), boat], "Ida")
    ledger.undo(ledger.judge("story", "merge", [boat, later], "Ida"), "Ida")
    put(ledger, ferry("Ritzau", "Avisen"))


def test_a_rebuild_gives_the_same(ledger: Ledger) -> None:
    judged(ledger)
    before = state(ledger)
    digests = ledger.rebuild()
    assert digests[0] == digests[1] and state(ledger) == before and len(ledger.stories()) == 3


def test_a_backup_has_the_stories_that_people_tell(ledger: Ledger, address: Callable[[], str], tmp_path: Path, reader: Reader) -> None:
    judged(ledger)
    keeping.backup(ledger.store, tmp_path / "backup.db")
    with Store(address()) as new:
        keeping.restore(tmp_path / "backup.db", new)
        again = Ledger(new, lambda: reader)
        again.read_new()
        assert state(again) == state(ledger)


def test_a_store_from_before_this_could_be_judged(ledger: Ledger) -> None:
    """The stories that an older sagt told are there, and can be judged."""
    before = state(ledger)
    with ledger.store.writing() as connection:
        for table in schema.STORIES:
            table.drop(connection)
        connection.execute(sa.delete(schema.version).where(schema.version.c.number >= 5))
    with ledger.store.writing() as connection:
        schema.migrate(connection)
    assert state(ledger) == before
    ledger.undo(ledger.judge("story", "apart", [report(ledger, "Lundø", "Ritzau")], "Ida"), "Ida")
    assert state(ledger) == before


@pytest.mark.parametrize("order", list(itertools.permutations(("Ida", "sagt"))), ids=" ".join)
def test_a_machines_judgement_never_outweighs_a_persons(ledger: Ledger, order: tuple[str, str]) -> None:
    there, bridge, boat = report(ledger, "penge på bordet", "Sydposten"), story(ledger, "HAVNBY").id, story(ledger, "Lundø").id
    for by in order:
        ledger.judge("story", "move", [there, boat if by == "Ida" else story(ledger, "staten betaler").id], by)
    assert there in story(ledger, "Lundø").reports
    ledger.judge("story", "merge", [bridge, boat], "sagt")
    assert story(ledger, "HAVNBY").id == bridge != story(ledger, "Lundø").id, "nor does it bring back what a person took away"


@pytest.mark.parametrize(
    ("verdict", "names", "why"),
    [
        ("merge", ["{bridge}"], "is of 2, not of 1"),
        ("merge", ["{bridge}", "{bridge}"], "one story already"),
        ("merge", ["{bridge}", "t000000000000"], "no story 't000000000000'"),
        ("move", ["{later}", "{bridge}"], "no report"),
        ("move", ["{first}", "{bridge}"], "of story {bridge} already"),
        ("move", ["{alone}", "{bridge}"], "alone in story {later}: merge the two"),
        ("apart", ["{alone}"], "alone in story {later} already"),
        ("apart", ["{first}", "{bridge}"], "is of 1, not of 2"),
        ("same", ["{bridge}", "{later}"], "there is merge, move, apart"),
    ],
)
def test_what_is_no_judgement_is_said(ledger: Ledger, verdict: str, names: list[str], why: str) -> None:
    bridge, later = story(ledger, "HAVNBY"), story(ledger, "staten betaler")
    known = {"bridge": bridge.id, "later": later.id, "first": bridge.reports[0], "alone": later.reports[0]}
    with pytest.raises(InputError, match=why.format(**known)):
        ledger.judge("story", verdict, [name.format(**known) for name in names], "Ida")
    assert not ledger.judgements()


def test_a_report_that_is_not_read_has_no_story_yet(ledger: Ledger) -> None:
    [added] = ledger.add([Payload(ferry("Ritzau", "Avisen"))])
    with pytest.raises(InputError, match="is not read yet"):
        ledger.judge("story", "apart", [added.id], "Ida")


def test_stories_that_may_be_one_are_offered(ledger: Ledger) -> None:
    bridge, later = story(ledger, "HAVNBY"), story(ledger, "staten betaler")
    assert ledger.near_stories(later.id)[0] == bridge and ledger.near_stories(bridge.id)[0] == later
