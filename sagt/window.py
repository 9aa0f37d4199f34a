"""Texts cut into windows of whole sentences, as the numbers that the encoder reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tokenizers import Encoding, Tokenizer

from sagt import segment
from sagt.types import Span

BOS, PAD, EOS, UNKNOWN = 0, 1, 2, 3  # XLM-R's first pieces; EOS also marks the end of a paragraph
#: Most pieces in a window at run time; training draws its own (training/recipe.toml).
LIMIT = 256
#: Sentences that are tokenized in one go, and that are held in one go.
BATCH, STRETCH = 256, 4096


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its words, its pieces, and for each word its first and last piece."""

    span: Span
    paragraph: int  #: index of the paragraph it stands in
    words: list[Span]
    pieces: list[int]
    first: list[int]
    last: list[int]


@dataclass(frozen=True, slots=True)
class Window:
    """Sentences that are read together. `core`: the words (from, to) whose cues are taken from this window."""

    words: list[Span]
    pieces: list[int]
    first: list[int]
    last: list[int]
    core: tuple[int, int]


def encode(text: str, tokenizer: Tokenizer) -> Iterator[Sentence]:
    """All sentences of a text, in order; lazy, so that a huge text is never held as pieces all at once."""
    spans = ((i, s) for i, p in enumerate(segment.paragraphs(text)) for s in segment.sentences(text, p))
    while batch := list(islice(spans, BATCH)):
        encodings = tokenizer.encode_batch([s.of(text) for _, s in batch], add_special_tokens=False)
        for (i, span), encoding in zip(batch, encodings, strict=True):
            yield from _cut(_sentence(text, span, i, encoding), LIMIT - 2)


def windows_of(text: str, tokenizer: Tokenizer, margin: int) -> Iterator[Window]:
    """The windows of a text; between stretches of STRETCH sentences nothing overlaps."""
    sentences = encode(text, tokenizer)
    while stretch := list(islice(sentences, STRETCH)):
        yield from (w for w in windows(stretch, margin=margin) if w.words)


def _sentence(text: str, span: Span, paragraph: int, encoding: Encoding) -> Sentence:
    words = segment.words(text, span)
    first, last, at = [], [], 0
    offsets = encoding.offsets
    top = len(offsets) - 1
    for word in words:
        start, end = word.start - span.start, word.end - span.start
        while at < top and offsets[at][1] <= start:
            at += 1
        to = at
        while to < top and offsets[to + 1][0] < end:
            to += 1
        first.append(max(at, 0))
        last.append(max(to, 0))
    # A sentence of marks that the tokenizer drops altogether still needs one piece for its words to point at.
    return Sentence(span, paragraph, words, list(encoding.ids) or [UNKNOWN], first, last)


def _cut(sentence: Sentence, most: int) -> Iterator[Sentence]:
    """A sentence of more than `most` pieces (marks, emoji, no real language) in parts of whole words; of a longer word, the beginning."""
    if len(sentence.pieces) <= most:
        yield sentence
        return
    begin = 0
    while begin < len(sentence.words):
        low, end = sentence.first[begin], begin + 1
        while end < len(sentence.words) and sentence.last[end] - low < most:
            end += 1
        last = [min(i - low, most - 1) for i in sentence.last[begin:end]]
        first = [i - low for i in sentence.first[begin:end]]
        words = sentence.words[begin:end]
        pieces = sentence.pieces[low : low + last[-1] + 1]
        yield Sentence(Span(words[0].start, words[-1].end), sentence.paragraph, words, pieces, first, last)
        begin = end


def windows(sentences: Sequence[Sentence], limit: int = LIMIT, margin: int = 0) -> list[Window]:
    """Windows of at most `limit` pieces that overlap by at most `margin` pieces on either side.

    Every word is in the core of exactly one window: an overlap is shared half and half, by whole sentences.
    """
    out: list[Window] = []
    start, core = 0, 0
    while start < len(sentences):
        end, size = start, 2
        while end < len(sentences) and (end == start or size + len(sentences[end].pieces) + 1 <= limit):
            size += len(sentences[end].pieces) + 1
            end += 1
        core_end, following = _overlap(sentences, start, end, margin)
        out.append(_window(sentences[start:end], core - start, core_end - start))
        start, core = following, core_end
    return out


def _overlap(sentences: Sequence[Sentence], start: int, end: int, margin: int) -> tuple[int, int]:
    """The sentence at which a window's core ends, and the one with which the next window begins."""
    if end == len(sentences):
        return end, end
    core_end, size = end, 0
    while core_end - 1 > start and size + len(sentences[core_end - 1].pieces) <= margin:
        core_end -= 1
        size += len(sentences[core_end].pieces)
    following, size = core_end, 0
    while following - 1 > start and size + len(sentences[following - 1].pieces) <= margin:
        following -= 1
        size += len(sentences[following].pieces)
    return core_end, following


def _window(sentences: Sequence[Sentence], core: int, core_end: int) -> Window:
    pieces, first, last = [BOS], [], []
    words: list[Span] = []
    bounds = [0]
    for i, sentence in enumerate(sentences):
        if i and sentence.paragraph != sentences[i - 1].paragraph:
            pieces.append(EOS)
        first += [len(pieces) + p for p in sentence.first]
        last += [len(pieces) + p for p in sentence.last]
        words += sentence.words
        pieces += sentence.pieces
        bounds.append(len(words))
    pieces.append(EOS)
    return Window(words, pieces, first, last, (bounds[core], bounds[core_end]))
