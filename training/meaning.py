"""The encoder of meaning into a pack: python -m training.meaning --base BASE --pack PACK

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
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from sagt.pack import PROTOCOL
from training.export import _layer

HERE = Path(__file__).parent
#: Layers, those of them that meaning and claims share, attention heads of a layer, and the rank of the matrices that move the others.
LAYERS, SHARED, HEADS, RANK = 12, 9, 12, 32
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


class Claims(nn.Module):
    """The last layers, moved, and the maps of their mean to claims."""

    def __init__(self, layers: list[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers).requires_grad_(False)
        for layer in self.layers:
            for name in _PRODUCTS:
                *path, last = name.split(".")
                there = layer.get_submodule(".".join(path))
                setattr(there, last, Moved(getattr(there, last)))
        size = self.layers[0].output.dense.product.out_features
        self.told, self.sought = (nn.Parameter(torch.eye(size)) for _ in range(2))


class Meaning(nn.Module):
    """Embedded pieces of one text to the mean of the vectors, in the last layer, of those that are held, and to its claims."""

    def __init__(self, bert: BertModel, claims: Claims) -> None:
        super().__init__()
        self.bert, self.claims = bert, claims

    def forward(self, embedded: Tensor, held: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        bert, at = self.bert, torch.arange(embedded.shape[1])[None]
        e = bert.embeddings
        types = torch.zeros(embedded.shape[:2], dtype=torch.long)
        hidden = e.LayerNorm(embedded + e.position_embeddings(at) + e.token_type_embeddings(types))
        for layer in bert.encoder.layer[:SHARED]:
            hidden = _layer(layer, hidden, HEADS)
        meaning, claim = hidden, hidden
        for layer in bert.encoder.layer[SHARED:]:
            meaning = _layer(layer, meaning, HEADS)
        for layer in self.claims.layers:
            claim = _layer(layer, claim, HEADS)
        vector, other = ((of * held[:, :, None]).sum(1) / held.sum(1)[:, None] for of in (meaning, claim))
        unit = nn.functional.normalize(other, dim=-1)
        return vector, unit @ self.claims.told, unit @ self.claims.sought


def export(bert: BertModel, claims: Claims, out: Path) -> None:
    """The ONNX file. What both halves have is kept once."""
    plain = out.with_suffix(".float")
    torch.onnx.export(
        Meaning(bert, claims).eval(), (torch.randn(1, 20, bert.config.hidden_size), torch.ones(1, 20)), str(plain),
        input_names=["embedded", "held"], output_names=["vector", "told", "sought"],
        dynamic_axes={"embedded": {1: "pieces"}, "held": {1: "pieces"}}, dynamo=False, opset_version=17,
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
    there = {one.name: onnx.numpy_helper.to_array(one) for one in onnx.load(pack / "meaning.onnx").graph.initializer}
    products = sorted((name[: -len("_quantized")] for name in there if re.fullmatch(r"onnx::MatMul_\d+_quantized", name)), key=_number)
    at = rows(pack / "words.onnx")
    count, size = at["shape"]
    raw = (pack / "words.onnx").read_bytes()
    words = np.frombuffer(raw, np.int8, count * size, at["rows_at"]).reshape(count, size).astype("f4")
    scales = np.frombuffer(raw[at["scales_at"] : at["scales_at"] + 4 * count], "<f4")[:, None]
    config = BertConfig(
        vocab_size=count, hidden_size=size, num_hidden_layers=LAYERS, num_attention_heads=HEADS, intermediate_size=4 * size,
        max_position_embeddings=len(there["bert.embeddings.position_embeddings.weight"]), layer_norm_eps=1e-12, pad_token_id=1,
    )  # fmt: skip
    bert = BertModel(config, add_pooling_layer=False)
    state = {name.removeprefix("bert."): torch.tensor(row) for name, row in there.items() if name.startswith("bert.")}
    state |= {"embeddings.word_embeddings.weight": torch.tensor(words * scales)}
    for n, name in enumerate(products[: LAYERS * len(_PRODUCTS)]):
        whole, zero, scale = (there[f"{name}_{part}"].astype("f4") for part in ("quantized", "zero_point", "scale"))
        state[f"encoder.layer.{n // 6}.{_PRODUCTS[n % 6]}.weight"] = torch.tensor(((whole - zero) * scale).T.copy())
    bert.load_state_dict(state)
    return bert.eval()


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
    export(bert, claims, pack / "meaning.onnx")
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
    """Put a folder's encoder into a pack; its claims are not moved yet (training.claims)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--name")
    args = parser.parse_args()
    bert = BertModel.from_pretrained(args.base, add_pooling_layer=False)
    write(args.pack, bert, Claims(copy.deepcopy(list(bert.encoder.layer[SHARED:]))), args.name)


if __name__ == "__main__":
    main()
