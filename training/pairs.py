"""Weights of pairs of passages: python -m training.pairs [--write]

A logistic model for each of three questions, one statement, one claim, and whether one answers the other, over the features of `sagt.link`
(and sagt.stances.ANSWERING), on our training stories (training/press). What rests on the vectors of claims (claims, answers) is fitted on
the stories that did not teach those. Prints F1 of pairs with a sixth of the stories left out in turn.
Writes sagt/languages/link.toml.

A statement may stand in several passages of a report, a sentence each: of these only the nearest to the other report's are taught to
be one with it, the others are left out, since "Ja." and "Vi åbner fredag." have nothing in common but their speaker.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import training
from evaluation.ledger import Held, each, matched
from sagt import link, linker, shelf, stances
from sagt.ledger import Ledger

#: Strength of the pull towards no weight.
PULL = 1.0
FOLDS = 6
#: How much less near than the nearest pair of passages of two reports others may be that are taught to be one, too.
NEAR = 0.1
#: What is not taught.
LEFT_OUT = -1


@dataclass
class Pairs:
    """All pairs of passages of one story whose gold is known."""

    taught: bool  #: that the story taught the vectors of claims
    x: np.ndarray
    statement: np.ndarray
    claim: np.ndarray
    answering: np.ndarray  #: the same of passages of which one may answer the other
    answer: np.ndarray


def pairs(held: Held, ledger: Ledger) -> Pairs:
    """Features and answers of every pair; LEFT_OUT where one says too little to be told."""
    gold = matched(held).gold_of
    claim_of = {s["id"]: s["claim"] for s in held.story["statements"]}
    with ledger.store.reading() as connection:
        briefs = shelf.briefs(connection, [s.seq for s in ledger.store.reports()])
    rows, statement, claim, answering, answer = [], [], [], [], []
    order = [briefs[seq] for seq in sorted(briefs)]
    for i, one in enumerate(order):
        for other in order[i:]:
            known = [
                p
                for p in linker.compared(one, other, far=-1.0)
                if (one.item.id, p.a.attribution) in gold and (other.item.id, p.b.attribution) in gold
            ]
            found = [(gold[one.item.id, p.a.attribution], gold[other.item.id, p.b.attribution], p.values) for p in known]
            later = None if one is other else one.item.at - other.item.at
            for p, (ours, theirs, _) in zip(known, found, strict=True):
                same = {claim_of[g] for g in ours} & {claim_of[g] for g in theirs}
                for first, (x, y) in ((True, (p.a, p.b)), (False, (p.b, p.a))):
                    if stances.may_answer(x, y) and not ours & theirs:
                        answering.append(p.answering(first, later))
                        answer.append(int(bool(same)))
            within = one.item.seq == other.item.seq
            rows += [values for _, _, values in found]
            statement += _answers([(a & b, values) for a, b, values in found], within)
            claims = [({claim_of[g] for g in a} & {claim_of[g] for g in b}, values) for a, b, values in found]
            claim += [int(bool(shared)) for shared, _ in claims] if within else _answers(claims, within)
    taught = held.story["id"] in {path.stem for path in training.press(taught=True)}
    return Pairs(taught, np.array(rows), np.array(statement), np.array(claim), np.array(answering), np.array(answer))


def _answers(found: list[tuple[set[str], list[float]]], within: bool) -> list[int]:
    near = link.FEATURES.index("meaning")
    best: dict[str, float] = {}
    for shared, values in found:
        for one in shared:
            best[one] = max(best.get(one, -1.0), values[near])
    return [
        0 if not shared else LEFT_OUT if within or values[near] < max(best[one] for one in shared) - NEAR else 1 for shared, values in found
    ]


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights, by Newton's method."""
    weights = np.zeros(x.shape[1])
    pull = PULL * np.ones(len(weights))
    pull[0] = 1e-6
    for _ in range(40):
        chance = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (chance - y) + pull * weights
        curve = (x.T * (chance * (1 - chance))) @ x + np.diag(pull)
        weights -= np.linalg.solve(curve, slope)
    return weights


def _fitted(stories: list[Pairs], question: str) -> np.ndarray:
    stories = [one for one in stories if question == "statement" or not one.taught]
    x, y = np.vstack([_x(one, question) for one in stories]), np.concatenate([getattr(one, question) for one in stories])
    return fit(x[y != LEFT_OUT], (y[y != LEFT_OUT] == 1).astype(float))


def _x(one: Pairs, question: str) -> np.ndarray:
    return one.answering if question == "answer" else one.x[:, : -len(link.CLAIMS)] if question == "statement" else one.x


def f1(chance: np.ndarray, y: np.ndarray, at: float) -> tuple[float, float, float]:
    """Precision, recall and F1 of pairs from a likelihood on."""
    right, said = int((y & (chance >= at)).sum()), int((chance >= at).sum())
    precision, recall = right / max(1, said), right / max(1, int(y.sum()))
    return round(precision, 3), round(recall, 3), round(2 * precision * recall / max(1e-9, precision + recall), 3)


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    stories = [pairs(held, ledger) for held, ledger in each(training.stories())]
    text = "# Weights of pairs of passages, fitted by training/pairs.py on our training stories (training/press).\n"
    assert link.FEATURES[-len(link.CLAIMS) :] == link.CLAIMS
    plain = link.FEATURES[: -len(link.CLAIMS)]
    for question, names in (("statement", plain), ("claim", link.FEATURES), ("answer", stances.ANSWERING)):
        chances, answers = [], []
        for fold in range(FOLDS):
            weights = _fitted([p for n, p in enumerate(stories) if n % FOLDS != fold], question)
            for one in stories[fold::FOLDS]:
                if one.taught and question != "statement":
                    continue
                known = getattr(one, question) != LEFT_OUT
                chances.append(1 / (1 + np.exp(-_x(one, question)[known] @ weights)))
                answers.append(getattr(one, question)[known] == 1)
        print(question, *(f"at {at}: {f1(np.concatenate(chances), np.concatenate(answers), at)}" for at in (0.3, 0.4, 0.5)))
        text += f"\n[{question}]\n" + "".join(
            f'"{name}" = {value:.3f}\n' for name, value in zip(names, _fitted(stories, question), strict=True)
        )
    print(text)
    if args.write:
        (Path(link.__file__).parent / "languages" / "link.toml").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
