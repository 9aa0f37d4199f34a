"""Plain text: bytes of any encoding to the characters that all spans count in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sagt import credits, language
from sagt.errors import InputError
from sagt.formats import NOTHING, Given, Unreadable, identity
from sagt.types import Fault, Report, Span

#: Stray places that are named one by one; of more, the last fault tells how many.
MOST_FAULTS = 20
#: Characters kept of what is no text at all.
BINARY_KEPT = 100_000
#: Share of control characters from which a payload is no text. Wire copy with ANPA marks stays far below one in a hundred.
BINARY_SHARE = 0.02
#: Bytes (and characters) looked at to tell UTF-16 and binary data.
LOOK_AT = 8192

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_STRAY = re.compile("[\udc80-\udcff]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_NULS = re.compile("\x00+")


def _windows_1252(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)  # five bytes have no character there; browsers read them as C1 controls, too


_WINDOWS_1252 = {byte: _windows_1252(byte) for byte in range(0x80, 0x100)}
_STRAY_1252 = {0xDC00 + byte: character for byte, character in _WINDOWS_1252.items()}


@dataclass(frozen=True, slots=True)
class Decoded:
    """The characters of a payload, and what was doubtful in them."""

    text: str
    encoding: str  #: the one it was read in
    faults: tuple[Fault, ...] = ()
    binary: bool = False  #: no text at all


def read(payload: bytes, given: Given = NOTHING) -> Report:
    """The report that `payload` is; what could not be read is among its faults.

    Raises Unreadable for binary data, InputError for an unknown encoding."""
    decoded = decode(payload, given.encoding)
    if decoded.binary:
        raise Unreadable("binary data, no text")
    text = decoded.text
    faults = decoded.faults if payload else (Fault("empty: no text"),)
    return Report(
        id=identity(payload),
        text=text,
        format="text",
        outlet=given.outlet,
        agencies=credits.names(text),
        language=language.spoken(text, given.language)[0],
        title=given.title,
        published=given.published,
        zone=given.zone,
        faults=faults,
        name=given.name,
    )


def decode(payload: bytes, encoding: str | None = None) -> Decoded:
    """`payload` as text, line ends made "\\n" and nothing else changed; a mark of the byte order at its start is no text.

    Without `encoding` it is told from the mark, from the pattern of NULs, or as UTF-8, then Windows-1252.
    Raises InputError if `encoding` is not one that Python knows.
    """
    asked = None if encoding is None else _known(encoding)
    mark, marked = next(((mark, name) for mark, name in _MARKS if payload.startswith(mark)), (b"", None))
    decoded = _in(payload[len(mark) :], marked or asked or _wide(payload) or "utf-8")
    contradiction = asked and marked and not marked.startswith(asked)
    doubt = (Fault(f"given as {asked}, but marked as {marked}; read as {marked}"),) if contradiction else ()
    return _checked(Decoded(decoded.text, decoded.encoding, doubt + decoded.faults))


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        b" ".decode(name, "replace")  # LookupError for codecs that do not make text (hex, zip)
    except UnicodeError:
        pass  # a text encoding, in which one byte is too little
    except (LookupError, ValueError) as error:
        raise InputError(f"unknown encoding {encoding!r}; say for example utf-8, utf-16, windows-1252") from error
    return {"utf-8-sig": "utf-8"}.get(name, name)


def _wide(payload: bytes) -> str | None:
    """UTF-16 without a mark: in Latin script every second byte is NUL, and hardly any of the others."""
    head = payload[:LOOK_AT]
    even, odd = head[0::2], head[1::2]
    if len(head) < 4 or len(payload) % 2:
        return None
    high, low = odd.count(0) / len(odd), even.count(0) / len(even)
    if max(high, low) < 0.5 or min(high, low) > 0.05:
        return None
    return "utf-16-le" if high > low else "utf-16-be"


def _in(payload: bytes, encoding: str) -> Decoded:
    if encoding == "utf-8":
        return _utf_8(payload)
    try:
        return Decoded(_lines(payload.decode(encoding)), encoding)
    except (UnicodeError, ValueError, OverflowError):
        pass
    try:
        text = _lines(payload.decode(encoding, "replace"))
    except (UnicodeError, ValueError, OverflowError):
        # Some codecs (idna, utf-16 of odd kinds) cannot go on after an error.
        decoded = _utf_8(payload)
        return Decoded(decoded.text, decoded.encoding, (Fault(f"not {encoding}; read as {decoded.encoding}"), *decoded.faults))
    places = [Span(*match.span()) for match in re.finditer("\ufffd+", text)]
    return Decoded(text, encoding, _named(f"bytes that are not {encoding}", places))


def _utf_8(payload: bytes) -> Decoded:
    """UTF-8; stray bytes within it, or all of it where they are as many, are read as Windows-1252."""
    text = _lines(payload.decode("utf-8", "surrogateescape"))
    stray = [Span(*match.span()) for match in _STRAY.finditer(text)]
    if not stray:
        return Decoded(text, "utf-8")
    strays = sum(end - start for start, end in stray)
    # Counted in letters, not bytes: a lead byte and its followers together are one proof of UTF-8.
    proofs = sum(1 for character in text if character > "\x7f") - strays
    if proofs > strays:
        return Decoded(text.translate(_STRAY_1252), "utf-8", _named("bytes that are not UTF-8, read as Windows-1252", stray))
    whole = _lines(payload.decode("latin-1")).translate(_WINDOWS_1252)
    return Decoded(whole, "windows-1252", (Fault("not UTF-8; read as Windows-1252"),))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _named(what: str, places: list[Span]) -> tuple[Fault, ...]:
    faults = tuple(Fault(what, place) for place in places[:MOST_FAULTS])
    more = len(places) - MOST_FAULTS
    return (*faults, Fault(f"{what}: in {more} more places")) if more > 0 else faults


def _checked(decoded: Decoded) -> Decoded:
    """The same with what no store can keep (NUL, lone surrogates) replaced one for one, and binary data cut off."""
    text, faults = decoded.text, list(decoded.faults)
    head = text[:LOOK_AT]
    binary = len(_CONTROL.findall(head)) > BINARY_SHARE * len(head)
    if binary:
        faults = [Fault(f"binary data: {len(text)} characters, of which {min(len(text), BINARY_KEPT)} are kept")]
        text = text[:BINARY_KEPT]
    elif "\x00" in text:
        faults += _named("binary NUL", list(_nuls(text)))
    text = _SURROGATE.sub("\ufffd", text.replace("\x00", "\ufffd"))
    return Decoded(text, decoded.encoding, tuple(faults), binary)


def _nuls(text: str) -> Iterator[Span]:
    for match in _NULS.finditer(text):
        yield Span(*match.span())
