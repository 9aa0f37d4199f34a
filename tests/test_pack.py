"""A pack is verified before it is used, and says what to do when it can't be."""

import json
import shutil
from pathlib import Path

import pytest

from sagt import PackError, Reader
from sagt.pack import open_pack

SHIPPED = open_pack().folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "pack"))


def test_the_shipped_pack_is_small_and_says_what_it_is() -> None:
    files = [p for p in SHIPPED.iterdir() if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 60_000_000
    manifest = json.loads((SHIPPED / "manifest.json").read_text("utf-8"))
    assert {"id", "protocol", "languages", "licence", "base", "trained_on", "scores", "files"} <= manifest.keys()
    assert (SHIPPED / "README.md").is_file()


def test_a_copy_elsewhere_is_opened(copy: Path) -> None:
    assert Reader(copy).pack.id == open_pack().id


def test_a_damaged_file(copy: Path) -> None:
    with (copy / "words.onnx").open("r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    with pytest.raises(PackError, match=r"words\.onnx is damaged"):
        Reader(copy)


def test_a_missing_file(copy: Path) -> None:
    (copy / "tokenizer.json").unlink()
    with pytest.raises(PackError, match="missing"):
        open_pack(copy)


def test_no_pack_at_all(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="no pack in"):
        open_pack(tmp_path)


def test_another_protocol(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    (copy / "manifest.json").write_text(json.dumps(manifest | {"protocol": 99}))
    with pytest.raises(PackError, match="protocol 99"):
        open_pack(copy)


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname"])
def test_a_manifest_can_not_point_outside(copy: Path, name: str) -> None:
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    manifest["files"][name] = "0" * 64
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(PackError):
        open_pack(copy)
