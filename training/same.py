"""The encoder of meaning, taught what newsrooms do to a statement: python -m training.same --base BASE --data SHARED/data --out TUNED

Contrastive (InfoNCE over the batch: van den Oord et al. 2018, arXiv 1807.03748): passages of one statement, in whatever language and
form, are drawn
together, and kept apart from the batch and from passages of the same story that say something else. `same/*.jsonl` are groups of our own
writing; sentence
pairs of the Danish-English treebank keep translation from being forgotten. Word embeddings stay as they are, so that the pack's two
networks share them. `press/*.json` are stories of our own with all their reports, whose statements are groups, too.
`TUNED` is a folder for transformers; training.meaning makes it part of a pack.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from evaluation.meaning import asked
from evaluation.reports import place
from sagt.meaning import PREFIX, counted
from sagt.passages import worded
from sagt.types import Span, Wording
from training import press

HERE = Path(__file__).parent
LONGEST = 128
TEMPERATURE = 0.05
#: Words of the treebank's sentences; statements are short, and padding costs time.
LONGEST_SENTENCE = 25
#: Layers that stay as they are: what lies low serves all languages alike.
FROZEN = 4
#: Groups in a batch, how many of them are statements of the stories, and treebank pairs.
GROUPS, FROM_STORIES, PAIRS = 28, 14, 6
#: How often a passage of a story is given with the sentence it stands in, and with who says it by the whole name, by its last word.
IN_SENTENCE, BY_NAME, BY_SURNAME = 0.85, 0.6, 0.2
Row = tuple[str, Wording]
Group = dict[str, list[list[Row]]]


def plain(language: str, text: str) -> list[Row]:
    """A passage that is known in one way only: its words alone."""
    return [(language, Wording.whole(text))]


def groups() -> list[Group]:
    """Our own groups: passages of one statement ("same"), and near ones of others ("other")."""
    rows = [
        json.loads(line)
        for path in sorted((HERE / "same").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
        if line.strip()
    ]
    return [{kind: [plain(*x) for x in row[kind]] for kind in ("same", "other")} for row in rows]


def told(rng: random.Random) -> Iterator[Group]:
    """The statements of our training stories as groups; "other" is what else the story tells, most of it of the same speaker."""
    for path in press(taught=True):
        story = json.loads(path.read_text("utf-8"))
        reports = {report["id"]: report for report in story["reports"]}
        names = {actor["id"]: actor["name"] for actor in story["actors"]}
        said = {
            one["id"]: [ways(reports[p["report"]], p["content"], names.get(one["actor"], ""), rng) for p in one["passages"]]
            for one in story["statements"]
        }
        for one in story["statements"]:
            rest = [other for other in story["statements"] if other["claim"] != one["claim"]]
            own = [text for other in rest if other["actor"] == one["actor"] for text in said[other["id"]]]
            others = [text for other in rest for text in said[other["id"]]]
            if len(said[one["id"]]) > 1 and others:
                yield {"same": said[one["id"]], "other": own * max(1, len(others) // max(1, len(own))) + others}


def ways(report: dict[str, Any], content: list[str], name: str, rng: random.Random) -> list[Row]:
    """A passage in some of the ways in which it may be known: by itself, in its sentence, with who says it."""
    text, language = report["text"], report["language"]
    spans = [Span(*place(text, piece)) for piece in content]
    alone = " … ".join(span.of(text) for span in spans)[:400]
    out = []
    for _ in range(6):
        luck = rng.random()
        speaker = name if luck < BY_NAME else name.split()[-1] if luck < BY_NAME + BY_SURNAME and name else None
        if rng.random() < IN_SENTENCE:
            out.append((language, worded(text, spans[0], speaker)))
        else:
            out += plain(language, alone)
    return out


def sentences(path: Path) -> list[str]:
    text = re.sub(r"<[^>]*>", " ", path.read_text("utf-8", "replace"))
    return [" ".join(s.split()) for s in re.split(r"(?<=[.!?])\s+|\n\s*\n", text) if 4 < len(s.split()) < LONGEST_SENTENCE]


def treebank(data: Path, encode: object) -> Iterator[Group]:
    """Sentences of the treebank and their translations: nearest to each other in their document, and well ahead of the next.

    The documents that evaluation.meaning asks about are left out."""
    for path in sorted((data / "cdt" / "ddt-da").glob("*.txt")):
        other = data / "cdt" / "ddt-en" / path.name.replace("-da", "-en")
        if not other.exists() or asked(path.name):
            continue
        da, en = sentences(path), sentences(other)
        if len(da) < 2 or len(en) < 2:
            continue
        near = encode(da) @ encode(en).T  # type: ignore[operator]
        for i, row in enumerate(near):
            j = int(row.argmax())
            if int(near[:, j].argmax()) == i and row[j] - np.partition(row, -2)[-2] > 0.02:
                yield {"same": [plain("da", da[i]), plain("en", en[j])], "other": []}


class Trainer:
    """The encoder, and how it is moved."""

    def __init__(self, base: Path, rate: float, steps: int) -> None:
        self.bert = BertModel.from_pretrained(base, add_pooling_layer=False)
        self.tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        self.tokenizer.enable_truncation(LONGEST)
        self.bert.embeddings.requires_grad_(False)
        for layer in self.bert.encoder.layer[:FROZEN]:
            layer.requires_grad_(False)
        parameters = [p for p in self.bert.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda n: min(1.0, n / 20) * max(0.05, 1 - n / steps))

    def vectors(self, texts: list[Wording]) -> Tensor:
        found = self.tokenizer.encode_batch([PREFIX + one.text for one in texts])
        width = max(len(e.ids) for e in found)
        pieces = torch.tensor([e.ids + [1] * (width - len(e.ids)) for e in found])
        mask = torch.tensor([[1] * len(e.ids) + [0] * (width - len(e.ids)) for e in found])
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.bert(input_ids=pieces, attention_mask=mask).last_hidden_state
        rows = [counted(one, e.offsets) for one, e in zip(texts, found, strict=True)]
        held = torch.tensor([row + [False] * (width - len(row)) for row in rows])[:, :, None].float()
        return nn.functional.normalize((hidden.float() * held).sum(1) / held.sum(1), dim=-1)

    @torch.no_grad()
    def encode(self, texts: list[str]) -> np.ndarray:
        self.bert.eval()
        rows = [Wording.whole(text) for text in texts]
        return torch.cat([self.vectors(rows[at : at + 64]) for at in range(0, len(texts), 64)]).numpy()

    def step(self, batch: list[Group], rng: random.Random) -> float:
        self.bert.train()
        chosen = [two(group["same"], rng) for group in batch]
        hard = [rng.choice(rng.choice(group["other"])) for group in batch if group["other"] for _ in range(2)]
        found = self.vectors([a[1] for a, _ in chosen] + [b[1] for _, b in chosen] + [h[1] for h in hard])
        n = len(batch)
        a, b, rest = found[:n], found[n : 2 * n], found[2 * n :]
        target = torch.arange(n)
        loss = torch.tensor(0.0)
        for one, other in ((a, b), (b, a)):
            scores = one @ torch.cat([other, rest, one]).T / TEMPERATURE
            scores[:, -n:] = scores[:, -n:].masked_fill(torch.eye(n, dtype=torch.bool), -1e4)
            loss = loss + nn.functional.cross_entropy(scores, target) / 2
        loss.backward()
        nn.utils.clip_grad_norm_(self.bert.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        return float(loss.detach())


def two(rows: list[list[Row]], rng: random.Random) -> tuple[Row, Row]:
    """Two passages of a group, more often of two languages than of one."""
    a = rng.choice(rows)
    rest = [b for b in rows if b is not a]
    across = [b for b in rest if b[0][0] != a[0][0]]
    return rng.choice(a), rng.choice(rng.choice(across if across and rng.random() < 0.7 else rest))


def main() -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=640)
    parser.add_argument("--rate", type=float, default=6e-5)
    args = parser.parse_args()
    torch.manual_seed(11)
    rng = random.Random(11)
    trainer = Trainer(args.base, args.rate, args.steps)
    ours, theirs, stories = groups(), list(treebank(args.data, trainer.encode)), list(told(rng))
    print(len(ours), "groups,", len(stories), "of stories,", len(theirs), "pairs", flush=True)
    queue: list[Group] = []
    wire: list[Group] = []
    begun = time.time()
    for number in range(args.steps):
        if len(queue) < GROUPS:
            queue = rng.sample(ours, len(ours))
        if len(wire) < FROM_STORIES:
            wire = rng.sample(stories, len(stories))
        batch = [queue.pop() for _ in range(GROUPS - FROM_STORIES)] + [wire.pop() for _ in range(FROM_STORIES)] + rng.sample(theirs, PAIRS)
        loss = trainer.step(batch, rng)
        if number % 10 == 0:
            print(number, round(loss, 3), len(ours), f"{time.time() - begun:.0f} s", flush=True)
        if number % 100 == 99:
            trainer.bert.save_pretrained(args.out)
    trainer.bert.save_pretrained(args.out)
    trainer.tokenizer.save(str(args.out / "tokenizer.json"))


if __name__ == "__main__":
    main()
