"""How passages stand to what they speak of: python -m training.stances --pack PACK [--write]

Two multinomial logistic models (sagt/stances.py) on our training stories (training/press): of a passage by itself, whose weights go
into the pack's settings, and of a statement beside the first assertion of its claim, whose weights go into
sagt/languages/stances.toml. Prints precision and recall of each stance with a sixth of the stories left out in turn. With other weights
of the encoder both must be fitted anew."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import training
from evaluation.ledger import Held, each, matched
from sagt import shelf, stances
from sagt.ledger import Ledger
from sagt.passages import Passage
from sagt.read import Reader

HERE = Path(__file__).parent
FOLDS = 6
KINDS = len(stances.STANCES)
#: Strength of the pull towards no weight.
PULL, PULL_BESIDE = 3.0, 3.0


@dataclass
class Said:
    """A passage whose gold is known."""

    at: float
    claim: str
    passage: Passage
    traits: list[float]
    stance: int


def said(held: Held, ledger: Ledger) -> list[Said]:
    """The passages of a story that pass on statements of one stance and claim."""
    gold = {s["id"]: s for s in held.story["statements"]}
    golds = matched(held).gold_of
    with ledger.store.reading() as connection:
        briefs = shelf.briefs(connection, [one.seq for one in ledger.store.reports()])
    found = []
    for one in briefs.values():
        parts = shelf.vectors_of(one)
        for passage, of in zip(one.passages, parts.of, strict=True):
            kinds = {(gold[g]["stance"], gold[g]["claim"]) for g in golds.get((one.item.id, passage.attribution), ())}
            if len(kinds) == 1:
                ((stance, claim),) = kinds
                values = stances.traits(passage, parts.sentences[of].mean(0))
                found.append(Said(one.item.at, claim, passage, values, stances.STANCES.index(stance)))
    return found


def fit(x: np.ndarray, y: np.ndarray, rows: int, pull: float | np.ndarray, worth: np.ndarray | None = None) -> np.ndarray:
    """Weights of a multinomial logistic model, a row for each kind, by L-BFGS. `pull`: towards no weight, of all or of each column;
    `worth`: what each answer counts (None: all alike)."""
    from scipy.optimize import minimize

    size, answers = x.shape[1], np.eye(rows)[y]
    worth = np.ones(len(y)) if worth is None else worth

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(rows, size)
        scores = x @ weights.T
        scores -= scores.max(1, keepdims=True)
        chance = np.exp(scores)
        chance /= chance.sum(1, keepdims=True)
        value = -(worth * np.log(chance[np.arange(len(y)), y] + 1e-12)).sum() + (pull * weights**2).sum() / 2
        return value, (((chance - answers) * worth[:, None]).T @ x + pull * weights).ravel()

    return minimize(loss, np.zeros(rows * size), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x.reshape(rows, size)


def beside(stories: list[list[Said]], weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the second model."""
    x, y = [], []
    for story in stories:
        claims: dict[str, list[Said]] = defaultdict(list)
        for one in story:
            claims[one.claim].append(one)
        for ones in claims.values():
            ones.sort(key=lambda one: (one.at, one.passage.attribution))
            likely = [stances.leans(one.passage, np.array(one.traits[:384], np.float32), weights) for one in ones]
            first = next((n for n, row in enumerate(likely) if stances.asserted(row)), 0)
            for n, one in enumerate(ones):
                x.append(stances.beside(one.passage, likely[n], None if n == first else ones[first].passage, likely[first]))
                y.append(one.stance)
    return np.array(x), np.array(y)


def told(name: str, found: np.ndarray, y: np.ndarray) -> None:
    """Print how good it is."""
    print(name, "right", round(float((found == y).mean()), 3))
    for n, stance in enumerate(stances.STANCES):
        right = ((found == n) & (y == n)).sum()
        said, there = max(1, (found == n).sum()), max(1, (y == n).sum())
        print(f"  {stance:10} precision {right / said:.2f} recall {right / there:.2f} of {there}")


def first_model(stories: list[list[Said]]) -> np.ndarray:
    return fit(np.array([one.traits for s in stories for one in s]), np.array([one.stance for s in stories for one in s]), KINDS, PULL)


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    settings = json.loads((args.pack / "settings.json").read_text("utf-8"))
    if "stances" not in settings:  # the stories are read with a pack that needs some
        settings["stances"] = np.zeros((len(stances.STANCES), 404)).tolist()
        save(args.pack, settings)
    stories = [said(held, ledger) for held, ledger in each(training.stories(), Reader(args.pack))]
    found, y, found_beside, y_beside = [], [], [], []
    inner: list[tuple[np.ndarray, np.ndarray]] = []
    for fold in range(FOLDS):
        test, rest = stories[fold::FOLDS], [s for n, s in enumerate(stories) if n % FOLDS != fold]
        weights = first_model(rest)
        found.append((np.array([one.traits for s in test for one in s]) @ weights.T).argmax(1))
        y.append(np.array([one.stance for s in test for one in s]))
        inner.append(beside(test, weights))
    told("by itself", np.concatenate(found), np.concatenate(y))
    # The second model learns from likelihoods of stories that the first one has not seen, as it will meet them.
    for fold, (x, answers) in enumerate(inner):
        rest = [one for n, one in enumerate(inner) if n != fold]
        second = fit(np.vstack([x for x, _ in rest]), np.concatenate([y for _, y in rest]), KINDS, PULL_BESIDE)
        found_beside.append((x @ second.T).argmax(1))
        y_beside.append(answers)
    told("in its claim", np.concatenate(found_beside), np.concatenate(y_beside))
    if args.write:
        save(args.pack, settings | {"stances": first_model(stories).round(4).tolist()})
        second = fit(np.vstack([x for x, _ in inner]), np.concatenate([y for _, y in inner]), KINDS, PULL_BESIDE)
        text = "# Weights of a statement's stance beside the first assertion of its claim, by training/stances.py.\n\n[beside]\n"
        text += "".join(f"{name} = {[round(float(w), 3) for w in row]}\n" for name, row in zip(stances.STANCES, second, strict=True))
        (Path(stances.__file__).parent / "languages" / "stances.toml").write_text(text, "utf-8")


def save(pack: Path, settings: dict) -> None:
    """Write a pack's settings, and their digest into its manifest."""
    (pack / "settings.json").write_text(json.dumps(settings) + "\n", "utf-8")
    manifest = json.loads((pack / "manifest.json").read_text("utf-8"))
    manifest["files"]["settings.json"] = hashlib.sha256((pack / "settings.json").read_bytes()).hexdigest()
    (pack / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
