"""Reports as an Atom feed (RFC 4287): any search, to be subscribed to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit
from xml.sax.saxutils import escape, quoteattr

import sagt
from sagt.export.clean import for_cell
from sagt.export.extract import Entry, Extract, web_address

MEDIA = "application/atom+xml"
#: Characters of a first line that stands for a title.
LONGEST_TITLE = 500


def write(extract: Extract) -> Iterator[bytes]:
    """The feed. Its entries are as new as their reports' arrival, the newest first."""
    entries = list(extract.entries)
    address = extract.address or f"urn:sagt:feed:{quote(extract.title, safe='', errors='replace')}"
    yield b'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
    yield f"<id>{_text(address)}</id>\n<title>{_text(extract.title)}</title>\n".encode()
    updated = _utc(entries[0].stored.received) if entries else extract.stamp
    yield f"<updated>{updated}</updated>\n<author><name>sagt</name></author>\n".encode()
    yield f"<generator version={quoteattr(sagt.__version__)}>sagt</generator>\n".encode()
    if extract.address:
        yield f'<link rel="self" type="{MEDIA}" href={quoteattr(extract.address)}/>\n'.encode()
        if extract.limit and len(entries) == extract.limit:
            older = quoteattr(_older(extract.address, entries[-1].stored.seq))
            yield f'<link rel="next" type="{MEDIA}" href={older}/>\n'.encode()
    for entry in entries:
        yield "".join(_entry(entry, extract)).encode()
    yield b"</feed>\n"


def _entry(entry: Entry, extract: Extract) -> Iterator[str]:
    report = entry.stored.report
    outlet = report.outlet or "sagt"
    received = _utc(entry.stored.received)
    language = f" xml:lang={quoteattr(report.language)}" if report.language else ""
    yield f"<entry{language}>\n<id>{_text(extract.names.report(report.id))}</id>\n"
    yield f"<title>{_text(_title(entry))}</title>\n<updated>{received}</updated>\n"
    if published := _published(report.published):
        yield f"<published>{published}</published>\n"
    yield f"<author><name>{_text(outlet)}</name></author>\n"
    page = extract.names.report(report.id) if extract.names.home else None
    if first := web_address(report.url) or page:
        yield f'<link rel="alternate" href={quoteattr(first)}/>\n'
        if page and page != first:
            yield f'<link rel="related" title="sagt" type="text/html" href={quoteattr(page)}/>\n'
    for name in dict.fromkeys(report.agencies):
        yield f'<category scheme="urn:sagt:agency" term={quoteattr(for_cell(name))}/>\n'
    # What a report was taken from is the outlet's, not this feed's: without it, readers count many outlets as one.
    yield f"<source><id>{_text(extract.names.outlet(outlet))}</id><title>{_text(outlet)}</title><updated>{received}</updated></source>\n"
    yield f'<content type="html">{_text(_content(entry))}</content>\n</entry>\n'


def _title(entry: Entry) -> str:
    """The title, or the first line; whole, since readers know by that that it stands in the text, too."""
    report = entry.stored.report
    return report.title or next((line.strip() for line in report.text.splitlines() if line.strip()), report.id)[:LONGEST_TITLE]


def _content(entry: Entry) -> str:
    """The text, a paragraph for each line, without the title that stands above it anyway."""
    text = entry.stored.report.text
    title = entry.stored.report.title
    body = text[len(title) :] if title and text.startswith(title) else text
    return "".join(f"<p>{escape(line)}</p>" for line in map(str.strip, body.split("\n")) if line)


def _older(address: str, before: int) -> str:
    parts = urlsplit(address)
    query = [(key, value) for key, value in parse_qsl(parts.query) if key != "before"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("before", str(before))])))


def _published(given: str | None) -> str | None:
    try:
        moment = datetime.fromisoformat(given or "")
    except ValueError:
        return None
    return moment.isoformat(timespec="seconds") if moment.tzinfo and moment.utcoffset() is not None else None


def _utc(stored: str) -> str:
    return datetime.fromisoformat(stored).astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(words: str) -> str:
    return escape(for_cell(words))
