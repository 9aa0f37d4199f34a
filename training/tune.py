"""Set the decoding biases and the calibration of a pack on training-side documents: python -m training.tune --data SHARED/data --pack PACK

Biases shift how readily a cue, a source or a content is found; calibration turns chances into a confidence. Both are set on
the twentieth of the training corpora that training leaves out (corpora.held_out), never on what is reported.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from evaluation.score import Attributed, matches, score
from sagt import Reader, Report
from training import corpora, export
from training.train import HERE, SOURCES

_CUE = [0.0, -0.4, -0.8, -1.2]  #: added to the cue head's labels that begin a cue
_SOURCE = [0.0, 0.7, 1.2]  #: added to the role head's label that begins a source


def documents(data: Path) -> dict[str, list[corpora.Document]]:
    """English and Danish documents that were held out of training."""
    danish = SOURCES["attribution-da"](data) + SOURCES["cdt-da"](data)
    groups = {"en": SOURCES["polnear"](data), "da": danish}
    return {name: [d for d in group if corpora.held_out(d.id)] for name, group in groups.items()}


def value(reader: Reader, docs: Sequence[corpora.Document]) -> float:
    """What is made as large as can be: the mean of the figures that acceptance names."""
    readings = reader.read_all(Report(d.id, d.text, language=d.language) for d in docs)
    f = score(
        (d.text, [Attributed.of(a) for a in d.attributions], [Attributed.of(a) for a in r.attributions])
        for d, r in zip(docs, readings, strict=True)
    ).figures()
    return float(np.mean([f[k] for k in ("content@.5", "attr@.5", "joint@.3", "seg source", "seg cue", "seg content")]))


def set_biases(pack: Path, docs: dict[str, list[corpora.Document]], settings: dict) -> None:
    """Try every pair; keep the best, each language weighing as much as it has attributions."""
    weights = [sum(len(d.attributions) for d in group) for group in docs.values()]
    best = (-1.0, 0.0, 0.0)
    for cue, source in itertools.product(_CUE, _SOURCE):
        write(pack, settings | biases(cue, source))
        reader = Reader(pack)
        values = [value(reader, group) for group in docs.values()]
        print(f"cue {cue:+.1f} source {source:+.1f}: " + " ".join(f"{v:.4f}" for v in values), flush=True)
        best = max(best, (float(np.dot(values, weights)), cue, source))
    settings |= biases(*best[1:])
    write(pack, settings)


def biases(cue: float, source: float) -> dict[str, list[float]]:
    """On labels that begin a span, so that a span costs the same whatever its length."""
    return {"cue_bias": [0, cue, 0, cue, 0], "role_bias": [0, source, 0, 0, 0, 0, 0]}


def calibrate(pack: Path, docs: dict[str, list[corpora.Document]], settings: dict) -> None:
    """Logistic regression of "an annotator has it too" on the two chances, by Newton's method."""
    chances: list[dict[tuple, tuple[float, float]]] = []
    for shown in ([0.0, 1.0, 0.0], [0.0, 0.0, 1.0]):
        settings["calibration"] = shown
        write(pack, settings)
        chances.append({key: value for group in docs.values() for key, value in _confidences(Reader(pack), group)})
    cue, role = chances
    rows = [(cue[key][0], role[key][0], cue[key][1]) for key in cue.keys() & role.keys()]
    data = np.array(rows)
    x = np.column_stack([np.ones(len(data)), _logit(data[:, 0]), _logit(data[:, 1])])
    weights = np.zeros(3)
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ weights))
        weights += np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + 1e-3 * np.eye(3), x.T @ (data[:, 2] - p))
    settings["calibration"] = weights.round(4).tolist()
    write(pack, settings)


def _logit(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return np.log(p / (1 - p))


def _confidences(reader: Reader, docs: Sequence[corpora.Document]) -> Iterator[tuple[tuple, tuple[float, float]]]:
    for d, reading in zip(docs, reader.read_all(Report(d.id, d.text) for d in docs), strict=True):
        right = {
            j for _, j in matches(d.text, [Attributed.of(a) for a in d.attributions], [Attributed.of(a) for a in reading.attributions])
        }
        for j, a in enumerate(reading.attributions):
            if a.found_by == "model":
                yield (d.id, a.cue, a.content), (a.confidence, float(j in right))


def write(pack: Path, settings: dict) -> None:
    """Settings and the manifest that vouches for them."""
    (pack / "settings.json").write_text(json.dumps(settings, indent=1) + "\n", "utf-8")
    manifest = json.loads((pack / "manifest.json").read_text("utf-8"))
    export.write_manifest(pack, manifest["id"], HERE / "recipe.toml")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pack", type=Path, required=True)
    args = parser.parse_args()
    held = documents(args.data)
    current = json.loads((args.pack / "settings.json").read_text("utf-8"))
    set_biases(args.pack, held, current)
    calibrate(args.pack, held, current)
    print(json.dumps({k: current[k] for k in ("cue_bias", "role_bias", "calibration")}))
