"""Teach a pack names on the same encoder: python -m training.names --data SHARED/data --pack PACK --out RUN

The pack's own weights are taken back into torch (so this also runs where no checkpoint is left), a head for names is added,
and both tasks are trained together: every step takes a batch of windows with attributions and one of windows with names.
Afterwards `python -m training.export --run RUN --from-pack PACK` writes the new pack.
"""

from __future__ import annotations

import argparse
import html
import json
import random
import re
import time
import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BertConfig, BertModel

from sagt import decode
from sagt.decode import NAME_LABELS
from sagt.types import Span
from sagt.window import Sentence, Window, _sentence, windows
from training.corpora import Labelled, joined, uner
from training.model import Tagger
from training.train import HERE, Feed, loss, optimizer_for, share, tensors, training_side, with_losses

#: One document: its sentences, each with words (as the corpus cuts them) and their labels.


def norne(folder: Path) -> list[Labelled]:
    """NorNE bokmål (Jørgensen et al. 2020): newspapers and magazines; places and states are LOC, as in Universal NER."""
    kinds = {"PER": "PER", "ORG": "ORG", "LOC": "LOC", "GPE_LOC": "LOC", "GPE_ORG": "LOC"}
    out = []
    for path in sorted(folder.glob("*.conll")):
        document: Labelled = []
        words: list[str] = []
        labels: list[str] = []
        for line in [*path.read_text("utf-8").splitlines(), ""]:
            if not line.strip():
                if words:
                    document.append((words, labels))
                words, labels = [], []
                continue
            parts = line.split("\t")
            tag = parts[-1].removeprefix("name=")
            kind = kinds.get(tag[2:])
            words.append(parts[1])
            labels.append(f"{tag[:2]}{kind}" if kind else "O")
        out.append(document)
    return out


def sentence(tokenizer: Tokenizer, words: list[str], labels: list[str], paragraph: int) -> tuple[Sentence, list[int]] | None:
    """A sentence as the encoder reads it, and one label a word of ours."""
    text, spans = joined(words)
    span = Span(0, len(text))
    cut = _sentence(text, span, paragraph, tokenizer.encode(text, add_special_tokens=False))
    if not cut.words or len(cut.pieces) > 250:
        return None
    names: list[tuple[Span, str]] = []
    for at, label in zip(spans, labels, strict=True):
        if label.startswith("I-") and names and names[-1][1] == label[2:]:
            names[-1] = (Span(names[-1][0].start, at.end), label[2:])
        elif label != "O":
            names.append((at, label[2:]))
    out = [0] * len(cut.words)
    for place, kind in names:
        decode.label(cut.words, [place], NAME_LABELS.index(f"B-{kind}"), out)
    return cut, out


def documents(data: Path) -> dict[str, list[Labelled]]:
    """What is trained on; the test sets of Universal NER and its Danish development set are left out."""

    def stretch(sentences: Labelled, size: int = 40) -> list[Labelled]:
        return [sentences[i : i + size] for i in range(0, len(sentences), size)]

    return {
        "da": stretch(uner(data / "uner/UNER_Danish-DDT/da_ddt-ud-train.iob2")),
        "sv": stretch(uner(data / "uner/UNER_Swedish-Talbanken/sv_talbanken-ud-train.iob2")),
        "en": stretch(uner(data / "uner/UNER_English-EWT/en_ewt-ud-dev.iob2")),
        "nb": norne(data / "norne/nob"),
    }


_TAGGED = re.compile(r'<W lemma="[^"]*" msd="([^"]*)">([^<]*)</W>|<(/s)>')
#: What being tagged as a proper noun takes from "no name", and what not being tagged so, in small letters, adds to it.
_PROPER, _COMMON = 1.5, 3.0


def treebank(data: Path) -> list[list[tuple[list[str], list[bool]]]]:
    """Newspaper texts of the Copenhagen Dependency Treebank (PAROLE part), words with "is it a proper noun"; none of Universal NER."""
    held = {path.name[:4] for path in (data / "cdt" / "ddt-da").glob("*.txt")}
    out = []
    for path in sorted((data / "cdt" / "parole-da").glob("*.tag")):
        if path.name[:4] in held:
            continue
        document: list[tuple[list[str], list[bool]]] = [([], [])]
        for tag, word, ends in _TAGGED.findall(path.read_text("utf-8")):
            if ends:
                document.append(([], []))
            else:
                parts = html.unescape(word).replace("_", " ").split()
                document[-1][0].extend(parts)
                document[-1][1].extend([tag.startswith("NP")] * len(parts))
        out.append([pair for pair in document if pair[0]])
    return out


def taught(model: Tagger, tokenizer: Tokenizer, data: Path) -> list[Labelled]:
    """Those texts with the names that the network finds in them, leaning on the treebank's proper nouns."""
    between = model.name_crf.transitions().detach().numpy()
    out: list[Labelled] = []
    model.eval()
    for document in treebank(data):
        labelled: Labelled = []
        for words, proper in document:
            text, spans = joined(words)
            cut = _sentence(text, Span(0, len(text)), 0, tokenizer.encode(text, add_special_tokens=False))
            if not cut.words or len(cut.pieces) > 250:
                continue
            one = padded([(windows([cut], 256)[0], [0] * len(cut.words))])
            with torch.no_grad():
                emissions = model.named(*model.both(one["pieces"], one["first"], one["last"])).float().numpy()
            owner = [max(0, bisect_right([s.start for s in spans], w.start) - 1) for w in cut.words]
            for i, k in enumerate(owner):
                emissions[0, i, 0] += -_PROPER if proper[k] else _COMMON if words[k].islower() else 0.0
            best, _ = decode.viterbi(emissions, one["lengths"].numpy(), between)
            labels = ["O"] * len(words)
            for i, k in enumerate(owner):
                value = NAME_LABELS[best[0, i]]
                labels[k] = value if labels[k] == "O" else labels[k]
            labelled.append((words, labels))
        out.append(labelled)
    model.train()
    return out


#: How often a corpus is seen in one round.
_ROUNDS = {"da": 3, "sv": 1, "en": 2, "nb": 1, "taught": 1}


class Names:
    """Batches of windows with names."""

    def __init__(self, tokenizer: Tokenizer, data: Path, seed: int, more: dict[str, list[Labelled]]) -> None:
        self.seed = seed
        self.documents = {
            language: [[s for i, (w, t) in enumerate(d) if (s := sentence(tokenizer, w, t, i))] for d in group]
            for language, group in (documents(data) | more).items()
        }

    def batches(self, size: int, limit: int) -> Iterator[dict[str, Tensor]]:
        """Without end."""
        for number in range(10**9):
            rng = random.Random(f"{self.seed}/names/{number}")
            rows = [
                row for lang, group in self.documents.items() for _ in range(_ROUNDS[lang]) for d in group for row in cut(d, limit, rng)
            ]
            rng.shuffle(rows)
            for i in range(0, len(rows) - size, size):
                yield padded(rows[i : i + size])


def cut(document: list[tuple[Sentence, list[int]]], limit: int, rng: random.Random) -> Iterator[tuple[Window, list[int]]]:
    """Windows from a random first sentence on; sometimes in one paragraph, sometimes a paragraph a sentence, and in capitals."""
    if not document:
        return
    begin = rng.randrange(min(6, len(document)))
    rows = document[begin:]
    if rng.random() < 0.7:
        rows = [(Sentence(s.span, i // 4, s.words, s.pieces, s.first, s.last), t) for i, (s, t) in enumerate(rows)]
    at = 0
    for window in windows([s for s, _ in rows], limit):
        labels: list[int] = []
        while len(labels) < len(window.words):
            labels += rows[at][1]
            at += 1
        yield window, labels


def padded(rows: list[tuple[Window, list[int]]]) -> dict[str, Tensor]:
    """A batch of windows."""

    def pad(values: list[list[int]], fill: int) -> Tensor:
        width = max(map(len, values))
        return torch.tensor([v + [fill] * (width - len(v)) for v in values])

    return {
        "pieces": pad([w.pieces for w, _ in rows], 1),
        "first": pad([w.first for w, _ in rows], 0),
        "last": pad([w.last for w, _ in rows], 0),
        "lengths": torch.tensor([len(w.words) for w, _ in rows]),
        "names": pad([t for _, t in rows], 0),
    }


def from_pack(pack: Path) -> Tagger:
    """The network of a pack, its int8 weights back in floating point."""
    held = {name: _tensors(pack / f"{name}.onnx") for name in ("words", "roles")}
    words, products = held["words"]
    vocabulary, width = words["model.encoder.embeddings.word_embeddings.rows"].shape
    layers = 1 + max(int(m[1]) for name in words if (m := re.search(r"layer\.(\d+)\.", name)))
    config = BertConfig(
        vocab_size=vocabulary, hidden_size=width, num_hidden_layers=layers, num_attention_heads=12, intermediate_size=4 * width,
        max_position_embeddings=len(words["model.encoder.embeddings.position_embeddings.weight"]), type_vocab_size=2,
        layer_norm_eps=1e-12, pad_token_id=1, attention_probs_dropout_prob=0.0, hidden_dropout_prob=0.0, attn_implementation="sdpa",
    )  # fmt: skip
    model = Tagger(BertModel(config, add_pooling_layer=False))
    state = {name.removeprefix("model."): value for name, value in words.items()} | {
        name.removeprefix("model."): value for name, value in held["roles"][0].items()
    }
    table = state.pop("encoder.embeddings.word_embeddings.rows").astype(np.float32)
    state["encoder.embeddings.word_embeddings.weight"] = table * state.pop("encoder.embeddings.word_embeddings.scale")
    parts = (
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
        "intermediate.dense",
        "output.dense",
    )
    order = [f"encoder.encoder.layer.{i}.{part}" for i in range(layers) for part in parts]
    # The heads stand in the file in whatever order the exporter put them; no two are of one shape.
    heads = {model.get_submodule(name).weight.shape: name for name in ("cues.0", "cues.2", "names.word", "names.out")}
    order += [heads[product.T.shape] for product in products[len(order) :]]
    for name, product in zip(order, products, strict=True):
        state[f"{name}.weight"] = product.T
    for name, product in zip(("roles.word", "roles.cue", "roles.gate", "acts.0", "acts.2", "roles.out"), held["roles"][1], strict=True):
        state[f"{name}.weight"] = product.T
    settings = json.loads((pack / "settings.json").read_text("utf-8"))
    for crf, key in (("cue_crf", "cue_transitions"), ("role_crf", "role_transitions"), ("name_crf", "name_transitions")):
        if key in settings:
            state[f"{crf}.free"] = np.array(settings[key], dtype=np.float32).clip(-50)
    missing, unexpected = model.load_state_dict({k: torch.tensor(v) for k, v in state.items()}, strict=False)
    strange = [m for m in missing if not m.startswith("name") and not m.endswith((".mask", "position_ids", "token_type_ids"))]
    if strange or unexpected:
        raise ValueError(f"{pack}: {strange} missing, {unexpected} unexpected")
    model.encoder.embeddings.word_embeddings.weight.requires_grad = False
    return model


def _tensors(path: Path) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    """Plain tensors by name, and the int8 matrices in the order in which they are used, as floats [in, out]."""
    graph = onnx.load(path).graph
    every = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    products = [
        (every[n.input[1]].astype(np.float32) - every[n.input[3]]) * every[n.input[1].removesuffix("_quantized") + "_scale"]
        for n in graph.node
        if n.op_type == "MatMulInteger"
    ]
    plain = {k: v for k, v in every.items() if k.startswith("model.") and not k.endswith(("_scale", "_zero_point", "_quantized"))}
    return plain, products


def name_loss(model: Tagger, t: dict[str, Tensor], bfloat16: bool) -> Tensor:
    """Negative log-likelihood a word."""
    with torch.autocast(t["pieces"].device.type, dtype=torch.bfloat16, enabled=bfloat16):
        emissions = model.named(*model.both(with_losses(t["pieces"], 0.06), t["first"], t["last"])).float()
    return model.name_crf.loss(emissions, t["names"], t["lengths"]) / t["lengths"].sum()


def measure(model: Tagger, tokenizer: Tokenizer, path: Path) -> tuple[float, float, float]:
    """F1, precision and recall of names in a UNER file, read in windows of whole sentences."""
    rows = [s for i, (w, t) in enumerate(uner(path)) if (s := sentence(tokenizer, w, t, i // 4))]
    document = [(Sentence(s.span, i // 4, s.words, s.pieces, s.first, s.last), t) for i, (s, t) in enumerate(rows)]
    between = model.name_crf.transitions().detach().numpy()
    hit = pred = gold = 0
    at = 0
    model.eval()
    for window in windows([s for s, _ in document], 256):
        labels: list[int] = []
        while len(labels) < len(window.words):
            labels += document[at][1]
            at += 1
        one = padded([(window, labels)])
        with torch.no_grad():
            emissions = model.named(*model.both(one["pieces"], one["first"], one["last"])).float().numpy()
        best, _ = decode.viterbi(emissions, one["lengths"].numpy(), between)
        for begin in range(1, len(NAME_LABELS), 2):
            g, p = (set(decode.runs(row, begin)) for row in (labels, best[0].tolist()))
            hit, pred, gold = hit + len(g & p), pred + len(p), gold + len(g)
    model.train()
    return 2 * hit / max(1, pred + gold), hit / max(1, pred), hit / max(1, gold)


def train(args: argparse.Namespace) -> None:
    recipe = tomllib.loads(args.recipe.read_text("utf-8"))
    stage = recipe[args.stage]
    torch.set_num_threads(args.threads)
    torch.manual_seed(recipe["seed"])
    tokenizer = Tokenizer.from_file(str(args.pack / "tokenizer.json"))
    model = from_pack(args.pack)
    optimizer = optimizer_for(model, recipe | {"encoder_rate": stage["encoder_rate"], "head_rate": stage["head_rate"]})
    sources = {name: training_side(name, args.data) for name in stage["sources"]}
    attributions = Feed(tokenizer, recipe, stage, sources).batches()
    more: dict[str, list[Labelled]] = {}
    if args.teacher:
        model.load_state_dict(torch.load(args.teacher / "checkpoint.pt", weights_only=True)["model"])
        more = {"taught": taught(model, tokenizer, args.data)}
    names = Names(tokenizer, args.data, recipe["seed"], more).batches(stage["windows"], 192)
    args.out.mkdir(parents=True, exist_ok=True)
    done, began = 0, time.time()
    if (args.out / "checkpoint.pt").exists():
        held = torch.load(args.out / "checkpoint.pt", weights_only=True)
        model.load_state_dict(held["model"])
        optimizer.load_state_dict(held["optimizer"])
        done = held["done"]
    model.train()
    for step in range(stage["steps"]):
        named, batch = next(names), next(attributions) if step % stage["every"] == 0 else None
        if step < done:
            continue
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * share(stage, step)
        torch.manual_seed(recipe["seed"] * 100_019 + step)
        total = name_loss(model, named, recipe["bfloat16"])
        shown = f"name {total.item():.4f}"
        (total * stage["weight"]).backward()
        if batch:
            other, parts = loss(model, tensors(batch), recipe["bfloat16"])
            other.backward()
            shown += " cue {:.4f} role {:.4f} act {:.3f}".format(*parts)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 20 == 19:
            print(f"{step + 1}/{stage['steps']} {shown} {time.time() - began:.0f}s", flush=True)
        if step % 100 == 99 or step + 1 == stage["steps"]:
            f, p, r = measure(model, tokenizer, args.data / "uner/UNER_Danish-DDT/da_ddt-ud-dev.iob2")
            print(f"  Danish development names: F1 {f:.4f} precision {p:.4f} recall {r:.4f}", flush=True)
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "done": step + 1}, args.out / "checkpoint.new")
            (args.out / "checkpoint.new").replace(args.out / "checkpoint.pt")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=HERE / "recipe.toml")
    parser.add_argument("--stage", default="names", help="table of the recipe")
    parser.add_argument("--teacher", type=Path, help="a run whose network labels the treebank's other texts, and is trained on")
    parser.add_argument("--threads", type=int, default=2)
    train(parser.parse_args())
