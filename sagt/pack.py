"""A pack: a folder with the weights, the tokenizer and a manifest. Opening one verifies every file before anything is run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from sagt.errors import PackError

#: What this code expects of a pack's files; a pack of another protocol is refused.
PROTOCOL = 6


@dataclass(frozen=True, slots=True)
class Pack:
    """A verified pack."""

    folder: Path
    id: str  #: name and date of its making
    languages: tuple[str, ...]  #: languages it was trained to read or measured on
    settings: dict[str, Any]  #: what decoding needs: transitions, biases, calibration

    def file(self, name: str) -> Path:
        """A file of the pack."""
        return self.folder / name


def open_pack(folder: Path | None = None) -> Pack:
    """Open and verify the pack in `folder`, or the one that came with sagt.

    Raises PackError when there is none, when a file does not have the digest that the manifest names,
    or when it was made for another protocol.
    """
    place = folder if folder is not None else Path(str(resources.files("sagt"))) / "packs" / "default"
    manifest = _manifest(place)
    for name, digest in manifest["files"].items():
        _verify(place, name, digest)
    settings = json.loads((place / "settings.json").read_text("utf-8"))
    return Pack(place, manifest["id"], tuple(manifest["languages"]), settings)


def _manifest(place: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((place / "manifest.json").read_text("utf-8"))
        protocol, _, _ = manifest["protocol"], manifest["files"]["settings.json"], manifest["id"]
    except FileNotFoundError:
        raise PackError(f"no pack in {place}: install sagt again, or name a folder that holds a manifest.json") from None
    except (ValueError, KeyError, TypeError) as error:
        raise PackError(f"{place / 'manifest.json'} can't be read ({error!r}): install sagt again") from None
    if protocol != PROTOCOL:
        raise PackError(f"the pack in {place} is of protocol {protocol}, this sagt reads {PROTOCOL}: install one that matches")
    return manifest


def _verify(place: Path, name: str, digest: str) -> None:
    path = place / name
    if Path(name).name != name or not path.is_file():
        raise PackError(f"{path} is missing: install sagt again")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != digest:
        raise PackError(f"{path} is damaged (its digest is not the one in the manifest): install sagt again")
