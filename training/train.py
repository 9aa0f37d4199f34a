"""Train the tagger: python -m training.train --data SHARED/data --base BASE --out RUN [--recipe FILE]

Resumes from RUN/checkpoint.pt if there is one. The same seed, recipe and data give the same batches, also after a resume.
"""

from __future__ import annotations

import argparse
import json
import random
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BertModel

from sagt import decode
from sagt.types import Act, Spans
from sagt.window import PAD, UNKNOWN, Sentence, Window, encode, windows
from training import corpora
from training.model import ACTS, Tagger

HERE = Path(__file__).parent
_WEAK = tomllib.loads((HERE / "acts_en.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Anchor:
    """A gold cue: its first and last word in the window, the role labels it gives, its act or -1."""

    first: int
    last: int
    labels: list[int]
    act: int


@dataclass(frozen=True, slots=True)
class Example:
    """A window with its gold."""

    window: Window
    cues: list[int]
    anchors: list[Anchor]


def example(window: Window, document: corpora.Document) -> Example:
    """The part of a document's gold that lies in a window."""
    cues = [0] * len(window.words)
    anchors: list[Anchor] = []
    low, high = window.words[0].start, window.words[-1].end
    for gold in document.attributions:
        if not any(low <= s.start < high for s in gold.cue + gold.content):
            continue
        decode.label(window.words, gold.cue, 1, cues)
        anchors += _anchors(window, gold.source, gold.cue, gold.content, _act(gold, document))
        for source, cue in gold.via:
            decode.label(window.words, cue, 3, cues)
            anchors += _anchors(window, source, cue, gold.content, -1)
    return Example(window, cues, anchors)


def _anchors(window: Window, source: Spans, cue: Spans, content: Spans, act: int) -> Iterator[Anchor]:
    labels = [0] * len(window.words)
    decode.label(window.words, cue, 3, labels)
    decode.label(window.words, source, 1, labels)
    decode.label(window.words, content, 5, labels)
    for part in cue:
        inside = [i for i, w in enumerate(window.words) if w.start < part.end and part.start < w.end]
        if inside:
            yield Anchor(inside[0], inside[-1], labels, act)


def _act(gold: corpora.Gold, document: corpora.Document) -> int:
    if gold.act:
        return ACTS.index(Act(gold.act))
    cue = " ".join(s.of(document.text) for s in gold.cue).lower().replace("’", "'")
    if document.language == "en":
        for act, stems in _WEAK.items():
            if any(stem in cue for stem in stems):
                return ACTS.index(Act(act))
    return -1


def _attribution_da(data: Path) -> list[corpora.Document]:
    return [d for d in corpora.attribution_da(data / "attribution-da") if not corpora.in_fifth(d.id)]


def _cdt_da(data: Path) -> list[corpora.Document]:
    held = _double()
    return [d for d in corpora.cdt_da(HERE / "annotations" / "cdt-da.jsonl", data / "cdt") if d.id not in held]


#: Every training source; what is evaluated on is left out.
SOURCES: dict[str, Callable[[Path], list[corpora.Document]]] = {
    "polnear": lambda data: corpora.polnear(data / "polnear" / "train"),
    "attribution-da": _attribution_da,
    "cdt-da": _cdt_da,
    "stories": lambda data: corpora.stories(HERE / "stories"),
    "press": lambda data: list(corpora.press(HERE / "annotations" / "press.jsonl", HERE / "press")),
    "wire": lambda data: list(corpora.wire(HERE / "annotations" / "wire.jsonl")),
}


def training_side(name: str, data: Path) -> list[corpora.Document]:
    """The documents of a source that are trained on."""
    return [d for d in SOURCES[name](data) if not corpora.held_out(d.id)]


def _double() -> set[str]:
    """Documents annotated twice: kept for evaluation."""
    return {json.loads(line)["document"] for line in (HERE / "annotations" / "cdt-da-second.jsonl").read_text("utf-8").splitlines()}


class Feed:
    """Batches of examples, drawn anew each round, from a seed and the number of the round."""

    def __init__(self, tokenizer: Tokenizer, recipe: dict, stage: dict, sources: dict[str, list[corpora.Document]]) -> None:
        self.recipe, self.stage = recipe, stage
        self.documents = {
            name: [(d, list(encode(d.text, tokenizer))) for d in sources[name] if d.text.strip()] for name in stage["sources"]
        }

    def batches(self) -> Iterator[list[Example]]:
        """Without end."""
        for number in range(10**9):
            yield from self._round(random.Random(f"{self.recipe['seed']}/{self.stage['name']}/{number}"))

    def _round(self, rng: random.Random) -> Iterator[list[Example]]:
        main = self._examples("polnear", rng)
        rest: list[Example] = []
        share, often = self.stage["danish"], self.stage.get("often", {})
        others = [name for name in self.documents if name != "polnear"]
        while others and len(rest) < share / (1 - share) * len(main):
            rest += [e for name in others for _ in range(often.get(name, 1)) for e in self._examples(name, rng)]
        every = main + rng.sample(rest, min(len(rest), round(share / (1 - share) * len(main))))
        rng.shuffle(every)
        size = self.recipe["batch"]
        pools = [sorted(every[i : i + 20 * size], key=lambda e: len(e.window.words)) for i in range(0, len(every), 20 * size)]
        batches = [pool[i : i + size] for pool in pools for i in range(0, len(pool), size)]
        rng.shuffle(batches)
        yield from batches

    def _examples(self, name: str, rng: random.Random) -> list[Example]:
        out = []
        for document, sentences in self.documents[name]:
            cut = rng.randrange(min(len(sentences), 12))
            parts: list[list[Sentence]] = [sentences[:cut], sentences[cut:]]
            out += [example(w, document) for part in parts if part for w in windows(part, self.recipe["pieces"]) if w.words]
        return out


def tensors(batch: list[Example]) -> dict[str, Tensor]:
    """A batch, padded."""

    def pad(rows: list[list[int]], value: int) -> Tensor:
        width = max(map(len, rows))
        return torch.tensor([row + [value] * (width - len(row)) for row in rows])

    anchors = [(b, a) for b, e in enumerate(batch) for a in e.anchors]
    width = max(len(e.window.words) for e in batch)
    return {
        "pieces": pad([e.window.pieces for e in batch], PAD),
        "first": pad([e.window.first for e in batch], 0),
        "last": pad([e.window.last for e in batch], 0),
        "lengths": torch.tensor([len(e.window.words) for e in batch]),
        "cues": pad([e.cues for e in batch], 0),
        "window": torch.tensor([b for b, _ in anchors], dtype=torch.long),
        "cue_first": torch.tensor([a.first for _, a in anchors], dtype=torch.long),
        "cue_last": torch.tensor([a.last for _, a in anchors], dtype=torch.long),
        "roles": torch.tensor([a.labels + [0] * (width - len(a.labels)) for _, a in anchors], dtype=torch.long).reshape(-1, width),
        "acts": torch.tensor([a.act for _, a in anchors], dtype=torch.long),
    }


def with_false_cues(t: dict[str, Tensor], emissions: Tensor) -> dict[str, Tensor]:
    """Add the cue head's strongest mistakes, with roles all nothing: so the role head learns to turn a false cue down."""
    guess = emissions.softmax(-1)[..., [1, 3]].amax(-1)
    on = torch.arange(guess.shape[1], device=guess.device)[None] < t["lengths"][:, None]
    guess = guess * on * (t["cues"] == 0)
    count = max(1, len(t["window"]) // 6)
    top, at = guess.flatten().topk(min(count, guess.numel()))
    at = at[top > 0.15]
    if not len(at):
        return t
    window, word = at // guess.shape[1], at % guess.shape[1]
    more = {"window": window, "cue_first": word, "cue_last": word, "acts": torch.full_like(word, -1)}
    more["roles"] = torch.zeros(len(at), t["roles"].shape[1], dtype=torch.long, device=at.device)
    return t | {key: torch.cat([t[key], value]) for key, value in more.items()}


def with_losses(pieces: Tensor, rate: float = 0.04) -> Tensor:
    """Some pieces made unknown, so that the model doesn't lean on single words."""
    lost = (torch.rand(pieces.shape, device=pieces.device) < rate) & (pieces > UNKNOWN)
    return pieces.masked_fill(lost, UNKNOWN)


def loss(model: Tagger, t: dict[str, Tensor], bfloat16: bool) -> tuple[Tensor, list[float]]:
    """Weighted sum of the three losses a word (or an anchor, for acts), and each alone."""
    with torch.autocast(t["pieces"].device.type, dtype=torch.bfloat16, enabled=bfloat16):
        words = model.words(with_losses(t["pieces"]), t["first"], t["last"])
        emissions = model.cues(words).float()
        t = with_false_cues(t, emissions.detach())
        roles = model.roles(words, t["window"], t["cue_first"], t["cue_last"]).float()
        acts = model.act(words, t["window"], t["cue_first"], t["cue_last"]).float()
    cue = model.cue_crf.loss(emissions, t["cues"], t["lengths"]) / t["lengths"].sum()
    lengths = t["lengths"][t["window"]]
    role = model.role_crf.loss(roles, t["roles"], lengths) / lengths.sum().clamp(min=1)
    known = (t["acts"] >= 0).sum().clamp(min=1)
    act = torch.nn.functional.cross_entropy(acts, t["acts"], ignore_index=-1, reduction="sum") / known
    return 3 * cue + 2 * role + 0.03 * act, [cue.item(), role.item(), act.item()]


def new_model(base: Path, layers: int) -> Tagger:
    """The first layers of the base encoder, word embeddings frozen, heads new."""
    # Dropout inside the encoder costs a third of the time on a CPU; lost pieces (below) and one dropout on words stand in for it.
    quiet = {"attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": 0.0, "attn_implementation": "sdpa"}
    encoder = BertModel.from_pretrained(base, add_pooling_layer=False, **quiet)
    encoder.encoder.layer = encoder.encoder.layer[:layers]
    encoder.config.num_hidden_layers = layers
    encoder.embeddings.word_embeddings.weight.requires_grad = False
    return Tagger(encoder)


def save(path: Path, model: Tagger, optimizer: torch.optim.Optimizer, done: dict[str, int]) -> None:
    """All but the frozen embeddings, whole or not at all."""
    state = {k: v for k, v in model.state_dict().items() if "word_embeddings" not in k}
    torch.save({"model": state, "optimizer": optimizer.state_dict(), "done": done}, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def optimizer_for(model: Tagger, recipe: dict) -> torch.optim.AdamW:
    """Two rates; no decay of biases and norms."""
    groups = []
    for inside, rate in ((True, recipe["encoder_rate"]), (False, recipe["head_rate"])):
        named = [(n, p) for n, p in model.named_parameters() if p.requires_grad and n.startswith("encoder.") == inside]
        groups += [
            {"params": [p for n, p in named if p.ndim > 1], "lr": rate, "rate": rate, "weight_decay": 0.01},
            {"params": [p for n, p in named if p.ndim < 2], "lr": rate, "rate": rate, "weight_decay": 0.0},
        ]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98))


def share(stage: dict, step: int) -> float:
    """The part of the full rate that a step gets."""
    begin, end = stage["rate"]
    return (begin + (end - begin) * step / stage["steps"]) * min(1.0, (step + 1) / max(1, stage["warmup"]))


def train(args: argparse.Namespace) -> None:
    recipe = tomllib.loads(args.recipe.read_text("utf-8"))
    torch.set_num_threads(args.threads)
    torch.manual_seed(recipe["seed"])
    tokenizer = Tokenizer.from_file(str(args.base / "tokenizer.json"))
    model = new_model(args.base, recipe["layers"]).to(args.device)
    optimizer = optimizer_for(model, recipe)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint, done = args.out / "checkpoint.pt", {}
    if checkpoint.exists():
        held = torch.load(checkpoint, weights_only=True, map_location=args.device)
        model.load_state_dict(held["model"], strict=False)
        optimizer.load_state_dict(held["optimizer"])
        done = held["done"]
    model.train()
    for stage in recipe["stage"]:
        if (args.only and stage["name"] != args.only) or done.get(stage["name"], 0) >= stage["steps"]:
            continue
        run_stage(
            model,
            optimizer,
            Feed(tokenizer, recipe, stage, {name: training_side(name, args.data) for name in stage["sources"]}),
            done,
            args.out,
        )


def run_stage(model: Tagger, optimizer: torch.optim.AdamW, feed: Feed, done: dict[str, int], out: Path) -> None:
    recipe, stage = feed.recipe, feed.stage
    began, sums = time.time(), [0.0, 0.0, 0.0]
    for step, batch in enumerate(feed.batches()):
        if step < done.get(stage["name"], 0):
            continue
        if step >= stage["steps"]:
            break
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * share(stage, step)
        torch.manual_seed(recipe["seed"] * 100_003 + step)
        device = next(model.parameters()).device
        total, parts = loss(model, {k: v.to(device) for k, v in tensors(batch).items()}, recipe["bfloat16"])
        total.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        sums = [0.95 * a + 0.05 * b for a, b in zip(sums, parts, strict=True)]
        if step % 20 == 19:
            losses = "cue {:.4f} role {:.4f} act {:.3f}".format(*sums)
            print(f"{stage['name']} {step + 1}/{stage['steps']} {losses} {time.time() - began:.0f}s", flush=True)
        if step % 100 == 99 or step + 1 == stage["steps"]:
            done[stage["name"]] = step + 1
            save(out / "checkpoint.pt", model, optimizer, done)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=HERE / "recipe.toml")
    parser.add_argument("--only", help="run this stage alone")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=2)
    train(parser.parse_args())
