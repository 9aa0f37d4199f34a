"""Texts with the answer marked in them: ⟦s words⟧ source, ⟦u words⟧ cue, ⟦c words⟧ content; marks may nest."""

import re
from dataclasses import dataclass

from sagt.types import Span, Spans

_MARK = re.compile(r"⟦([a-z])\d? |⟧")


@dataclass(frozen=True)
class Specimen:
    """The text without marks, and the spans that were marked, by letter."""

    text: str
    spans: dict[str, Spans]

    def __getitem__(self, letter: str) -> Spans:
        return self.spans.get(letter, ())


def specimen(marked: str) -> Specimen:
    """Read a marked text."""
    text, held, at = "", [], 0
    spans: dict[str, list[Span]] = {}
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        at = match.end()
        if match[1]:
            held.append((match[1], len(text)))
        else:
            letter, start = held.pop()
            spans.setdefault(letter, []).append(Span(start, len(text)))
    return Specimen(text + marked[at:], {k: tuple(sorted(v)) for k, v in spans.items()})
