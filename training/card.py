"""Write a pack's scores into its manifest, and its model card: python -m training.card --pack PACK

Scores come from evaluation/results.json, which `make eval` writes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

_KEYS = ("content@.5", "attr@.5", "joint@.3", "seg source", "seg cue", "seg content", "direct found")
_CARD = """\
# {id}

The weights that sagt reads with: which words of a news report pass something on, from whom, and what.

- **Base**: {base}
- **Languages**: trained on English and Danish (a little Norwegian, Swedish, German); the base encoder knows about a hundred.
- **Licence**: {licence}
- **Trained on**:
{trained_on}
- **How**: `training/recipe.toml` of the commit that brought this pack; see `training/README.md`. {note}
- **Files**: `words.onnx` (pieces to word vectors and cue scores), `roles.onnx` (word vectors and cues to roles and acts), `meaning.onnx`
  (embedded pieces to the meaning of a sentence; its rows lie in `words.onnx`),
  `tokenizer.json`, `settings.json` (transitions, biases, calibration, what
  sentences tell by their meaning), `manifest.json` (a digest of each). Matrix products and
  embeddings in 8 bits.

## Scores

Measured {date} with `make eval`; definitions in `evaluation/score.py`, more in `evaluation/results.md`. None of these texts was
  trained or tuned on.

| set | {head} |
|---|{rule}
{rows}

## What to know before relying on it

- It finds what reports say that people said. It does not know whether it is true.
- It was trained on newspapers and wires; blogs, transcripts and social media are read worse.
- Attributions without a cue, far-off sources and free indirect speech are found least.
- PolNeAR covers the American campaign of 2015-16; the Danish texts are of about 1990 and of 2010-20.
  Names and manners of other years are less familiar to it.
- The base encoder carries the biases of web text in a hundred languages.
"""


def card(manifest: dict, results: dict) -> str:
    """The text of the card."""
    sets = results["sets"]
    rows = "\n".join(f"| {name} | " + " | ".join(str(got.get(key, "")) for key in _KEYS) + " |" for name, got in sets.items())
    trained = "\n".join(f"  - {one['name']}: {one['what']} ({one['licence']})" for one in manifest["trained_on"])
    return _CARD.format(
        id=manifest["id"], base=manifest["base"], licence=manifest["licence"], trained_on=trained, note=manifest.get("note", ""),
        date=results["date"], head=" | ".join(_KEYS), rule="---|" * len(_KEYS), rows=rows,
    )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", type=Path, required=True)
    args = parser.parse_args()
    found = json.loads((Path(__file__).parents[1] / "evaluation" / "results.json").read_text("utf-8"))
    held = json.loads((args.pack / "manifest.json").read_text("utf-8"))
    held["scores"] = {"date": found["date"]} | {name: {key: got[key] for key in _KEYS if key in got} for name, got in found["sets"].items()}
    (args.pack / "manifest.json").write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (args.pack / "README.md").write_text(card(held, found), "utf-8")
