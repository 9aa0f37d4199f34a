"""Real items of agencies, which lie beside the project and not in it: what was written down from looking at them must come out.

Titles stand as digests, since they are not ours to print. Without the samples these tests are skipped."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sagt import parse
from sagt.export import ninjs
from sagt.types import Report

FOLDER = Path(os.environ.get("SAGT_DATA") or Path(__file__).parents[2] / "shared" / "data") / "wire"
EXPECTED = json.loads((Path(__file__).parent / "wire_samples.json").read_text("utf-8"))
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="no samples beside the project")


def told(report: Report) -> dict[str, object]:
    """What is compared: the facts of a report, its title as a digest."""
    moment = datetime.fromisoformat(report.published) if report.published else None
    return {
        "title": hashlib.sha256(report.title.encode()).hexdigest()[:12] if report.title else None,
        "outlet": report.outlet,
        "language": report.language,
        "published": moment.astimezone(UTC).isoformat() if moment and moment.tzinfo else report.published,
        "status": report.status.value,
        "signal": report.item.signal.kind.value if report.item.signal else None,
        "replaces": list(report.item.replaces),
        "words": len(report.text.split()),
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_is_read_right(name: str) -> None:
    assert [told(report) for report in parse((FOLDER / name).read_bytes())] == EXPECTED[name]


def test_every_sample_is_expected() -> None:
    names = {str(p.relative_to(FOLDER)) for p in FOLDER.rglob("*") if p.is_file()}
    assert {n for n in names if not any(part in n for part in (".xsd", "schema", "README", "LICENSE"))} == set(EXPECTED)


def test_three_generations_of_one_item_give_one_text() -> None:
    examples = FOLDER / "ninjs" / "iptc-examples"
    names = ("1.4/ninjsExSimpleText1.json", "2.1/ninjsExSimpleText_2.json", "3.0/ninjsExSimpleText_3.json")
    texts = {parse((examples / name).read_bytes())[0].text for name in names}
    assert len(texts) == 1


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_written_as_ninjs_3_validates(name: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((FOLDER / "ninjs" / "schemas" / "ninjs-schema_3.1.json").read_text("utf-8"))
    check = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    for report in parse((FOLDER / name).read_bytes()):
        written = ninjs.line(report)
        assert [error.message for error in check.iter_errors(json.loads(written))] == []
        [again] = parse(written.encode())
        assert (again.title, again.text.split()) == (report.title, report.text.split())
