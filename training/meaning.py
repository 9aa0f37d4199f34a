"""The encoder of meaning into a pack: python -m training.meaning --base BASE --pack PACK

All twelve layers of multilingual-e5-small as they are, matrix products in 8 bits, over word pieces that are embedded outside: the rows
lie in the
pack's words.onnx already (training never moves them), so the manifest's settings only say where. Mean over pieces and unit length are
the caller's. Sentences of one meaning have the highest cosine, across languages (Wang et al. 2024, arXiv 2402.05672).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import tomllib
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from transformers import BertModel

from sagt.pack import PROTOCOL
from training.export import _layer

HERE = Path(__file__).parent


class Meaning(nn.Module):
    """Embedded pieces of one text to the mean of the vectors, in the last layer, of those that are held."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, embedded: Tensor, held: Tensor) -> Tensor:
        bert, at = self.bert, torch.arange(embedded.shape[1])[None]
        e = bert.embeddings
        types = torch.zeros(embedded.shape[:2], dtype=torch.long)
        hidden = e.LayerNorm(embedded + e.position_embeddings(at) + e.token_type_embeddings(types))
        for layer in bert.encoder.layer:
            hidden = _layer(layer, hidden, bert.config.num_attention_heads)
        return (hidden * held[:, :, None]).sum(1) / held.sum(1)[:, None]


def export(bert: BertModel, out: Path) -> None:
    """The ONNX file."""
    plain = out.with_suffix(".float")
    torch.onnx.export(
        Meaning(bert).eval(), (torch.randn(1, 20, bert.config.hidden_size), torch.ones(1, 20)), str(plain),
        input_names=["embedded", "held"], output_names=["vector"], dynamic_axes={"embedded": {1: "pieces"}, "held": {1: "pieces"}},
        dynamo=False, opset_version=17,
    )  # fmt: skip
    quantize_dynamic(plain, out, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True, op_types_to_quantize=["MatMul"])
    plain.unlink()


def rows(words: Path) -> dict[str, object]:
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


def main() -> None:
    """Write meaning.onnx, the settings and the manifest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--name")
    args = parser.parse_args()
    export(BertModel.from_pretrained(args.base, add_pooling_layer=False), args.pack / "meaning.onnx")
    settings = json.loads((args.pack / "settings.json").read_text("utf-8"))
    settings["pieces"] = rows(args.pack / "words.onnx")
    (args.pack / "settings.json").write_text(json.dumps(settings) + "\n", "utf-8")
    (args.pack / "settings.json").write_text(json.dumps(settings | {"means": means(args.pack)}) + "\n", "utf-8")
    old = json.loads((args.pack / "manifest.json").read_text("utf-8"))
    about = tomllib.loads((HERE / "pack.toml").read_text("utf-8"))
    files = sorted(p for p in args.pack.iterdir() if p.name not in ("manifest.json", "README.md"))
    new = {
        **old,
        **about,
        "id": args.name or old["id"],
        "protocol": PROTOCOL,
        "files": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files},
    }
    (args.pack / "manifest.json").write_text(json.dumps(new, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
