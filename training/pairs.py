"""Weights of pairs of passages: python -m training.pairs [--write]

A logistic model for each of two questions, one statement and one claim, over the features of `sagt.link`, and a conditional one (McFadden
1974) for which of all that is told an answer answers, over those of sagt.stances.ANSWERING; on our training stories (training/press).
What rests on the vectors of claims (claims, answers) is fitted on the stories that did not teach those. Prints how good they are with a
sixth of the stories left out in turn. Writes sagt/languages/link.toml.

A statement may stand in several passages of a report, a sentence each: of these only the nearest to the other report's are taught to
be one with it, the others are left out, since "Ja." and "Vi åbner fredag." have nothing in common but their speaker.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

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
#: The pull of the conditional model, whose features are scaled alike.
PULL_OF_ANSWERS = 30.0
#: A feature that varies less is given no weight.
LEAST_SCALE = 1e-3


@dataclass(frozen=True)
class Answer:
    """What one passage may answer."""

    x: np.ndarray  #: a row for each that is told: features
    right: np.ndarray  #: which of them it answers; none where it answers nothing


@dataclass(frozen=True)
class Pairs:
    """All pairs of passages of one story whose gold is known, and its answers."""

    taught: bool  #: that the story taught the vectors of claims
    x: np.ndarray
    statement: np.ndarray
    claim: np.ndarray
    answers: list[Answer]


def pairs(held: Held, ledger: Ledger) -> Pairs:
    """Features and answers of every pair; LEFT_OUT where one says too little to be told."""
    gold = matched(held).gold_of
    told = {s["id"]: s for s in held.story["statements"]}
    claim_of = {name: s["claim"] for name, s in told.items()}
    with ledger.store.reading() as connection:
        briefs = shelf.briefs(connection, [s.seq for s in ledger.store.reports()])
    rows, statement, claim = [], [], []
    answers: defaultdict[tuple[str, str], list[tuple[list[float], bool]]] = defaultdict(list)
    order = [briefs[seq] for seq in sorted(briefs)]
    for i, one in enumerate(order):
        for other in order[i:]:
            later = None if one is other else one.item.at - other.item.at
            found = []
            for p in linker.compared(one, other, far=-1.0):
                a, b = (one.item.id, p.a.attribution), (other.item.id, p.b.attribution)
                for first, (x, y), (ours, theirs) in ((True, (p.a, p.b), (a, b)), (False, (p.b, p.a), (b, a))):
                    if stances.may_answer(x, y):
                        mine, of_others = gold.get(ours, set()), gold.get(theirs, set())
                        wanted = {claim_of[g] for g in mine if told[g]["stance"] in training.ANSWERS}
                        right = bool(wanted & {claim_of[g] for g in of_others}) and not mine & of_others
                        answers[ours].append((p.answering(first, later), right))
                if a in gold and b in gold:
                    found.append((gold[a], gold[b], p.values))
            within = one is other
            rows += [values for _, _, values in found]
            statement += _same([(a & b, values) for a, b, values in found], within)
            claims = [({claim_of[g] for g in a} & {claim_of[g] for g in b}, values) for a, b, values in found]
            claim += [int(bool(shared)) for shared, _ in claims] if within else _same(claims, within)
    taught = held.story["id"] in {path.stem for path in training.press(taught=True)}
    listed = [Answer(np.array([x for x, _ in those]), np.array([right for _, right in those])) for those in answers.values()]
    return Pairs(taught, np.array(rows), np.array(statement), np.array(claim), listed)


def _same(found: list[tuple[set[str], list[float]]], within: bool) -> list[int]:
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


def fit_answers(answers: list[Answer]) -> np.ndarray:
    """Weights of the conditional model: an answer answers one of those that are right rather than the others or, its odds 1, none."""
    x, right = (torch.tensor(np.concatenate([getattr(one, name) for one in answers])) for name in ("x", "right"))
    mean, scale = x.mean(0), x.std(0)
    varies = scale > LEAST_SCALE
    x = torch.where(varies, (x - mean) / scale.clamp(min=LEAST_SCALE), 0.0)
    of = torch.repeat_interleave(torch.arange(len(answers)), torch.tensor([len(one.x) for one in answers]))
    some = torch.zeros(len(answers)).double().index_add(0, of, right.double()) > 0
    weights, bias = torch.zeros(x.shape[1]).double().requires_grad_(), torch.zeros(1).double().requires_grad_()
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=400, line_search_fn="strong_wolfe")

    def step() -> Tensor:
        optimizer.zero_grad()
        odds = (x @ weights + bias).clamp(-30, 30).exp()
        whole, ours = (torch.zeros(len(answers)).double().index_add(0, of, row) for row in (odds, odds * right))
        loss = PULL_OF_ANSWERS * (weights**2).sum() - (torch.where(some, ours, 1.0).clamp(min=1e-12) / (1 + whole)).log().sum()
        loss.backward()
        return loss

    optimizer.step(step)
    found = torch.where(varies, weights / scale.clamp(min=LEAST_SCALE), 0.0).detach()
    found[stances.ANSWERING.index("bias")] = bias.detach()[0] - (found * mean).sum()
    return found.numpy()


def told_right(answers: list[Answer], weights: np.ndarray) -> tuple[float, int, int, int]:
    """Log loss an answer; how many answers have one of those that are right before all others, how many have any, how many there are."""
    losses, right = [], 0
    for one in answers:
        odds = np.exp(one.x @ weights)
        share = odds / (1 + odds.sum())
        losses.append(-np.log(max(1e-9, share[one.right].sum() if one.right.any() else 1 - share.sum())))
        right += bool(one.right[odds.argmax()])
    return round(float(np.mean(losses)), 3), right, sum(bool(one.right.any()) for one in answers), len(answers)


def _fitted(stories: list[Pairs], question: str) -> np.ndarray:
    stories = [one for one in stories if question == "statement" or not one.taught]
    if question == "answer":
        return fit_answers([answer for one in stories for answer in one.answers])
    x, y = np.vstack([_x(one, question) for one in stories]), np.concatenate([getattr(one, question) for one in stories])
    return fit(x[y != LEFT_OUT], (y[y != LEFT_OUT] == 1).astype(float))


def _x(one: Pairs, question: str) -> np.ndarray:
    return one.x[:, : -len(link.CLAIMS)] if question == "statement" else one.x


def f1(chance: np.ndarray, y: np.ndarray, at: float) -> tuple[float, float, float]:
    """Precision, recall and F1 of pairs from a likelihood on."""
    right, said = int((y & (chance >= at)).sum()), int((chance >= at).sum())
    precision, recall = right / max(1, said), right / max(1, int(y.sum()))
    return round(precision, 3), round(recall, 3), round(2 * precision * recall / max(1e-9, precision + recall), 3)


def left_out(stories: list[Pairs], question: str) -> Iterator[str]:
    """How good weights are on stories that they were not fitted on."""
    chances, right, losses = [], [], []
    for fold in range(FOLDS):
        weights = _fitted([one for n, one in enumerate(stories) if n % FOLDS != fold], question)
        for one in stories[fold::FOLDS]:
            if one.taught and question != "statement":
                continue
            if question == "answer":
                losses.append(told_right(one.answers, weights))
                continue
            known = getattr(one, question) != LEFT_OUT
            chances.append(1 / (1 + np.exp(-_x(one, question)[known] @ weights)))
            right.append(getattr(one, question)[known] == 1)
    if losses:
        sizes = [size for *_, size in losses]
        loss = np.average([loss for loss, *_ in losses], weights=sizes)
        yield f"loss {loss:.3f}; {sum(n for _, n, *_ in losses)} of {sum(n for _, _, n, _ in losses)} right, {sum(sizes)} read"
    else:
        yield from (f"at {at}: {f1(np.concatenate(chances), np.concatenate(right), at)}" for at in (0.3, 0.4, 0.5))


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
        print(question, *left_out(stories, question))
        text += f"\n[{question}]\n" + "".join(
            f'"{name}" = {value:.3f}\n' for name, value in zip(names, _fitted(stories, question), strict=True)
        )
    print(text)
    if args.write:
        (Path(link.__file__).parent / "languages" / "link.toml").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
