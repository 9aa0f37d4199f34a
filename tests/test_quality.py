"""The floors that can be measured without the corpora: our own stories, which no training has seen."""

import tomllib

from evaluation import ledger
from evaluation.run import HERE, below, figures, read
from sagt import Reader
from training import corpora


def test_no_figure_is_below_its_floor(reader: Reader) -> None:
    floors = tomllib.loads((HERE / "floors.toml").read_text("utf-8"))
    assert floors["stories"]
    assert below("stories", figures(read(corpora.stories(HERE / "stories"), reader)), floors) == []


def test_no_figure_of_the_ledger_is_below_its_floor() -> None:
    found = ledger.measure("t")
    assert ledger.below("t", found) == []


def test_the_evaluated_stories_are_not_trained_on() -> None:
    seen = {d.text for d in corpora.stories(HERE.parent / "training" / "stories")}
    assert not seen & {d.text for d in corpora.stories(HERE / "stories")}
