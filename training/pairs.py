"""Weights of pairs of passages: python -m training.pairs [--write]

A logistic model for each of the two questions, one statement and one claim, over the features of `sagt.link`, on the development half of
the press
(evaluation/press/d*.json). Prints F1 of pairs with each story left out in turn. Writes sagt/languages/link.toml.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation import press
from evaluation.ledger import Held, matched, put
from sagt import link, linker, shelf
from sagt.ledger import Ledger
from sagt.store import Store

#: Strength of the pull towards no weight.
PULL = 1.0


@dataclass
class Pairs:
    """All pairs of passages of one story whose gold is known."""

    x: np.ndarray
    statement: np.ndarray
    claim: np.ndarray


def pairs(held: Held, ledger: Ledger) -> Pairs:
    """Features and answers of every pair."""
    gold = matched(held).gold_of
    claim_of = {s["id"]: s["claim"] for s in held.story["statements"]}
    with ledger.store.reading() as connection:
        briefs = shelf.briefs(connection, [s.seq for s in ledger.store.reports()])
    rows, statement, claim = [], [], []
    order = [briefs[seq] for seq in sorted(briefs)]
    for i, one in enumerate(order):
        for other in order[i:]:
            for a, b, values in linker.compared(one, other, far=-1.0):
                ours, theirs = gold.get((one.item.id, a.attribution)), gold.get((other.item.id, b.attribution))
                if ours and theirs:
                    rows.append(values)
                    statement.append(bool(ours & theirs))
                    claim.append(bool({claim_of[g] for g in ours} & {claim_of[g] for g in theirs}))
    return Pairs(np.array(rows), np.array(statement), np.array(claim))


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
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for story in press.load("d"):
            with Store(f"sqlite:///{folder}/{story['id']}.db") as store:
                ledger = Ledger(store)
                found[story["id"]] = pairs(put(ledger, story), ledger)
    text = "# Weights of pairs of passages, fitted on the development half of the press by training/pairs.py.\n"
    for question in ("statement", "claim"):
        for name, one in found.items():
            rest = [p for other, p in found.items() if other != name]
            weights = fit(np.vstack([p.x for p in rest]), np.concatenate([getattr(p, question) for p in rest]))
            chance = 1 / (1 + np.exp(-one.x @ weights))
            print(question, name, *(f"at {at}: {f1(chance, getattr(one, question), at)}" for at in (0.3, 0.4, 0.5)))
        weights = fit(np.vstack([p.x for p in found.values()]), np.concatenate([getattr(p, question) for p in found.values()]))
        text += f"\n[{question}]\n" + "".join(f'"{name}" = {value:.3f}\n' for name, value in zip(link.FEATURES, weights, strict=True))
    print(text)
    if args.write:
        (Path(link.__file__).parent / "languages" / "link.toml").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
