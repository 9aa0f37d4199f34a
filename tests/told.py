"""A reading from a text in which the network's part is marked, so that the rules alone are tested.

⟦s1 …⟧ source, ⟦u1 …⟧ cue, ⟦c1 …⟧ content of the first attribution, ⟦s2 …⟧ … of the second; ⟦p …⟧ ⟦o …⟧ ⟦l …⟧ names of a person,
an organisation, a place. Marks may nest."""

from __future__ import annotations

import re
from collections import defaultdict

from sagt import Report
from sagt.decode import Found, Name
from sagt.read import put_together
from sagt.types import Act, Attribution, Reading, Span

_MARK = re.compile(r"⟦([a-z])(\d?) |⟧")
_KINDS = {"p": "PER", "o": "ORG", "l": "LOC"}


def told(marked: str, language: str = "da", *, acts: str = "", **report: object) -> Reading:
    """The reading. `acts`: the network's acts by number, "2 denies, 3 asks"; states otherwise."""
    text, held, at = "", [], 0
    parts: dict[int, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    names = []
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        at = match.end()
        if match[1]:
            held.append((match[1], int(match[2] or 0), len(text)))
            continue
        letter, number, start = held.pop()
        span = Span(start, len(text))
        if letter in _KINDS:
            names.append(Name(span, _KINDS[letter], 0.9))
        else:
            parts[number][letter].append(span)
    text += marked[at:]
    act = {int(row.split()[0]): Act(row.split()[1]) for row in acts.split(",") if row.strip()}
    found = [Found(tuple(p["s"]), tuple(p["u"]), tuple(p["c"]), act.get(n, Act.STATES), False, 0.9) for n, p in sorted(parts.items())]
    return put_together(Report("x", text, language=language, **report), found, sorted(names, key=lambda n: n.span))  # type: ignore[arg-type]


def speakers(reading: Reading) -> list[str | None]:
    """Names of the speakers, in order of the attributions."""
    return [one.speaker.name if one.speaker else None for one in reading.attributions]


def carriers(one: Attribution) -> list[str | None]:
    """Names of the hands between speaker and outlet."""
    return [link.name for link in one.chain if link.role == "carrier"]
