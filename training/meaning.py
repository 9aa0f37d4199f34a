"""The encoder of meaning into a pack: python -m training.meaning [--base BASE] --pack PACK

All twelve layers of multilingual-e5-small, matrix products in 8 bits, over word pieces that are embedded outside: the rows lie in the
pack's words.onnx already (training never moves them), so the manifest's settings only say where. Unit length is the caller's. Sentences
of one meaning have the highest cosine, across languages (Wang et al. 2024, arXiv 2402.05672). Beside the last layers go the same ones as
training.claims moved them, from whose mean two linear maps lead to the claim that a text tells of and to the one that an answer seeks.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import re
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertModel

import training
from sagt.meaning import MOST_PIECES, PREFIX
from sagt.pack import PROTOCOL
from training.export import layer_of

HERE = Path(__file__).parent
#: Layers, those of them that meaning and claims share, attention heads of a layer, and the rank of the matrices that move the others.
LAYERS, SHARED, HEADS, RANK = 12, 9, 12, 32
#: The products of a layer that are eased, how many times the middling input one is too large, and sentences by which that is told.
EASED, ABOVE, SAMPLES = ("intermediate.dense", "output.dense"), 6.0, 200
#: The matrix products of a layer, in the order in which the file has them.
_PRODUCTS = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "intermediate.dense",
             "output.dense")  # fmt: skip


class Moved(nn.Module):
    """A matrix product as it is, and a product of low rank beside it (Hu et al. 2021)."""

    def __init__(self, product: nn.Linear) -> None:
        super().__init__()
        self.product = product.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(RANK, product.in_features) / product.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(product.out_features, RANK))

    def forward(self, x: Tensor) -> Tensor:
        return self.product(x) + (x @ self.down.T) @ self.up.T


class Eased(nn.Module):
    """A matrix product whose few inputs far above the others are made smaller, and their weights larger by as much (SmoothQuant: Xiao et
    al. 2023, arXiv 2211.10438): the 8 bits of all inputs would be spent on these."""

    def __init__(self, product: nn.Linear | Moved, above: Tensor) -> None:
        """`above`: how many times too large each input is, 1 for most."""
        super().__init__()
        self.product = product
        self.register_buffer("less", 1 / above)
        plain = product.product if isinstance(product, Moved) else product
        plain.weight.mul_(above)
        if isinstance(product, Moved):
            product.down.mul_(above)

    def forward(self, x: Tensor) -> Tensor:
        return self.product(x * self.less)


class Claims(nn.Module):
    """The last layers, moved, and the maps of their mean to claims."""

    def __init__(self, layers: list[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers).requires_grad_(False)
        for layer in self.layers:
            for name in _PRODUCTS:
                layer.set_submodule(name, Moved(layer.get_submodule(name)))
        size = self.layers[0].output.dense.product.out_features
        self.told, self.sought = (nn.Parameter(torch.eye(size)) for _ in range(2))


class Meaning(nn.Module):
    """Embedded pieces of one text to the mean of the vectors, in the last layer, of those that are held, and to its claims. `held`: a row
    for each part of the text that is asked about."""

    def __init__(self, bert: BertModel, claims: Claims) -> None:
        super().__init__()
        self.bert, self.claims = bert, claims

    def forward(self, embedded: Tensor, held: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        bert, at = self.bert, torch.arange(embedded.shape[1])[None]
        e = bert.embeddings
        types = torch.zeros(embedded.shape[:2], dtype=torch.long)
        hidden = e.LayerNorm(embedded + e.position_embeddings(at) + e.token_type_embeddings(types))
        for layer in bert.encoder.layer[:SHARED]:
            hidden = layer_of(layer, hidden, HEADS)
        only = held.sum(0).nonzero()[:, 0]
        meaning, claim = (self._upper(layers, hidden, only) for layers in (bert.encoder.layer[SHARED:], self.claims.layers))
        weights = held[:, only] / held.sum(1, keepdim=True)
        vector, other = weights @ meaning[0], weights @ claim[0]
        unit = nn.functional.normalize(other, dim=-1)
        return vector, unit @ self.claims.told, unit @ self.claims.sought

    @staticmethod
    def _upper(layers: nn.ModuleList, hidden: Tensor, only: Tensor) -> Tensor:
        """The last of the layers tells no more pieces than those that are held."""
        for layer in layers[:-1]:
            hidden = layer_of(layer, hidden, HEADS)
        return layer_of(layers[-1], hidden, HEADS, only=only)


@torch.no_grad()
def eased(model: Meaning, samples: list[Tensor]) -> Meaning:
    """The same network with products that are eased where these samples show that some inputs are far above the others. What both halves
    have stays the same in both."""
    model = copy.deepcopy(model)
    places: defaultdict[tuple[int, str], list[nn.Module]] = defaultdict(list)
    for n, layer in [*enumerate(model.bert.encoder.layer), *enumerate(model.claims.layers, SHARED)]:
        for name in EASED:
            places[n, name].append(layer)
    largest: dict[tuple[int, str], Tensor] = {}

    def seen(place: tuple[int, str], x: Tensor) -> None:
        found = x.abs().flatten(0, -2).amax(0)
        largest[place] = torch.maximum(largest.get(place, found), found)

    watched = [
        layer.get_submodule(place[1]).register_forward_pre_hook(lambda _, x, place=place: seen(place, x[0]))
        for place, layers in places.items() for layer in layers
    ]  # fmt: skip
    for one in samples:
        model(one[None], torch.ones(1, len(one)))
    for hook in watched:
        hook.remove()
    for (n, name), layers in places.items():
        above = (largest[n, name] / (ABOVE * largest[n, name].median())).clamp(min=1.0)
        for layer in layers if (above > 1).any() else ():
            layer.set_submodule(name, Eased(layer.get_submodule(name), above))
    return model


def samples(pack: Path) -> list[Tensor]:
    """The embedded pieces of some sentences of our own scenes."""
    tokenizer, words = Tokenizer.from_file(str(pack / "tokenizer.json")), torch.tensor(_words(pack))
    tokenizer.enable_truncation(MOST_PIECES)
    texts = [row["text"] for scene in training.scenes() for report in scene["reports"] for row in report["rows"]]
    return [words[tokenizer.encode(PREFIX + re.sub("[⟦⟧]", "", text)).ids] for text in texts[:: len(texts) // SAMPLES]]


def export(model: Meaning, out: Path) -> None:
    """The ONNX file. What both halves have is kept once."""
    plain = out.with_suffix(".float")
    torch.onnx.export(
        model.eval(), (torch.randn(1, 20, model.bert.config.hidden_size), torch.ones(2, 20)), str(plain),
        input_names=["embedded", "held"], output_names=["vector", "told", "sought"],
        dynamic_axes={"embedded": {1: "pieces"}, "held": {0: "parts", 1: "pieces"}}, dynamo=False, opset_version=17,
    )  # fmt: skip
    model = onnx.load(plain)
    # A weight that both halves have is passed on by a node that does nothing, behind which it would not be quantised.
    weights = {one.name for one in model.graph.initializer}
    alias = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Identity" and node.input[0] in weights}
    for node in model.graph.node:
        node.input[:] = [alias.get(name, name) for name in node.input]
    kept = [node for node in model.graph.node if node.output[0] not in alias]
    del model.graph.node[:]
    model.graph.node.extend(kept)
    onnx.save(model, plain)
    quantize_dynamic(plain, out, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True, op_types_to_quantize=["MatMul"])
    plain.unlink()
    onnx.save(_halves(onnx.load(out)), out)


def _halves(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network with a switch for each half: what lies above the shared layers runs only where it is asked for."""
    graph, halves = model.graph, {"meaning": ["vector"], "claims": ["told", "sought"]}
    inner = {name: f"{name} of its half" for names in halves.values() for name in names}
    for node in graph.node:
        node.output[:] = [inner.get(name, name) for name in node.output]
    maker = {name: n for n, node in enumerate(graph.node) for name in node.output}

    def above(outputs: list[str]) -> set[int]:
        found: set[int] = set()
        waiting = [maker[name] for name in outputs]
        while waiting:
            n = waiting.pop()
            if n not in found:
                found.add(n)
                waiting += [maker[name] for name in graph.node[n].input if name in maker]
        return found

    of = {switch: above([inner[name] for name in names]) for switch, names in halves.items()}
    shared = of["meaning"] & of["claims"]
    nodes = [node for n, node in enumerate(graph.node) if n in shared]
    none = onnx.numpy_helper.from_array(np.zeros((1, graph.initializer[0].dims[-1]), np.float32))
    for switch, names in halves.items():
        own = [node for n, node in enumerate(graph.node) if n in of[switch] - shared]
        nothing = [onnx.helper.make_node("Constant", [], [f"no {name}"], value=none) for name in names]
        asked, not_asked = (
            onnx.helper.make_graph(steps, name, [], [onnx.helper.make_tensor_value_info(x, onnx.TensorProto.FLOAT, None) for x in told])
            for steps, name, told in ((own, switch, [inner[x] for x in names]), (nothing, f"no {switch}", [f"no {x}" for x in names]))
        )
        nodes.append(onnx.helper.make_node("If", [switch], names, then_branch=asked, else_branch=not_asked))
    del graph.node[:]
    graph.node.extend(nodes)
    graph.input.extend(onnx.helper.make_tensor_value_info(switch, onnx.TensorProto.BOOL, []) for switch in halves)
    return model


def unpacked(pack: Path) -> BertModel:
    """The encoder of a pack out of its 8 bits."""
    there, products = _weights(pack)
    words = _words(pack)
    config = BertConfig(
        vocab_size=len(words), hidden_size=words.shape[1], num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        intermediate_size=4 * words.shape[1], max_position_embeddings=len(there["bert.embeddings.position_embeddings.weight"]),
        layer_norm_eps=1e-12, pad_token_id=1,
    )  # fmt: skip
    bert = BertModel(config, add_pooling_layer=False)
    state = {name.removeprefix("bert.").replace(".product.", "."): torch.tensor(row) for name, row in there.items() if name[:5] == "bert."}
    state |= {"embeddings.word_embeddings.weight": torch.tensor(words)}
    for n, name in enumerate(products[: LAYERS * len(_PRODUCTS)]):
        product = f"encoder.layer.{n // 6}.{_PRODUCTS[n % 6]}"
        state[f"{product}.weight"] = (_whole(there, name).T * state.pop(f"{product}.less", 1.0)).contiguous()
    bert.load_state_dict(state)
    return bert.eval()


def unpacked_claims(pack: Path, bert: BertModel) -> Claims:
    """The moved layers of a pack and their maps out of its 8 bits; `bert`: its encoder."""
    there, products = _weights(pack)
    claims = Claims(copy.deepcopy(list(bert.encoder.layer[SHARED:])))
    names = iter(products[LAYERS * len(_PRODUCTS) :])
    with torch.no_grad():
        for n, layer in enumerate(claims.layers, SHARED):
            for name in _PRODUCTS:
                less = torch.tensor(there.get(f"bert.encoder.layer.{n}.{name}.less", np.ones(1, "f4")))
                moved = layer.get_submodule(name)
                moved.down.copy_(_whole(there, next(names)).T * less)
                moved.up.copy_(_whole(there, next(names)).T)
        claims.told.copy_(_whole(there, "claims.told"))
        claims.sought.copy_(_whole(there, "claims.sought"))
    return claims


def _words(pack: Path) -> np.ndarray:
    at, raw = rows(pack / "words.onnx"), (pack / "words.onnx").read_bytes()
    count, size = at["shape"]
    words = np.frombuffer(raw, np.int8, count * size, at["rows_at"]).reshape(count, size).astype("f4")
    return words * np.frombuffer(raw[at["scales_at"] : at["scales_at"] + 4 * count], "<f4")[:, None]


def _weights(pack: Path) -> tuple[dict[str, np.ndarray], list[str]]:
    """All weights of a pack's file, and the names of its matrix products, in order."""
    there = {one.name: onnx.numpy_helper.to_array(one) for one in onnx.load(pack / "meaning.onnx").graph.initializer}
    named = (re.fullmatch(r"(onnx::MatMul_\d+)_quantized", name) for name in there)
    return there, sorted((m[1] for m in named if m), key=_number)


def _whole(there: dict[str, np.ndarray], name: str) -> Tensor:
    whole, zero, scale = (there[f"{name}_{part}"].astype("f4") for part in ("quantized", "zero_point", "scale"))
    return torch.tensor((whole - zero) * scale)


def _number(name: str) -> int:
    return int(name.split("_")[-1])


def rows(words: Path) -> dict[str, Any]:
    """Where in the file the embedded pieces lie, as 8-bit rows with a scale each."""
    raw = words.read_bytes()
    model = onnx.load_from_string(raw)
    found = {tuple(one.dims): one for one in model.graph.initializer}
    (shape,) = [dims for dims, one in found.items() if len(dims) == 2 and dims[0] > 10_000 and one.data_type == onnx.TensorProto.INT8]
    scales = [one for dims, one in found.items() if dims in ((shape[0], 1), (shape[0],)) and one.data_type == onnx.TensorProto.FLOAT]
    return {"shape": list(shape), "rows_at": raw.index(found[shape].raw_data), "scales_at": raw.index(scales[0].raw_data)}


def means(pack: Path) -> dict[str, list[float]]:
    """The mean vector of each language's sentences, from our own stories; nynorsk has bokmål's."""
    from sagt.meaning import Meaning
    from sagt.pack import Pack

    settings = json.loads((pack / "settings.json").read_text("utf-8")) | {"means": {"en": [0.0] * 384}}
    network = Meaning(Pack(pack, "", (), settings), 2)
    found = {}
    for code in ("da", "en", "nb", "sv", "de"):
        texts = " ".join(
            p.read_text("utf-8") for folder in ("training", "evaluation") for p in sorted(Path(folder, "stories").glob(f"{code}*.txt"))
        )
        sentences = [s for s in re.split(r"(?<=[.!?])\s+|\n+", texts) if len(s.split()) > 5]
        found[code] = network.vectors(sentences, None).mean(0).round(5).tolist()
    return found | {"nn": found["nb"]}


def write(pack: Path, bert: BertModel, claims: Claims, name: str | None = None) -> None:
    """Put meaning.onnx, the settings and the manifest into a pack."""
    model = Meaning(bert, claims)
    export(eased(model, samples(pack)), pack / "meaning.onnx")
    settings = json.loads((pack / "settings.json").read_text("utf-8"))
    settings["pieces"] = rows(pack / "words.onnx")
    (pack / "settings.json").write_text(json.dumps(settings) + "\n", "utf-8")
    (pack / "settings.json").write_text(json.dumps(settings | {"means": means(pack)}) + "\n", "utf-8")
    old = json.loads((pack / "manifest.json").read_text("utf-8"))
    about = tomllib.loads((HERE / "pack.toml").read_text("utf-8"))
    files = sorted(p for p in pack.iterdir() if p.name not in ("manifest.json", "README.md"))
    new = {
        **old,
        **about,
        "id": name or old["id"],
        "protocol": PROTOCOL,
        "files": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files},
    }
    (pack / "manifest.json").write_text(json.dumps(new, indent=1, ensure_ascii=False) + "\n", "utf-8")


def main() -> None:
    """Put a folder's encoder into a pack; its claims are not moved yet (training.claims). Without a folder the pack's own once more."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--name")
    args = parser.parse_args()
    bert = BertModel.from_pretrained(args.base, add_pooling_layer=False) if args.base else unpacked(args.pack)
    claims = Claims(copy.deepcopy(list(bert.encoder.layer[SHARED:]))) if args.base else unpacked_claims(args.pack, bert)
    write(args.pack, bert, claims, args.name)


if __name__ == "__main__":
    main()
