"""From a checkpoint to a pack: python -m training.export --run RUN --base BASE --data SHARED/data --out PACK

Cuts the vocabulary to the languages in use, writes two ONNX files with int8 matrix products, and the manifest.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn

from sagt.pack import PROTOCOL
from training.model import ACTS, Tagger, of_words
from training.train import HERE, new_model

#: Pieces kept: all that the corpora use, then the commonest of the base vocabulary (it is sorted by frequency).
VOCABULARY = 50_000
_LATIN = set(range(0x20, 0x250)) | set(range(0x2010, 0x2060)) | {0x20AC, 0x2581}
_SPECIAL = 4


class Embedding(nn.Module):
    """Word embeddings in 8 bits, a scale a row."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        scale = weight.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("scale", scale)
        self.register_buffer("rows", (weight / scale).round().to(torch.int8))

    def forward(self, pieces: Tensor) -> Tensor:
        return self.rows[pieces].float() * self.scale[pieces]


class Words(nn.Module):
    """The first file: pieces to word vectors and cue scores, one window at a time."""

    def __init__(self, model: Tagger) -> None:
        super().__init__()
        self.model = model

    def forward(self, pieces: Tensor, first: Tensor, last: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        bert = self.model.encoder
        at = torch.arange(pieces.shape[1])[None]
        e = bert.embeddings
        hidden = e.LayerNorm(e.word_embeddings(pieces) + e.position_embeddings(at) + e.token_type_embeddings(torch.zeros_like(pieces)))
        low = hidden
        for i, layer in enumerate(bert.encoder.layer, 1):
            hidden = layer_of(layer, hidden, bert.config.num_attention_heads)
            if i == bert.config.num_hidden_layers // 2:
                low = hidden
        words = of_words(hidden, first, last)
        return words, self.model.cues(words), self.model.named(of_words(low, first, last), words)


class _Attention(torch.autograd.Function):
    """Attention in one window. In the file it is one operator of ONNX Runtime, a tenth faster than what it stands for."""

    @staticmethod
    def forward(_: Any, q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
        return _mixed(q, k, v, heads, None)

    @staticmethod
    def symbolic(graph: Any, q: Any, k: Any, v: Any, heads: int) -> Any:
        return graph.op("com.microsoft::MultiHeadAttention", q, k, v, num_heads_i=heads).setType(q.type())


def _mixed(q: Tensor, k: Tensor, v: Tensor, heads: int, there: Tensor | None) -> Tensor:
    q, k, v = (x.reshape(*x.shape[:2], heads, -1).transpose(1, 2) for x in (q, k, v))
    mask = None if there is None else there[:, None, None, :]
    return nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2)


def layer_of(layer: nn.Module, hidden: Tensor, heads: int, there: Tensor | None = None, only: Tensor | None = None) -> Tensor:
    """One layer of BERT. `there`: which pieces of a batch are there; None for one window, where nothing is padded and so nothing masked.
    `only`: the numbers of the pieces whose vectors are wanted; None for all."""
    own, asked = layer.attention.self, hidden if only is None else hidden[:, only]
    q, k, v = own.query(asked), own.key(hidden), own.value(hidden)
    mixed = _Attention.apply(q, k, v, heads) if there is None else _mixed(q, k, v, heads, there)
    asked = layer.attention.output.LayerNorm(layer.attention.output.dense(mixed) + asked)
    inner = nn.functional.gelu(layer.intermediate.dense(asked))
    return layer.output.LayerNorm(layer.output.dense(inner) + asked)


class Roles(nn.Module):
    """The second file: word vectors of one window and its cues to role and act scores."""

    def __init__(self, model: Tagger) -> None:
        super().__init__()
        self.model = model

    def forward(self, words: Tensor, first: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        window = torch.zeros_like(first)
        return self.model.roles(words, window, first, last), self.model.act(words, window, first, last)


def corpus_texts(data: Path) -> Iterator[str]:
    """Every text in reach whose pieces are worth keeping, evaluation texts apart."""
    for pattern in ("polnear/train/text/*.txt", "cdt/ddt-da/*.txt", "cdt/ddt-en/*.txt", "ecbplus/*/*.xml"):
        for path in sorted(data.glob(pattern)):
            yield path.read_text("utf-8", "replace")
    for path in sorted(data.glob("attribution-da/n*.json")):
        yield json.loads(path.read_text("utf-8"))["text"]
    for line in (data / "ntrex" / "dev.jsonl").read_text("utf-8").splitlines():
        yield " ".join(str(v) for v in json.loads(line).values())
    for pattern in ("norne/nob/*", "uner/*/*.iob2", "ud/*/*.conllu", "cdt/parole-da/*.tag"):
        for path in sorted(data.glob(pattern)):
            lines = path.read_text("utf-8", "replace").splitlines()
            if path.suffix == ".tag":
                yield " ".join(part.split("<")[0] for line in lines for part in line.split(">")[1:2])
            else:
                yield " ".join(line.split("\t")[1] for line in lines if line.count("\t") > 1)


def cut(tokenizer: Tokenizer, texts: Iterator[str], size: int) -> tuple[Tokenizer, list[int]]:
    """A tokenizer with at most `size` pieces (those in use, every single Latin character, then the commonest), and their old ids."""
    state = json.loads(tokenizer.to_str())
    vocabulary = state["model"]["vocab"]
    used: Counter[int] = Counter()
    for text in texts:
        for encoding in tokenizer.encode_batch([line for line in text.splitlines() if line.strip()], add_special_tokens=False):
            used.update(encoding.ids)
    keep = set(range(_SPECIAL)) | {i for i, _ in used.most_common(size - 2000)}
    keep |= {i for i, (piece, _) in enumerate(vocabulary) if len(piece.lstrip("▁")) <= 1 and all(ord(c) in _LATIN for c in piece)}
    for i, (piece, _) in enumerate(vocabulary):
        if len(keep) >= size:
            break
        if all(ord(c) in _LATIN for c in piece):
            keep.add(i)
    ids = sorted(keep)
    state["model"]["vocab"] = [vocabulary[i] for i in ids]
    return Tokenizer.from_str(json.dumps(state)), ids


def export(model: Tagger, ids: list[int], out: Path) -> None:
    """Both ONNX files."""
    table = model.encoder.embeddings.word_embeddings.weight.detach()[ids]
    model.encoder.embeddings.word_embeddings = Embedding(table)  # type: ignore[assignment]
    model.eval()
    pieces, words = torch.randint(4, 1000, (1, 40)), torch.arange(1, 31)[None]
    axes = {"pieces": {1: "pieces"}} | {name: {1: "words"} for name in ("first", "last", "words", "cues", "names")}
    _onnx(Words(model), (pieces, words, words), ["pieces", "first", "last"], ["words", "cues", "names"], axes, out / "words.onnx")
    cues = torch.tensor([3, 9])
    axes = {
        "words": {1: "words"},
        "first": {0: "anchors"},
        "last": {0: "anchors"},
        "roles": {0: "anchors", 1: "words"},
        "acts": {0: "anchors"},
    }
    state = torch.randn(1, 30, model.encoder.config.hidden_size)
    _onnx(Roles(model), (state, cues, cues), ["words", "first", "last"], ["roles", "acts"], axes, out / "roles.onnx")


def _onnx(module: nn.Module, args: tuple, inputs: list[str], outputs: list[str], axes: dict, path: Path) -> None:
    plain = path.with_suffix(".float")
    torch.onnx.export(
        module.eval(), args, str(plain), input_names=inputs, output_names=outputs, dynamic_axes=axes, dynamo=False, opset_version=17
    )
    # Seven bits: eight overflow, silently, on processors without VNNI; the figures are the same within their noise.
    quantize_dynamic(plain, path, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True, op_types_to_quantize=["MatMul"])
    plain.unlink()


def settings(model: Tagger) -> dict:
    """What decoding needs beside the networks; biases and calibration are set by training/tune.py."""
    return {
        "cue_transitions": model.cue_crf.transitions().detach().numpy().round(4).tolist(),
        "role_transitions": model.role_crf.transitions().detach().numpy().round(4).tolist(),
        "name_transitions": model.name_crf.transitions().detach().numpy().round(4).tolist(),
        "cue_bias": [0.0] * 5,
        "role_bias": [0.0] * 7,
        "calibration": [0.0, 1.0, 0.0],
        "acts": [str(act) for act in ACTS],
    }


def manifest(folder: Path, name: str, recipe: Path) -> dict:
    """Identity, licences and digests of the files."""
    files = sorted(p for p in folder.iterdir() if p.name not in ("manifest.json", "README.md"))
    about = tomllib.loads((HERE / "pack.toml").read_text("utf-8"))
    return {
        "id": name, "protocol": PROTOCOL, **about,
        "recipe": tomllib.loads(recipe.read_text("utf-8")),
        "files": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files},
    }  # fmt: skip


def write_manifest(folder: Path, name: str, recipe: Path) -> None:
    """Write manifest.json over the files as they are now."""
    (folder / "manifest.json").write_text(json.dumps(manifest(folder, name, recipe), indent=1, ensure_ascii=False) + "\n", "utf-8")


def from_base(args: argparse.Namespace) -> tuple[Tagger, Tokenizer, list[int]]:
    """The network of a run that began with the base encoder, and the vocabulary cut to what is in use."""
    tagger = new_model(args.base, tomllib.loads(args.recipe.read_text("utf-8"))["layers"])
    tagger.load_state_dict(torch.load(args.run / "checkpoint.pt", weights_only=True, map_location="cpu")["model"], strict=False)
    return tagger, *cut(Tokenizer.from_file(str(args.base / "tokenizer.json")), corpus_texts(args.data), VOCABULARY)


def from_names(args: argparse.Namespace) -> tuple[Tagger, Tokenizer, list[int]]:
    """The network of a run of training.names, whose vocabulary is cut already."""
    from training.names import from_pack

    tagger = from_pack(args.from_pack)
    tagger.load_state_dict(torch.load(args.run / "checkpoint.pt", weights_only=True, map_location="cpu")["model"])
    tokenizer = Tokenizer.from_file(str(args.from_pack / "tokenizer.json"))
    return tagger, tokenizer, list(range(tokenizer.get_vocab_size()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--base", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--from-pack", type=Path, help="the pack that training.names began with, instead of --base and --data")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default="sagt-small")
    parser.add_argument("--recipe", type=Path, default=HERE / "recipe.toml")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    tagger, tokenizer, kept = from_names(args) if args.from_pack else from_base(args)
    tokenizer.save(str(args.out / "tokenizer.json"), pretty=False)
    export(tagger, kept, args.out)
    (args.out / "settings.json").write_text(json.dumps(settings(tagger), indent=1) + "\n", "utf-8")
    write_manifest(args.out, args.name, args.recipe)
