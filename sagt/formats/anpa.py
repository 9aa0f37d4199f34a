"""Wire text with control characters: ANPA 1312 (American agencies) and IPTC 7901 (European ones).

Both open with SOH, begin the text with STX and end it with ETX. ANPA: two SYN, service letter and number, then a line with
priority, category, slug, date and words; head lines begin with "^", paragraphs with a tab. IPTC 7901: one line of source, number,
priority, category, words; slugs before STX; headline on its line. Characters are Latin-1 unless they are UTF-8."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sagt.formats import NOTHING, Given, Unreadable, item
from sagt.formats.item import Draft
from sagt.formats.markup import Block, wrapped
from sagt.formats.text import decode
from sagt.types import Report, StampKind

ANPA = re.compile(r"[\x16\x01]{0,4}\x01?(?P<service>[a-zA-Z])(?P<number>\d{4})\x1f?(?P<selector>[\w-]*)\s*$")
SLUG = re.compile(
    r"(?P<priority>[a-zA-Z])\W{1,2}(?P<category>[a-zA-Z])?[\x11-\x14\s]*(?P<slug>(?:[a-zA-Z]{2}-)?\S.*?)\s+(?P<month>\d{1,2})-(?P<day>\d{1,2})\s+(?P<words>\d{0,5})\s*$"
)
IPTC = re.compile(
    r"\x01(?P<source>[a-zA-Z]{0,6})\s?(?P<number>\d{1,6})\s+(?P<priority>\d)\s+(?P<category>[a-zA-Z]{1,3})\s+(?P<words>\d+)\s*(?P<text>.*)$"
)
#: "AP-NY-02-20-16 0337GMT" under an ANPA text: month, day, year, hour and minute.
SIGNED = re.compile(r"[A-Z]{2,4}-[A-Z]{2}-(\d\d)-(\d\d)-(\d\d) (\d\d)(\d\d)GMT")
#: "212322 GMT Nov 18" under one of IPTC 7901: day, hour, minute, month, year.
DAY_GROUP = re.compile(r"\b(\d\d)(\d\d)(\d\d) (GMT|CET|CEST|MEZ|MESZ|UTC) ([A-Za-z]{3,4})\.? (\d\d)\b")
PRIVATE = re.compile(
    r"^\W*The following information is not (?:for|intended for) publication|^\W*Die folgenden Informationen sind nicht zur Ver", re.M
)
_NAMES = ("jan", "feb", "mar mär mrz", "apr", "may mai maj", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez des")
MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
#: Urgency of the IPTC by ANPA's letter of priority.
PRIORITY = {"f": 1, "b": 2, "u": 3, "r": 4, "d": 5, "a": 6, "s": 6, "z": 5}
_TRAILER = re.compile(r"[<=^]+\s*$")
_QUOTES = (("``", "“"), ("''", "”"))


@dataclass(slots=True)
class _Frame:
    """A message cut at its control characters."""

    header: list[str] = field(default_factory=list)
    text: str = ""
    trailer: str = ""
    closed: bool = True


def looks_like(head: str) -> bool:
    """True if `head` opens as a message does; also where a gateway dropped the control characters of ANPA's first line."""
    first = head.split("\n", 1)[0]
    return bool(re.match("[\x16\x01]", head)) or (bool(ANPA.match(first)) and first[5:6] in "\x1f-")


def read(payload: bytes, given: Given = NOTHING) -> Report:
    """The report that one message is. Raises Unreadable if it has no header of either standard."""
    decoded = decode(payload, given.encoding or _encoding(payload))
    frame = _frame(decoded.text)
    draft = Draft("anpa", faults=[fault.what for fault in decoded.faults if "Windows-1252" not in fault.what])
    if not frame.closed:
        draft.faults.append("no ETX: the message may be cut off")
    first = frame.header[0] if frame.header else ""
    if match := IPTC.match(first):
        draft.format = "iptc7901"
        _iptc(draft, match, frame)
    elif match := ANPA.match(first):
        _anpa(draft, match, frame)
    else:
        raise Unreadable("control characters of a wire, but no header of ANPA 1312 or IPTC 7901")
    return item.finish(draft, payload, given)


def _encoding(payload: bytes) -> str | None:
    try:
        payload.decode("utf-8")
        return None
    except UnicodeDecodeError:
        return "latin-1"


def _frame(text: str) -> _Frame:
    head, stx, rest = text.partition("\x02")
    if not stx:
        # Some systems strip STX: the text begins after the header lines.
        lines = head.split("\n")
        cut = 2 if ANPA.match(lines[0]) else next((i for i, line in enumerate(lines[1:], 1) if line.strip()), 1)
        head, rest = "\n".join(lines[:cut]), "\n".join(lines[cut:])
    body, etx, trailer = rest.partition("\x03")
    return _Frame([line.rstrip() for line in head.split("\n") if line.strip()], body, trailer, bool(etx))


def _anpa(draft: Draft, match: re.Match[str], frame: _Frame) -> None:
    draft.guid = match["service"] + match["number"]
    if len(frame.header) > 1 and (slug := SLUG.match(frame.header[1])):
        draft.slug, draft.section = re.sub("[\x00-\x1f]", "", slug["slug"]), slug["category"]
        draft.urgency = PRIORITY.get(slug["priority"].lower())
    lines = frame.text.split("\n")
    heads = [_TRAILER.sub("", line.lstrip("^ ")).strip() for line in lines if line.startswith("^")]
    draft.slug = heads[0] if heads and re.match(r"[A-Z]{2}-", heads[0]) else draft.slug
    rest = heads[1:] if heads and heads[0] == draft.slug else heads
    notes = [h for h in rest if re.match(r"(?:Eds?|EDS|EDITORS?|Editor'?s'?)\b.{0,20}:|EDITOR'S NOTE", h)]
    bylines = [h for h in rest if re.match(r"By [A-Z]", h)]
    draft.note, draft.byline = " ".join(notes) or None, bylines[0] if bylines else None
    titles = [h for h in rest if h not in notes and h not in bylines and not re.match(r"AP Photo|AP Video", h)]
    draft.title, draft.title_path = (titles[0] if titles else None), "text"
    body = "\n".join(line for line in lines if not line.startswith("^"))
    paragraphs = _paragraphs(body)
    draft.blocks = [Block(_quotes(p), "text") for p in paragraphs if not SIGNED.search(p) or len(p) > 60]
    signed = SIGNED.search(frame.text + frame.trailer)
    if signed:
        month, day, year, hour, minute = signed.groups()
        draft.dates = [(StampKind.PUBLISHED, f"20{year}-{month}-{day}T{hour}:{minute}Z")]
        draft.outlet = signed[0].split("-")[0]
    draft.agencies = [draft.outlet]


def _iptc(draft: Draft, match: re.Match[str], frame: _Frame) -> None:
    draft.guid, draft.urgency = f"{match['source']}{match['number']}", item.number(match["priority"])
    draft.section = match["category"]
    slugs = [line.strip(" /") for line in frame.header[1:]]
    draft.slug = " ".join(slugs) or None
    public, _, private = frame.text, "", ""
    if cut := PRIVATE.search(frame.text):
        public, private = frame.text[: cut.start()], frame.text[cut.end() :]
    headline, _, body = public.lstrip("\n").partition("\n")
    draft.title, draft.title_path = headline.strip() or None, "text"
    body, _, notes = body.partition("\n# Note")
    opening = re.match(r"\s*(?P<byline>(?:By|Von|Von unserem|Af|Av) [^\n]{2,80}?)\s*=\s*\n", body)
    if opening:
        draft.byline, body = opening["byline"], body[opening.end() :]
    lines = "\n".join(_TRAILER.sub("", line) for line in body.split("\n"))
    draft.blocks = [Block(_quotes(p), "text") for p in wrapped(re.sub(r"\n[*\s]{3,}\s*$", "\n", lines))]
    # What is not for publication (names and numbers of editors) is kept in the payload only.
    draft.note = " ".join(notes.split("\n", 1)[-1].split()) or None if notes else None
    draft.credit = match["text"].split()[0] if match["text"].split() else None
    draft.outlet = draft.credit or match["source"]
    draft.agencies = [draft.outlet]
    if group := DAY_GROUP.search(private + frame.trailer) or DAY_GROUP.search(frame.text[-400:]):
        day, hour, minute, zone, month, year = group.groups()
        number = MONTHS.get(month.lower()[:3])
        draft.dates = [(StampKind.PUBLISHED, f"20{year}-{number:02d}-{day}T{hour}:{minute} {zone}" if number else group[0])]


def _paragraphs(body: str) -> list[str]:
    """Paragraphs begin with a tab; what is set in columns keeps its lines."""
    if "\t" not in body:
        return wrapped(body)
    chunks = re.split(r"\n(?=\t)", "\n" + body)
    return [p for p in (" ".join(re.sub("[\x00-\x08\x0e-\x1f]", " ", chunk).split()) for chunk in chunks) if p and p != "___"]


def _quotes(paragraph: str) -> str:
    """Quotation marks as the wire's seven bits could not write them."""
    for typed, meant in _QUOTES:
        paragraph = paragraph.replace(typed, meant)
    return paragraph
