"""Mutilated payloads of each format: refused or read in part, never a crash, never a hang. evaluation/fuzz.py does it for longer."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payloads import PAYLOADS

from sagt import ingest
from sagt.formats import Given

#: Bytes that parsers stumble over.
NOISE = [
    b"",
    b"\x00",
    b"<",
    b">",
    b"&",
    b'"',
    b"{",
    b"[",
    b"\xff\xfe",
    b"&#0;",
    b"<![CDATA[",
    b"]]>",
    b"\\u0000",
    b"\\ud800",
    b"9" * 40,
    b"\x02",
    b"\r",
    b"=",
    b"<!--",
    b"%s",
]


@st.composite
def mutilated(draw: st.DrawFn, payload: bytes) -> bytes:
    """A payload with some stretches cut out, doubled, moved or replaced by noise."""
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(payload)))
        end = min(len(payload), start + draw(st.integers(0, 60)))
        middle = draw(st.sampled_from([*NOISE, payload[start:end] * 3]) | st.binary(max_size=8))
        payload = payload[:start] + middle + payload[end:]
    return payload


@pytest.mark.parametrize("format", PAYLOADS)
@pytest.mark.parametrize("told", [True, False], ids=["format given", "format sniffed"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_mutilated_payloads(format: str, told: bool, data: st.DataObject) -> None:
    payload = data.draw(mutilated(PAYLOADS[format]))
    begun = time.monotonic()
    for parsed in ingest.items(payload, Given(), {"iptc": "anpa"}.get(format, format) if told else None):
        report = parsed.report
        assert parsed.fault is None or report.faults
        assert all(0 <= part.span.start < part.span.end <= len(report.text) for part in report.parts)
        report.text.encode("utf-8")
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("format", PAYLOADS)
def test_whole_payloads_are_told_from_their_content(format: str) -> None:
    [parsed] = ingest.items(PAYLOADS[format], Given())
    assert parsed.fault is None
    assert "Holt" in parsed.report.text or "opens" in parsed.report.text or "åbner" in parsed.report.text


@pytest.mark.parametrize("format", PAYLOADS)
def test_an_item_read_again_by_its_format_gives_the_same(format: str) -> None:
    [parsed] = ingest.items(PAYLOADS[format], Given(outlet="Havnby Avis"))
    [again] = ingest.items(parsed.payload, parsed.given, parsed.format)
    assert again.report == parsed.report
