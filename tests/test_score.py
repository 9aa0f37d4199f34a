"""The figures of evaluation/score.py: by hand, and against the acceptance scorer where it is at hand."""

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from specimen import specimen

from evaluation.score import Attributed, score
from sagt.types import Span

ACCEPTANCE = Path(os.environ.get("SAGT_SHARED", Path(__file__).parents[2] / "shared")) / "evaluation" / "score.py"
TEXT = "Broen lukker, siger Karen Holt. »Vi venter,« siger hun, men han siger nej til alt.\n\n- Ja."

span = st.tuples(st.integers(0, len(TEXT)), st.integers(0, 20)).map(lambda p: Span(p[0], min(len(TEXT), p[0] + p[1])))
spans = st.lists(span, max_size=2).map(tuple)
some = st.lists(st.builds(Attributed, spans, spans, spans), max_size=5)


def test_by_hand() -> None:
    s = specimen("⟦s Holt⟧ ⟦u siger⟧, ⟦c at broen lukker⟧. ⟦t Vale⟧ ⟦v siger⟧ ⟦d nej⟧.")
    gold = [Attributed(s["s"], s["u"], s["c"]), Attributed(s["t"], s["v"], s["d"])]
    figures = score([(s.text, gold, [Attributed(s["s"], s["u"], s["c"])])]).figures()
    assert figures["content@.5"] == figures["attr@.5"] == figures["seg cue"] == 0.6667
    assert score([(s.text, gold, gold)]).figures()["joint@.3"] == 1


@pytest.mark.skipif(not ACCEPTANCE.exists(), reason="the acceptance scorer is not part of the repository")
@given(st.lists(st.tuples(some, some), min_size=1, max_size=3))
def test_agrees_with_the_acceptance_scorer(pairs: list) -> None:
    spec = importlib.util.spec_from_file_location("acceptance", ACCEPTANCE)
    assert spec and spec.loader
    theirs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(theirs)

    def plain(rows: list[Attributed]) -> list[dict]:
        return [{"source": list(a.source), "cue": list(a.cue), "content": list(a.content)} for a in rows]

    got = score((TEXT, g, p) for g, p in pairs).figures()
    want = theirs.score((TEXT, plain(g), plain(p)) for g, p in pairs)
    for key in ("content@.5", "attr@.5", "exact", "tok"):
        assert got[key] == want[key][0], key
    assert got["joint@.3"] == want["joint@.3"]
    assert {role: got[f"seg {role}"] for role in want["seg"]} == want["seg"]
