"""Which agencies a report credits: in the datelines and closing lines of invented stories."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagt import credits

BODY = "Broen lukker fredag, siger borgmester Karen Holt.\n\nHun venter ikke nye penge.\n\nDet er sagen.\n\nFlere taler imod.\n\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (BODY + "/ritzau/", ["Ritzau"]),
        (BODY + "Sådan slutter den. /ritzau/AFP/", ["Ritzau", "AFP"]),
        (BODY + "Sådan slutter den. (AP)", ["AP"]),
        (BODY + "© AFP", ["AFP"]),
        (BODY + "AFP/NTB", ["AFP", "NTB"]),
        (BODY + "Kilde: Ritzau", ["Ritzau"]),
        (BODY + "TT", ["TT"]),
        (BODY + "dpa\n", ["dpa"]),
        (BODY + "STT-Lehtikuva", ["STT"]),
        (BODY + "Copyright 2026 The Associated Press. All rights reserved.", ["AP"]),
        ("HOLTVILLE (AP) — The bridge closes on Friday.\n\n" + BODY, ["AP"]),
        ("ST. HOLT, Minn. (AP) — The bridge closes.\n\n" + BODY, ["AP"]),
        ("HOLTVILLE, March 3 (Reuters) - The bridge closes.\n\n" + BODY, ["Reuters"]),
        ("Ålby /ritzau/: Broen lukker.\n\n" + BODY, ["Ritzau"]),
        ("Holtburg (dpa/lno) - Die Brücke schließt.\n\n" + BODY, ["dpa"]),
        ("Ålvik (NTB-AFP): Brua stenger.\n\n" + BODY, ["NTB", "AFP"]),
        ("(Reuters) The bridge closes.\n\n" + BODY, ["Reuters"]),
        ("Bridge closes\n\nBy KAREN HOLT, Associated Press\n\n" + BODY, ["AP"]),
        ("By Reuters Staff\n\n" + BODY, ["Reuters"]),
        ("Af /ritzau/\n\n" + BODY + "/ritzau/", ["Ritzau"]),
    ],
)
def test_credits(text: str, names: list[str]) -> None:
    assert list(credits.names(text)) == names


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "",
        "Reuters analyst Karen Holt says the bridge closes.",
        "Holt told the Associated Press (AP) that the bridge closes.",
        "The White House (AP) said no.",
        "Det oplyser borgmesteren til Ritzau.",
        "Det skriver AFP.",
        BODY + "Via Ritzau",  # a press release: the company's own word
        BODY + "She left the (AP) course",
        "TTIP and the APA style are no agencies\nSTTX",
        "Broen lukker.\n\n" * 5 + "/ritzau/\n\n" + "Læs også om havnen.\n\n" * 5,  # neither first nor last
    ],
)
def test_names_elsewhere_are_no_credits(text: str) -> None:
    assert credits.find(text) == ()


def test_each_credit_has_its_place() -> None:
    text = "Ålby /Ritzau/: Broen lukker.\n\n" + BODY + "/ritzau/AP/\n"
    found = [(credit.name, credit.span.of(text)) for credit in credits.find(text)]
    assert found == [("Ritzau", "Ritzau"), ("Ritzau", "ritzau"), ("AP", "AP")]


PIECES = [*"/()-–—:.,©\n", " ", "AP", "ritzau", "tt", "Kilde", "by", "Ålby", "3", "TT Nyhetsbyrån", "İ", "ſtt"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_has_spans_within_it(text: str) -> None:
    for credit in credits.find(text):
        assert 0 <= credit.span.start < credit.span.end <= len(text)


@pytest.mark.parametrize("piece", ["/", "AP/", "(AP", "By A ", "© ", "AP - ", "kilde kilde ", "\n", "a b "])
def test_long_texts_take_no_time(piece: str) -> None:
    start = time.perf_counter()
    credits.find(piece * 1_000_000)
    assert time.perf_counter() - start < 5
