"""Weights of whom a pronoun means: python -m training.pronouns [--write]

A conditional logistic model over the candidates that `sagt.actors` weighs for the pronouns that are the source of an attribution, on our
training stories (training/press), whose gold tells who speaks. Prints how many are right, wrong and left open with a sixth of the stories
left out in turn. Writes sagt/languages/pronouns.toml. What stands in a quotation is never the source there: `speaks` is set by hand.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

import training
from evaluation.ledger import Held, each, matched
from sagt import actors, languages, read
from sagt.ledger import Ledger
from sagt.passages import spelt
from sagt.pronouns import Candidate
from sagt.types import Attribution, Report, Span

PULL = 0.3
FOLDS = 6
#: Weight that is not fitted.
SPEAKS = 2.0
FITTED = [one.name for one in fields(Candidate) if one.name != "speaks"]


@dataclass
class Asked:
    """A pronoun with its candidates, a row each, and which of them it means."""

    x: np.ndarray
    right: np.ndarray


class _Listener(actors._Casting):
    """Keeps what was known when each pronoun was weighed."""

    heard: ClassVar[dict[tuple[str, Span], dict[str, Candidate]]] = {}

    def _pronoun(self, phrase: Any, attribution: Attribution | None) -> int | None:
        found = {self.all[i].name: one for i, one in self._candidates(phrase, attribution).items()}
        self.heard.setdefault((self.text, phrase.span), found)
        return super()._pronoun(phrase, attribution)


def _cast(report: Report, *rest: Any) -> actors.Cast:
    return _Listener(report, *rest).finish()


def asked(held: Held, ledger: Ledger) -> Iterator[Asked]:
    """The pronouns of a story that are sources, whose speaker the gold names."""
    name_of = {one["id"]: one["name"] for one in held.story["actors"]}
    actor_of = {one["id"]: name_of.get(one["actor"]) for one in held.story["statements"]}
    for (report, attribution), golds in sorted(matched(held).gold_of.items()):
        names = {name for gold in golds if (name := actor_of[gold])}
        stored = ledger.store.find(report)
        reading = ledger.store.reading_of(stored)
        source = next((a.source for a in reading.attributions if a.id == attribution), ()) if reading else ()
        found = next((c for span in source if (c := _Listener.heard.get((stored.report.text, span)))), None)
        if found and len(names) == 1:
            right = np.array([_is(name, *names) for name in found])
            unnamed = np.array([name[0].islower() for name in found])
            if not right.any() and next(iter(names))[0].islower() and unnamed.sum() == 1:
                right = unnamed
            if right.any():
                yield Asked(np.array([[float(asdict(c)[name]) for name in FITTED] for c in found.values()]), right)


def _is(ours: str, gold: str) -> bool:
    """True if a report's name for somebody is the gold's."""
    a, b = (set(spelt(name.split("(")[0].split(",")[0]).split()) for name in (ours, gold))
    return bool(a and b) and (a <= b or b <= a)


def fit(known: list[Asked]) -> np.ndarray:
    """Weights, by Newton's method on the logarithm of the right one's chance."""
    weights = np.zeros(len(FITTED))
    for _ in range(30):
        slope, curve = PULL * weights, PULL * np.eye(len(weights))
        for one in known:
            chance = _chances(one, weights)
            right = chance * one.right / max(1e-12, (chance * one.right).sum())
            mean = chance @ one.x
            slope -= right @ one.x - mean
            curve += (one.x.T * chance) @ one.x - np.outer(mean, mean)
        weights -= np.linalg.solve(curve, slope)
    return weights


def _chances(one: Asked, weights: np.ndarray) -> np.ndarray:
    scores = one.x @ weights
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    read.cast = _cast
    stories = [list(asked(held, ledger)) for held, ledger in each(training.stories())]
    right = wrong = open_ = 0
    for fold in range(FOLDS):
        weights = fit([one for n, story in enumerate(stories) if n % FOLDS != fold for one in story])
        for one in (one for story in stories[fold::FOLDS] for one in story):
            order = np.argsort(-(scores := one.x @ weights))
            torn = len(order) > 1 and scores[order[0]] - scores[order[1]] < actors.MARGIN
            open_, right, wrong = open_ + torn, right + (not torn and one.right[order[0]]), wrong + (not torn and not one.right[order[0]])
    print(f"{right} right, {wrong} wrong, {open_} left open")
    weights = fit([one for story in stories for one in story])
    text = "# What speaks for whom a pronoun means, fitted by training/pronouns.py on our training stories (training/press).\n\n[pronoun]\n"
    text += "".join(f"{name} = {value:.2f}\n" for name, value in (*zip(FITTED, weights, strict=True), ("speaks", SPEAKS)))
    print(text)
    if args.write:
        (Path(languages.__file__).parent / "pronouns.toml").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
