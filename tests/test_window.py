"""Windows: every word in one core, no window too long, margins shared."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from sagt import segment, window
from sagt.pack import open_pack

TOKENIZER = Tokenizer.from_file(str(open_pack().file("tokenizer.json")))
STORY = "Broen lukker fredag, siger Karen Holt. Det er slut. »Vi har ikke flere penge,« siger hun.\n\nHan er uenig.\n\n" * 30


@pytest.mark.parametrize("margin", [0, 48, 100])
@pytest.mark.parametrize(
    "text", [STORY, "x" * 5000, "“”" * 3000, "👩‍👩‍👧‍👦" * 900, "", "ord " * 4000], ids=["story", "x", "marks", "emoji", "empty", "line"]
)
def test_every_word_is_in_one_core(text: str, margin: int) -> None:
    windows = list(window.windows_of(text, TOKENIZER, margin))
    cores = [word for w in windows for word in w.words[slice(*w.core)]]
    assert cores == [w for p in segment.paragraphs(text) for s in segment.sentences(text, p) for w in segment.words(text, s)]
    for w in windows:
        assert len(w.pieces) <= window.LIMIT
        assert len(w.words) == len(w.first) == len(w.last)
        assert all(0 < a <= b < len(w.pieces) for a, b in zip(w.first, w.last, strict=True))


def test_words_point_at_their_pieces() -> None:
    text = "Borgmester Karen Åkjær-Holt i Vesterlund siger nej."
    (w,) = window.windows_of(text, TOKENIZER, 0)
    for word, first, last in zip(w.words, w.first, w.last, strict=True):
        assert word.of(text) in TOKENIZER.decode(w.pieces[first : last + 1])


def test_margins_give_context() -> None:
    windows = list(window.windows_of(STORY, TOKENIZER, 48))
    assert all(w.core[0] > 0 for w in windows[1:])
    assert all(w.core[1] < len(w.words) for w in windows[:-1])


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=1500))
def test_random_text(text: str) -> None:
    windows = list(window.windows_of(text, TOKENIZER, 20))
    assert sum(w.core[1] - w.core[0] for w in windows) == sum(
        len(segment.words(text, s)) for p in segment.paragraphs(text) for s in segment.sentences(text, p)
    )
