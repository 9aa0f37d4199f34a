"""What changed from take to take."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagt.diff import Change, diff

CASES = {
    "added": ("Broen lukker.", "Broen lukker. Færgen sejler.", [("added", None, "Færgen sejler.")]),
    "dropped": ("Broen lukker. Det regner.", "Broen lukker.", [("dropped", "Det regner.", None)]),
    "reworded": (
        "Broen lukker fredag morgen, siger Holt.", "Broen lukker lørdag morgen, siger Holt.",
        [("reworded", "Broen lukker fredag morgen, siger Holt.", "Broen lukker lørdag morgen, siger Holt.")],
    ),
    "moved": ("Et. To her. Tre der.", "Tre der. Et. To her.", [("moved", "Tre der.", "Tre der.")]),
    "typography is no change": ('"Broen – nu",  sagde\u00a0hun …\n\nTo.', "”Broen - nu”, sagde hun ...\n\n\nTo.", []),
    "nothing in common": ("Broen lukker.", "Der er ost.", [("added", None, "Der er ost."), ("dropped", "Broen lukker.", None)]),
    "the same sentence twice, once gone": ("Ja. Nej. Ja.", "Ja. Nej.", [("dropped", "Ja.", None)]),
    "from nothing": ("", "Broen lukker.", [("added", None, "Broen lukker.")]),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "edits"), CASES.values(), ids=CASES)
def test_diff(before: str, after: str, edits: list[tuple[str, str | None, str | None]]) -> None:
    found = [
        (e.change.value, e.before.of(before) if e.before else None, e.after.of(after) if e.after else None) for e in diff(before, after)
    ]
    assert sorted(found, key=str) == sorted(edits, key=str)


def test_a_rewording_says_which_words() -> None:
    before, after = "I alt 31 mennesker er døde, siger politiet.", "I alt mindst 13 mennesker er døde, oplyser politiet."
    [edit] = diff(before, after)
    assert edit.change is Change.REWORDED
    assert edit.words == (("31", "mindst 13"), ("siger", "oplyser"))


def test_what_was_dropped_is_told_where_it_stood() -> None:
    edits = diff("Et er her. To er der. Tre er alle.", "Et er her. Tre er alle. Fire er ny.")
    assert [e.change.value for e in edits] == ["dropped", "added"]


SENTENCES = st.lists(st.sampled_from(["Broen lukker.", "Det regner.", "Hun sagde ja.", "Nej."]), max_size=8)


@given(SENTENCES, SENTENCES)
def test_every_sentence_is_accounted_for(before: list[str], after: list[str]) -> None:
    edits = diff(" ".join(before), " ".join(after))
    gone = sum(e.change is Change.DROPPED for e in edits)
    come = sum(e.change is Change.ADDED for e in edits)
    assert len(before) - gone == len(after) - come
    assert diff(" ".join(before), " ".join(before)) == []


def test_long_texts_take_no_long_time() -> None:
    before = " ".join(f"Linje nummer {n} handler om bro {n * 7 % 1000}." for n in range(3000))
    after = " ".join(f"Linje nummer {n} handler om vej {n * 7 % 1000}." for n in range(3000))
    begun = time.monotonic()
    diff(before, after)
    assert time.monotonic() - begun < 20
