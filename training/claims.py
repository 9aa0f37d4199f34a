"""What passages speak of: python -m training.claims --pack PACK

Which of all that is told somebody denies, refuses to confirm or confirms. The last layers of the pack's encoder of meaning, moved by
low-rank matrices (LoRA: Hu et al. 2021, arXiv 2106.09685), and two linear maps of their mean give a vector for the claim that a passage
tells of, and one for the claim that an answer seeks; meaning itself stays as it is. Contrastive: an answer is drawn to those who say
what it answers, from all else that others say in the story, and those who say the same in different statements to each other.

Taught on the sayings of our own stories (`training.teaching`) and of `scenes`: small affairs in two or three short reports, a JSON line
each, with what is passed on in ⟦ ⟧ and who says it, how, and of which claim. What lies below the moved layers is computed once. Writes
PACK/meaning.onnx anew, its other half as it was but for rounding. Prints, for stories that are not taught, how often an answer's nearest
is of its claim."""

from __future__ import annotations

import argparse
import copy
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

import training
from evaluation.reports import place
from sagt.meaning import MOST_PIECES, PREFIX, counted
from sagt.passages import in_light, worded
from sagt.types import Span, Wording
from training import meaning
from training.export import layer_of
from training.meaning import Claims, unpacked

TELLS = ("asserts", "promises")
#: Of one story at once: answers; sayings that they may answer, of a claim that is answered and of another; of all.
MOST_ANSWERS, OF_ANSWERED, OF_ANOTHER, MOST_TOLD = 14, 4, 2, 36
TEMPERATURE = 0.05
#: What bringing together those who say the same counts, beside bringing an answer to what it answers.
OF_ONE_MIND = 0.5
#: How often a speaker is known by the whole name, by its last word.
BY_NAME, BY_SURNAME = 0.7, 0.2
#: Rates of the matrices and of the maps, steps until both are whole, stories a step.
RATE, MAPS_RATE, WARMUP, AT_ONCE = 1e-3, 3e-4, 20, 3
#: Share of what goes into the layers that is left out at random.
DROPPED = 0.15
_MARKED = re.compile(r"⟦([^⟦⟧]*)⟧")


# ---- what is taught --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Saying:
    """A passage whose claim is known."""

    statement: str
    claim: str
    actor: str
    name: str
    stance: str
    text: str  #: of its report
    words: Span  #: what is passed on


Story = list[Saying]


def of_press(story: dict[str, Any]) -> Story:
    """The sayings of a story of ours."""
    texts = {report["id"]: report["text"] for report in story["reports"]}
    names = {actor["id"]: actor["name"] for actor in story["actors"]}
    return [
        Saying(
            s["id"], s["claim"], s["actor"], names.get(s["actor"], ""), s["stance"], texts[p["report"]],
            Span(*place(texts[p["report"]], p["content"][0])),
        )
        for s in story["statements"]
        for p in s["passages"]
    ]  # fmt: skip


def of_scene(scene: dict[str, Any], rng: random.Random) -> Story:
    """The sayings of a scene; its sentences stand in one paragraph or in several."""
    return [saying for report in scene["reports"] for saying in _of_report(report["rows"], rng)]


def _of_report(rows: list[dict[str, Any]], rng: random.Random) -> Iterator[Saying]:
    text, marked = "", []
    for row in rows:
        first = _MARKED.search(row["text"])
        if first and row["claim"]:
            start = len(text) + first.start()
            marked.append((row, Span(start, start + len(first[1]))))
        text += _MARKED.sub(r"\1", row["text"]) + (" " if rng.random() < 0.5 else "\n\n")
    for row, span in marked:
        one = f"{row['by']} {row['stance']} {row['claim']}"
        yield Saying(one, row["claim"], row["by"], row["by"], row["stance"], text, span)


def scenes(rng: random.Random) -> list[Story]:
    """All scenes."""
    return [of_scene(scene, rng) for scene in training.scenes()]


def chosen(story: Story, rng: random.Random) -> tuple[list[int], list[int]]:
    """Answers of a story, and what they may answer: all that is answered, and some of the rest."""
    told = [n for n, one in enumerate(story) if one.stance in TELLS]
    answers = [n for n, one in enumerate(story) if one.stance in training.ANSWERS and any(_answered(one, story[m]) for m in told)]
    rng.shuffle(told)
    rng.shuffle(answers)
    answers = answers[:MOST_ANSWERS]
    wanted = {story[n].claim for n in answers}
    had: dict[str, int] = defaultdict(int)
    keys = []
    for n in sorted(told, key=lambda n: story[n].claim not in wanted):
        claim = story[n].claim
        if had[claim] < (OF_ANSWERED if claim in wanted else OF_ANOTHER) and len(keys) < MOST_TOLD:
            had[claim] += 1
            keys.append(n)
    return answers, keys


def _answered(answer: Saying, told: Saying) -> bool:
    return answer.claim == told.claim and answer.actor != told.actor


# ---- what does not move ----------------------------------------------------------------------------------------------------------------


class State(NamedTuple):
    """A text as it goes into the layers that are moved."""

    hidden: Tensor  #: a row a piece
    held: Tensor  #: which pieces count


class Seen(NamedTuple):
    """A story with the states of its sayings."""

    story: Story
    told: list[State]
    sought: list[State | None]  #: of answers, in the light of what stands before them


def seen(stories: Sequence[Story], known: Callable[[Saying], str | None], below: Callable[[list[Wording]], list[State]]) -> list[Seen]:
    """Stories as the moved layers see them. `known`: by which name a speaker is known."""
    names = [[known(one) for one in story] for story in stories]
    told = [worded(s.text, s.words, name) for story, row in zip(stories, names, strict=True) for s, name in zip(story, row, strict=True)]
    asked = [
        in_light(s.text, s.words, name)
        for story, row in zip(stories, names, strict=True)
        for s, name in zip(story, row, strict=True)
        if s.stance in training.ANSWERS
    ]
    states = iter(below(told + asked))
    first = [[next(states) for _ in story] for story in stories]
    return [
        Seen(story, row, [next(states) if s.stance in training.ANSWERS else None for s in story])
        for story, row in zip(stories, first, strict=True)
    ]


@torch.no_grad()
def lower(bert: BertModel, tokenizer: Tokenizer, texts: list[Wording], size: int = 32) -> list[State]:
    """What the layers below make of texts, those of one length together."""
    found = tokenizer.encode_batch([PREFIX + one.text for one in texts])
    out: list[State] = [State(torch.zeros(0), torch.zeros(0))] * len(texts)
    order = sorted(range(len(texts)), key=lambda n: len(found[n].ids))
    for at in range(0, len(order), size):
        batch = order[at : at + size]
        width = max(len(found[n].ids) for n in batch)
        pieces = torch.tensor([found[n].ids + [1] * (width - len(found[n].ids)) for n in batch])
        there = torch.arange(width)[None] < torch.tensor([len(found[n].ids) for n in batch])[:, None]
        with torch.autocast("cpu", torch.bfloat16):
            hidden = bert.embeddings(input_ids=pieces)
            for layer in bert.encoder.layer[: meaning.SHARED]:
                hidden = layer_of(layer, hidden, meaning.HEADS, there)
        for row, n in zip(hidden.to(torch.bfloat16), batch, strict=True):
            out[n] = State(row[: len(found[n].ids)].clone(), torch.tensor(counted(texts[n], found[n].offsets)))
    return out


# ---- what does -------------------------------------------------------------------------------------------------------------------------


def vectors(claims: Claims, rows: Sequence[State], to: Tensor) -> Tensor:
    """Rows of unit length, by one of the two maps."""
    width = max(len(row.hidden) for row in rows)
    hidden = torch.stack([nn.functional.pad(row.hidden.float(), (0, 0, 0, width - len(row.hidden))) for row in rows])
    there = torch.arange(width)[None] < torch.tensor([len(row.hidden) for row in rows])[:, None]
    held = torch.stack([nn.functional.pad(row.held.float(), (0, width - len(row.held))) for row in rows])[:, :, None]
    with torch.autocast("cpu", torch.bfloat16):
        hidden = nn.functional.dropout(hidden, DROPPED, claims.training)
        for layer in claims.layers:
            hidden = layer_of(layer, hidden, meaning.HEADS, there)
    mean = (hidden.float() * held).sum(1) / held.sum(1)
    return nn.functional.normalize(nn.functional.normalize(mean, dim=-1) @ to, dim=-1)


def loss(one: Seen, claims: Claims, rng: random.Random) -> Tensor | None:
    """How far answers lie from what they answer, and those of one mind from each other; None where there is nothing to learn."""
    answers, keys = chosen(one.story, rng)
    if len(keys) < 3:
        return None
    told = vectors(claims, [one.told[n] for n in keys], claims.told)
    ours, theirs = [one.story[n] for n in answers], [one.story[n] for n in keys]
    parts = []
    if answers:
        sought = vectors(claims, [state for n in answers if (state := one.sought[n])], claims.sought)
        others = _table(ours, theirs, lambda x, y: x.actor != y.actor)
        parts.append(_nearer(sought @ told.T, _table(ours, theirs, _answered), others))
    of_mind = _table(theirs, theirs, lambda x, y: x.claim == y.claim and x.statement != y.statement)
    parts.append(OF_ONE_MIND * _nearer(told @ told.T, of_mind, of_mind | _table(theirs, theirs, lambda x, y: x.claim != y.claim)))
    return torch.stack(parts).sum()


def _table(a: Story, b: Story, of: Callable[[Saying, Saying], bool]) -> Tensor:
    return torch.tensor([[of(x, y) for y in b] for x in a])


def _nearer(cosines: Tensor, right: Tensor, among: Tensor) -> Tensor:
    rows = right.any(1)
    if not rows.any():
        return cosines.sum() * 0.0
    all_, ours = (torch.logsumexp((cosines / TEMPERATURE).masked_fill(~of, -1e4), 1) for of in (among, right))
    return (all_ - ours)[rows].mean()


@torch.no_grad()
def nearest_right(claims: Claims, stories: Iterable[Seen]) -> tuple[int, int]:
    """Of answers that somebody else's words are answered by, how many have the nearest of these in their claim; how many there are."""
    claims.eval()
    right = count = 0
    for one in stories:
        told = vectors(claims, one.told, claims.told)
        for answer, state in zip(one.story, one.sought, strict=True):
            others = [n for n, two in enumerate(one.story) if two.stance in TELLS and two.actor != answer.actor]
            if state is not None and any(_answered(answer, one.story[n]) for n in others):
                cosines = told[others] @ vectors(claims, [state], claims.sought)[0]
                right += _answered(answer, one.story[others[int(cosines.argmax())]])
                count += 1
    claims.train()
    return right, count


def taught(
    bert: BertModel, sources: Sequence[Sequence[Seen]], steps: int, rng: random.Random, told: Callable[[int, Claims], None]
) -> Claims:
    """The layers and maps after teaching them; each of `sources` gives as many stories as the others."""
    claims = Claims([copy.deepcopy(layer) for layer in bert.encoder.layer[meaning.SHARED :]])
    matrices = [row for name, row in claims.named_parameters() if name.endswith((".down", ".up"))]
    optimizer = torch.optim.AdamW([{"params": matrices, "lr": RATE}, {"params": [claims.told, claims.sought], "lr": MAPS_RATE}])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: min(1.0, n / WARMUP) * max(0.03, 1 - n / steps))
    queues: list[list[Seen]] = [[] for _ in sources]
    for step in range(steps):
        for _ in range(AT_ONCE):
            source = rng.randrange(len(sources))
            queues[source] = queues[source] or rng.sample(sources[source], len(sources[source]))
            found = loss(queues[source].pop(), claims, rng)
            if found is not None:
                (found / AT_ONCE).backward()
        nn.utils.clip_grad_norm_([*matrices, claims.told, claims.sought], 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        told(step, claims)
    return claims


def main() -> None:
    """Teach, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=240)
    args = parser.parse_args()
    torch.manual_seed(3)
    rng = random.Random(3)
    bert, tokenizer = unpacked(args.pack), Tokenizer.from_file(str(args.pack / "tokenizer.json"))
    tokenizer.enable_truncation(MOST_PIECES)

    def below(texts: list[Wording]) -> list[State]:
        return lower(bert, tokenizer, texts)

    def known(one: Saying) -> str | None:
        luck = rng.random()
        return (one.name or None) if luck < BY_NAME else one.name.split()[-1] if luck < BY_NAME + BY_SURNAME and one.name else None

    sources = [seen([of_press(story) for story in training.teaching()], known, below), seen(scenes(rng), known, below)]
    others = seen([of_press(story) for story in training.stories(taught=False)], lambda one: one.name or None, below)
    begun = time.time()

    def told(step: int, claims: Claims) -> None:
        if step % 50 == 49:
            right, count = nearest_right(claims, others)
            print(f"{step + 1} steps, {time.time() - begun:.0f} s: {right} of {count} answers nearest to their claim", flush=True)

    meaning.write(args.pack, bert, taught(bert, sources, args.steps, rng, told))


if __name__ == "__main__":
    main()
