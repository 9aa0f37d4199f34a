"""A Reading as text for a terminal: the report with its attributions marked, and a table of them.

The marks read without colour: [1 what is said], {1 who}, <1 the words of passing on>. A closing bracket repeats its number
when the reader may have lost sight of the opening one: "[1 {2 hun} <2 lovede>, [2 at …] 1]"."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from io import StringIO

from rich import box
from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sagt.clock import clock
from sagt.export.clean import for_label, for_terminal
from sagt.export.moments import in_both_clocks
from sagt.export.pieces import Mark, Part, hands, marks, pieces, torn, who, words_of
from sagt.types import Fault, Reading, Report, Time

_BRACKETS = {Part.CONTENT: "[]", Part.SOURCE: "{}", Part.CUE: "<>"}
_STYLES = {Part.CONTENT: "", Part.SOURCE: "bold", Part.CUE: "italic"}
#: Of the 256 colours, those that have a contrast of at least 3.9 to black and to white; neighbours differ in hue.
_HUES = (31, 161, 28, 98, 130)
#: Longer lines tire the eye; the table takes the whole width.
_MEASURE = 92
_NARROWEST = 24
#: Below this width a table has no room for words, and a list stands in for it.
_TABLE = 72
# A word with its brackets: a line is never broken between "[1" and what follows, nor before a closing "1]".
_UNIT = re.compile(r"\s*(?:[\[{<]\d+ )*\S+(?: \d+[\]}>])*\s*")


def show(reading: Reading, width: int, colour: bool) -> str:
    """The report, its faults, and its attributions, in lines of at most `width` cells, with ANSI colours if `colour`;
    the last line is ended.

    Nothing in the report reaches the terminal as a control character. `width` below 24 is taken as 24."""
    width = max(width, _NARROWEST)
    measure = min(width, _MEASURE)
    out = [*_head(reading, measure), Text(), *_lines(_marked(reading), measure)]
    shown = StringIO()
    console = _console(shown, width, colour)
    console.print(Text("\n").join(out), soft_wrap=True)
    if reading.attributions:
        console.print()
        console.print(_table(reading, width) if width >= _TABLE else Text("\n").join(_list(reading, width)))
    for heading, rows in _sections(reading):
        console.print()
        console.print(Text(heading, style="dim"))
        console.print(Text("\n").join(line for row in rows for line in _hanging(row, measure)), soft_wrap=True)
    return "\n".join(row.rstrip(" ") for row in shown.getvalue().split("\n"))


def _console(file: StringIO, width: int, colour: bool) -> Console:
    return Console(
        file=file,
        width=width,
        color_system="256" if colour else None,
        force_terminal=colour,
        no_color=not colour,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={},  # the caller decides, not the environment
    )


def _head(reading: Reading, width: int) -> Iterator[Text]:
    report = reading.report
    for words, style in ((report.title or (report.name if report.name != "-" else None), "bold"), (_credits(report), "dim")):
        if words:
            yield from _lines(Text(for_label(words), style=style), width)
    for fault in (*report.faults, *reading.faults):
        yield from _lines(Text(_fault(report, fault), style="color(161)"), width)


def _credits(report: Report) -> str:
    status = "" if report.status == "usable" else report.status.upper()
    credits = ", ".join(name for name in report.agencies if name != report.outlet)
    known = (status, report.outlet, credits, report.published, report.language, report.url)
    return " · ".join(one for one in known if one)


def _fault(report: Report, fault: Fault) -> str:
    where = f" ({fault.span.start}-{fault.span.end}: {words_of(report.text, (fault.span,))[:40]})" if fault.span else ""
    return for_label(f"! {fault.what}{where}")


def _style(number: int, more: str = "") -> str:
    return f"{more} color({_HUES[(number - 1) % len(_HUES)]})"


def _marked(reading: Reading) -> Text:
    """The text with brackets and colours, unbroken."""
    text = reading.report.text
    found = [mark for mark in marks(reading) if mark.part in _BRACKETS]
    bounds = sorted({end for mark in found for end in mark.span})
    out = Text()
    before: tuple[Mark, ...] = ()
    for piece in pieces(text, found):
        _close(out, (mark for mark in before if mark.span.end == piece.span.start), text, bounds)
        _open(out, (mark for mark in piece.marks if mark.span.start == piece.span.start))
        lead = piece.lead
        out.append(for_terminal(piece.span.of(text)), _style(lead.number, _STYLES[lead.part]) if lead else None)
        before = piece.marks
    _close(out, before, text, bounds)
    return out


def _open(out: Text, opening: Iterable[Mark]) -> None:
    for mark in opening:
        out.append(f"{_BRACKETS[mark.part][0]}{mark.number} ", _style(mark.number))


def _close(out: Text, closing: Iterable[Mark], text: str, bounds: list[int]) -> None:
    for mark in reversed(list(closing)):
        lost = _interrupted(mark, bounds) or "\n" in mark.span.of(text)
        out.append(f" {mark.number}" * lost + _BRACKETS[mark.part][1], _style(mark.number))


def _interrupted(mark: Mark, bounds: list[int]) -> bool:
    """True if another mark begins or ends within this one."""
    return bounds[bisect_right(bounds, mark.span.start)] < mark.span.end


def _lines(text: Text, width: int) -> Iterator[Text]:
    for paragraph in text.split("\n", allow_blank=True):
        for row in paragraph.divide(_breaks(paragraph.plain, width)):
            row.rstrip()
            yield row


def _breaks(line: str, width: int) -> list[int]:
    """Where to break a line that is wider than `width` cells; a word that fits on no line is cut."""
    out: list[int] = []
    used = 0
    for unit in _UNIT.finditer(line):
        start, words = unit.start(), unit[0]
        if used and used + cell_len(words.rstrip()) > width:
            out.append(start)
            used = 0
        for chunk in chop_cells(words.rstrip(), width)[:-1]:
            start += len(chunk)
            out.append(start)
            used = 0
        used += cell_len(line[start : unit.end()])
    return out


def _table(reading: Reading, width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, width=width, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="dim")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("who", max_width=width // 4, overflow="fold")
    table.add_column("act", no_wrap=True)
    table.add_column("what", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("chain", max_width=width // 4, overflow="fold")
    for number, cells in _rows(reading):
        table.add_row(Text(str(number), style=_style(number)), *map(Text, cells))
    return table


def _list(reading: Reading, width: int) -> Iterator[Text]:
    for number, (name, act, what, chain) in _rows(reading):
        yield from _lines(Text(f"{number} {name}: {act}", style=_style(number)), width)
        for words in filter(None, (what, chain)):
            row = Text(f"  {words}")
            row.truncate(width, overflow="ellipsis")
            yield row


def _sections(reading: Reading) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """What else there is, each as a heading and rows of (label, words); nothing of what there is not."""
    kinds: tuple[tuple[str, Iterable[tuple[str, str]]], ...] = (
        ("how and when", _manner(reading)),
        ("actors", _actors(reading)),
        ("times", _times(reading)),
        ("events", _events(reading)),
        ("to follow up", _promises(reading)),
        ("open questions", _questions(reading)),
    )
    for heading, found in kinds:
        if rows := [(label, for_label(words)) for label, words in found]:
            yield heading, rows


def _hanging(row: tuple[str, str], width: int) -> Iterator[Text]:
    """A row with its label in front and the further lines set in."""
    label, words = row
    for i, line in enumerate(_lines(Text(words), max(width - 4, _NARROWEST - 4))):
        yield Text(f"{label:>2}  " if i == 0 else "    ").append_text(line)


def _manner(reading: Reading) -> Iterator[tuple[str, str]]:
    text, zone = reading.report.text, clock(reading.report).zone
    numbers = {one.id: n for n, one in enumerate(reading.attributions, 1)}
    for number, one in enumerate(reading.attributions, 1):
        said = [f"nothing decides between {' and '.join(torn(reading, one))}"] if one.speaker and one.speaker.candidates else []
        if one.medium:
            said.append(one.medium.type.value + (f" ({one.medium.platform})" if one.medium.platform else ""))
        said += [f"said {_clocks(one.said, zone)}"] if one.said else []
        said += [f"due {_clocks(one.due, zone)}"] if one.due else []
        if one.answers and one.answers.to in numbers:
            said.append(f"answers {numbers[one.answers.to]}")
        said += [f"hedged: {', '.join(h.of(text) for h in one.hedges)}"] if one.hedges else []
        if said:
            yield str(number), "; ".join(said)


def _actors(reading: Reading) -> Iterator[tuple[str, str]]:
    text = reading.report.text
    for one in reading.actors:
        what = [one.source_class.value if one.source_class else one.kind.value, *one.roles]
        names = dict.fromkeys(" ".join(m.span.of(text).split()) for m in one.mentions)
        others = [name for name in names if name != one.name]
        also = f"; also {', '.join(others)}" if others else ""
        yield one.id, f"{one.name}: {', '.join(what)}; {len(one.mentions)} mention{'s' * (len(one.mentions) != 1)}{also}"


def _clocks(time: Time, zone: str) -> str:
    if time.start is None:
        return "at a time that is not told"
    own, other = in_both_clocks(time, zone)
    return f"{own} {time.zone}" + (f" ({other} {zone})" if other else "")


def _times(reading: Reading) -> Iterator[tuple[str, str]]:
    zone = clock(reading.report).zone
    for one in reading.times:
        if one.start is not None:
            relation = f"{one.relation}: " if one.relation else ""
            yield "", f"{one.span.of(reading.report.text)} = {relation}{_clocks(one, zone)}"


def _events(reading: Reading) -> Iterator[tuple[str, str]]:
    numbers = {one.id: str(n) for n, one in enumerate(reading.attributions, 1)}
    for one in reading.events:
        yield "", f"{words_of(reading.report.text, (one.span,))} (on the word of {numbers.get(one.on_word_of, 'the report itself')})"


def _promises(reading: Reading) -> Iterator[tuple[str, str]]:
    zone, names = clock(reading.report).zone, {actor.id: actor.name for actor in reading.actors}
    for one in reading.promises:
        due = f", due {_clocks(one.due, zone)}" if one.due else ""
        yield one.id, f"{one.kind}{due}: {names.get(one.actor or '', 'nobody named')}: {words_of(reading.report.text, one.what)}"


def _questions(reading: Reading) -> Iterator[tuple[str, str]]:
    for one in reading.questions:
        yield one.id, words_of(reading.report.text, one.asks)


def _rows(reading: Reading) -> Iterator[tuple[int, list[str]]]:
    text = reading.report.text
    for number, one in enumerate(reading.attributions, 1):
        cells = (who(text, one) or "-", one.act.value, words_of(text, one.content), " → ".join(hands(text, one)))
        yield number, [for_label(cell) for cell in cells]
