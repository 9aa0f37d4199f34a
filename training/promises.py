"""What later sentences tell of promises: python -m training.promises --pack PACK [--write]

Two models (sagt/promises.py). What a sentence tells by itself: multinomial logistic over its meaning, by the evidence that our training
stories (press/ and promised/stories/) name; its weights go into the pack's settings. Which sentence of all later ones tells, if any
does: conditional logistic, on the promises of the stories and on promised/, where each promise has sentences that settle it and some
that don't: in the stories hardly a promise whose time is over stays open, which is not so of the world. Its weights go into
sagt/languages/promises.toml. Where several sentences of a story tell what became of a promise only the first is named, so that whatever
stands in that report or later may tell it, too. Prints how many outcomes of the stories are right with a sixth of them left out in turn.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

import training
from evaluation.ledger import Held, best, each, matched
from sagt import facts, linker, promises, shelf
from sagt.ledger import Ledger
from sagt.meaning import SIZE, Meaning
from sagt.origins import Item
from sagt.pack import Pack
from sagt.passages import Passage, Stance, Voice, worded
from sagt.promises import NOTHING, TOLD, TRAITS, Interval, Later
from sagt.read import Reader
from sagt.types import Act, Span, Wording
from training import stances

HERE = Path(__file__).parent
FOLDS = 6
DAY = 86400.0
#: Strength of the pull towards no weight: of what a sentence tells, of its traits in their own spread, of what speaks for nothing.
PULL_TELLS, PULL, PULL_NOTHING = 3.0, 10.0, 0.1
#: Sentences next to a promise in meaning that teach that they tell nothing.
NEXT = 12
#: Rows of the model of what a sentence tells.
KINDS = (*(one.value for one in TOLD), "nothing")


@dataclass
class Promised:
    """A promise of a story, the sentences after it, and what became of it."""

    story: str
    passage: Passage
    at: float
    due: Interval | None
    end: float
    later: list[Later]
    meanings: list[np.ndarray]
    evidence: list[bool]
    outcome: str

    @property
    def told_at(self) -> float:
        """When the first sentence that tells was published."""
        return min((one.item.at for one, tells in zip(self.later, self.evidence, strict=True) if tells), default=float("inf"))


def promised(held: Held, ledger: Ledger) -> Iterator[Promised]:
    """The promises of a story that were read."""
    of = best(held, matched(held))
    end = max(datetime.fromisoformat(one["published"]).timestamp() for one in held.story["reports"]) + 60
    for one in held.story["promises"]:
        if one["statement"] not in of:
            continue
        statement = of[one["statement"]].statement
        ((_, _, briefs),) = ledger.followed("promise", [statement])
        rows = {key: vector for brief in briefs.values() for key, vector in _meanings(brief)}
        later = promises.nearest(statement.first.item.at, linker.later(statement.members, briefs, promises.SPEAKS_OF), end)
        evidence = held.characters(one["evidence"]["report"], [one["evidence"]["words"]]) if one.get("evidence") else set()
        yield Promised(
            held.story["id"], statement.first.passage, statement.first.item.at, statement.time_given, end, later,
            [rows[told.item.seq, told.passage.attribution] for told in later], [bool(evidence) and _is(told, evidence) for told in later],
            one["outcome"],
        )  # fmt: skip


def _meanings(brief: shelf.Brief) -> Iterator[tuple[tuple[int, str], np.ndarray]]:
    for passage, row in zip((*brief.passages, *brief.narration), linker.means(shelf.vectors_of(brief)), strict=True):
        yield (brief.item.seq, passage.attribution), row


def _is(told: Later, evidence: set[tuple[str, int]]) -> bool:
    shared = len(evidence & {(told.item.id, at) for span in told.passage.spans for at in range(*span)})
    return shared > min(15, 0.3 * len(evidence))


# ---- promises and single sentences ------------------------------------------------------------------------------------------------------


def written(meaning: Meaning) -> Iterator[Promised]:
    """Promises of promised/, with a sentence that settles them among others that don't, or with those alone."""
    chance = random.Random(7)
    for path in sorted((HERE / "promised").glob("*.jsonl")):
        for number, row in enumerate(map(json.loads, path.read_text("utf-8").splitlines())):
            place = row["sentence"].index(row["promise"])
            wording = worded(row["sentence"], Span(place, place + len(row["promise"])), row["speaker"])
            made = _passage("a1", row["promise"], row["speaker"], row["language"], Act.PROMISES)
            vector = meaning.vectors([wording], row["language"])[0]
            idle = [one for one in row["later"] if one["is"] == "nothing"]
            # A sentence that settles it for one half, none for a quarter: with more the stories are told less well, with less an open
            # promise whose time is over is held to be kept.
            if number % 2 == 0:
                kind = chance.choice(KINDS[:-1])
                telling = chance.choice([one for one in row["later"] if one["is"] == kind])
                yield _written(path.stem, made, vector, [*chance.sample(idle, min(2, len(idle))), telling], kind, meaning, chance)
            elif number % 4 == 1:
                yield _written(path.stem, made, vector, chance.sample(idle, min(3, len(idle))), "open", meaning, chance)


def _written(
    name: str, made: Passage, vector: np.ndarray, rows: list[dict], outcome: str, meaning: Meaning, chance: random.Random
) -> Promised:
    due = (DAY, 2 * DAY) if chance.random() < 0.5 else None
    early = outcome == "moved" and chance.random() < 0.5
    found = []
    for n, row in enumerate(rows):
        speaker = f"{row['speaker']}: " if row.get("speaker") else ""
        told = meaning.vectors([Wording.whole(speaker + row["words"])], row["language"])[0]
        at = DAY * (0.4 if early and row["is"] == "moved" else 2.3 + n / 10)
        passage = _passage("a1" if speaker else "n1", row["words"], row.get("speaker"), row["language"], Act.STATES)
        item = Item(n + 2, f"r{n + 2}", at, "", "", False, row["language"], None)
        near = float(told @ vector)
        found.append((Later(item, passage, near, row.get("speaker") == made.voice.name, max(near, 0.3), 0.3), told, row["is"] == outcome))
    found.sort(key=lambda one: -one[0].meaning)
    return Promised(f"promised {name}", made, 0.0, due, 5 * DAY, *(list(part) for part in zip(*found, strict=True)), outcome)


def _passage(name: str, words: str, speaker: str | None, language: str, act: Act) -> Passage:
    numbers = tuple(sorted({n.value for n in facts.numbers(words, language)}))
    return Passage(
        name, (Span(0, len(words)),), words, (), Voice(speaker), Stance.ASSERTS, act, False, numbers=numbers, names=facts.names(words),
        bag=facts.bag(words, language), negations=facts.negations(words, language), language=language,
    )  # fmt: skip


# ---- what a sentence tells by itself ----------------------------------------------------------------------------------------------------


def evidence(known: list[Promised]) -> tuple[np.ndarray, np.ndarray]:
    """Meanings of sentences and what they tell: the named evidence, and what stands next to a promise before it."""
    vectors, kinds = [], []
    for one in known:
        for told, vector, tells in list(zip(one.later, one.meanings, one.evidence, strict=True))[:NEXT]:
            if tells:
                vectors.append(vector)
                kinds.append(KINDS.index(one.outcome))
            elif told.item.at < one.told_at:
                vectors.append(vector)
                kinds.append(len(KINDS) - 1)
    return np.array(vectors).reshape(-1, SIZE), np.array(kinds, int)


def teach_tells(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights of a multinomial logistic model; each kind counts as much as any other."""
    x = np.hstack([x / np.linalg.norm(x, axis=1, keepdims=True), np.ones((len(x), 1))])
    worth = (len(y) / len(KINDS) / np.maximum(np.bincount(y, minlength=len(KINDS)), 1))[y]
    return stances.fit(x, y, len(KINDS), np.append(np.full(SIZE, PULL_TELLS), 1e-3), worth)


# ---- which sentence tells ---------------------------------------------------------------------------------------------------------------


@dataclass
class Choice:
    """A promise as the model sees it."""

    story: str
    outcome: str
    rows: np.ndarray  #: a row of traits a sentence
    none: np.ndarray
    may: np.ndarray  #: what each may tell
    right: np.ndarray  #: which sentence tells what, as far as is known


def choice(one: Promised, weights: np.ndarray) -> Choice:
    """Traits and answers; `weights`: of what a sentence tells."""
    later = [
        replace(told, passage=replace(told.passage, tells=promises.tells(vector, weights)))
        for told, vector in zip(one.later, one.meanings, strict=True)
    ]
    rows = [promises.traits(one.passage, one.at, one.due, told, rank) for rank, told in enumerate(later)]
    right = np.zeros((len(later), len(TOLD)), bool)
    if one.outcome != "open":
        from_then = [told.item.at >= one.told_at or not any(one.evidence) for told in later]
        right[from_then, KINDS.index(one.outcome)] = True
    may = np.array([promises.may_tell(one.passage, one.due, told) for told in later], bool).reshape(-1, len(TOLD))
    rows_ = np.array(rows, float).reshape(-1, len(TRAITS))
    return Choice(one.story, one.outcome, rows_, np.array(promises.nothing(one.due, later, one.end)), may, right & may)


def fit(known: list[Choice]) -> tuple[np.ndarray, np.ndarray]:
    """Weights of TRAITS for each of TOLD, and of NOTHING, by L-BFGS."""
    from scipy.optimize import minimize

    spread = np.maximum(np.vstack([one.rows for one in known]).std(0), 0.05)
    spread[0] = 1.0
    size = len(TOLD) * len(TRAITS)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights, idle = flat[:size].reshape(len(TOLD), -1), flat[size:]
        value, slope, idle_slope = 0.0, np.zeros_like(weights), np.zeros_like(idle)
        for one in known:
            rows = one.rows / spread
            scores, none = np.where(one.may, rows @ weights.T, -np.inf), float(one.none @ idle)
            most = max(float(scores.max(initial=none)), none)
            parts, rest = np.exp(scores - most), float(np.exp(none - most))
            told = parts * one.right
            good = rest if one.outcome == "open" else float(told.sum())
            if good <= 0:
                continue
            total = float(parts.sum()) + rest
            value -= np.log(good / total + 1e-12)
            slope -= (told / good - parts / total if one.outcome != "open" else -parts / total).T @ rows
            idle_slope -= ((1.0 if one.outcome == "open" else 0.0) - rest / total) * one.none
        value += PULL / 2 * (weights**2).sum() + PULL_NOTHING / 2 * (idle**2).sum()
        return value, np.concatenate([(slope + PULL * weights).ravel(), idle_slope + PULL_NOTHING * idle])

    found = minimize(loss, np.zeros(size + len(NOTHING)), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return found[:size].reshape(len(TOLD), -1) / spread, found[size:]


def told(one: Choice, weights: tuple[np.ndarray, np.ndarray]) -> str:
    """The likeliest outcome."""
    if not len(one.rows):
        return "open"
    likely = promises.chances(one.rows, one.may, one.none, *weights).sum(0)
    return (*KINDS[:-1], "open")[int(np.append(likely, 1 - likely.sum()).argmax())]


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    settings = json.loads((args.pack / "settings.json").read_text("utf-8"))
    reader = Reader(args.pack)
    known = [one for held, ledger in each(training.promised(), reader) for one in promised(held, ledger)]
    beside = list(written(Meaning(Pack(args.pack, "", (), settings), 2)))
    fold = {story: n % FOLDS for n, story in enumerate(sorted({one.story for one in known}))}
    tells = teach_tells(*evidence(known))
    always = [choice(one, tells) for one in beside]
    choices: list[Choice] = []
    for part in range(FOLDS):
        weights = teach_tells(*evidence([one for one in known if fold[one.story] != part]))
        choices += [choice(one, weights) for one in known if fold[one.story] == part]
    found: Counter[tuple[str, str]] = Counter()
    for part in range(FOLDS):
        model = fit([*always, *(one for one in choices if fold[one.story] != part)])
        found.update((one.outcome, told(one, model)) for one in choices if fold[one.story] == part)
    right = sum(n for (was, is_), n in found.items() if was == is_)
    print(f"{len(known)} promises, {right / len(known):.3f} right")
    for (was, is_), n in sorted(found.items()):
        print(f"  {was} told as {is_}: {n}")
    if args.write:
        stances.save(args.pack, settings | {"tells": tells.round(4).tolist()})
        save_weights(*fit([*always, *choices]))


def save_weights(weights: np.ndarray, idle: np.ndarray) -> None:
    """Write sagt/languages/promises.toml."""
    text = "# What a later sentence tells of a promise: weights by training/promises.py on training/press and training/promised.\n"
    for name, row in zip(KINDS, weights, strict=False):
        text += f"\n[{name}]\n" + "".join(f'"{trait}" = {value:.3f}\n' for trait, value in zip(TRAITS, row, strict=True))
    text += "\n[nothing]\n" + "".join(f'"{trait}" = {value:.3f}\n' for trait, value in zip(NOTHING, idle, strict=True))
    (Path(promises.__file__).parent / "languages" / "promises.toml").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
