"""Words, sentences and paragraphs: boundaries are marked in the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagt import segment
from sagt.types import Span

SENTENCES = [
    "Broen er lukket.|Det siger borgmester Karen Holt.",
    "Mødet er kl. 10.30 i dag.|Kun ca. 20 kom.",
    "Den 3. marts taler hun.|Så rejser hun.",
    "»Nej!« råbte hun.|Ingen svarede.",
    "»Hvornår?« spurgte dr. Lund.|»I morgen.«|Han gik.",
    "Mr. Vale left at 5 p.m. on Friday.|“We are done,” he said.|“Go home.”",
    "The U.S. Senate voted.|J. B. Moor did not.",
    "Han tøvede … og gik.|Hun blev.",
    "Er det nu?|– Ja, siger hun.",
    "Das Gesetz gilt z.B. hier.|„Ja.“|Er ging.",
]


@pytest.mark.parametrize("marked", SENTENCES)
def test_sentences(marked: str) -> None:
    text = marked.replace("|", " ")
    assert [s.of(text) for s in segment.sentences(text, Span(0, len(text)))] == marked.split("|")


WORDS = [
    ("Trump’s plan", "Trump ’ s plan"),
    ("U.S.-borgere, 1.000 kr.", "U . S . - borgere , 1 . 000 kr ."),
    ("Åse sa\u030a det", "Åse sa\u030a det"),
    ("sam\u00adarbejde", "sam\u00adarbejde"),
    ("(»nej«)", "( » nej « )"),
]


@pytest.mark.parametrize(("text", "expected"), WORDS)
def test_words(text: str, expected: str) -> None:
    assert [w.of(text) for w in segment.words(text, Span(0, len(text)))] == expected.split(" ")


@given(st.text(max_size=400))
def test_nothing_but_white_space_is_left_out(text: str) -> None:
    covered = {i for p in segment.paragraphs(text) for s in segment.sentences(text, p) for w in segment.words(text, s) for i in range(*w)}
    assert {i for i, c in enumerate(text) if not c.isspace()} <= covered


def test_a_line_without_end_is_cut() -> None:
    text = "ord " * 5000
    spans = segment.sentences(text, Span(0, len(text)))
    assert max(s.end - s.start for s in spans) <= segment.LONGEST_SENTENCE
    assert len(spans) > 20
