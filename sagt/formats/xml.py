"""XML from strangers: no entities, no DTDs, no network; what is not well-formed is read as far as it goes, and says so."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from sagt.formats import Unreadable
from sagt.formats.text import decode

Element = etree._Element

_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,200}\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE\b[^\[>]*(\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_BARE = re.compile(r"&(?!#?\w{1,31};)")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_OWN = frozenset(("amp", "lt", "gt", "quot", "apos"))
#: Characters at the start in which a document type, and with it entities, may be declared.
LOOK_AT = 20_000


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document and what was wrong with it."""

    root: Element
    faults: tuple[str, ...] = ()


def parse(payload: bytes, encoding: str | None = None) -> Parsed:
    """The document in `payload`. Raises Unreadable if there is none, or if it declares entities of its own."""
    if b"<!ENTITY" in payload[:LOOK_AT].upper().replace(b"\x00", b""):
        raise Unreadable("XML that declares entities is not read: they can blow up to any size or reach for files")
    if encoding is None:
        try:
            return Parsed(etree.fromstring(payload, _parser(recover=False)))
        except (etree.LxmlError, ValueError):
            pass
    return _mended(payload, encoding)


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False, huge_tree=False,
        remove_comments=True, remove_pis=True, recover=recover,
    )  # fmt: skip


def _mended(payload: bytes, encoding: str | None) -> Parsed:
    decoded = decode(payload, encoding or _declared(payload))
    faults = [fault.what for fault in decoded.faults]
    source = _DECLARATION.sub("", decoded.text.lstrip("\ufeff"), count=1)
    named = _BARE.sub("&amp;", _NAMED.sub(_character, _NOT_IN_XML.sub(" ", source)))
    if named != source:
        faults.append("not XML: characters or entities that XML does not have were replaced")
    whole = _DOCTYPE.sub("", named, count=1).lstrip().encode("utf-8")
    try:
        return Parsed(etree.fromstring(whole, _parser(recover=False)), tuple(faults))
    except (etree.LxmlError, ValueError) as error:
        faults.append(f"not well-formed XML, read as far as it goes: {str(error)[:120]}")
    try:
        root = etree.fromstring(whole, _parser(recover=True))
    except (etree.LxmlError, ValueError):
        root = None
    if root is None:
        raise Unreadable(faults[-1].replace(", read as far as it goes", ""))
    return Parsed(root, tuple(faults))


def _declared(payload: bytes) -> str | None:
    """The encoding that the document claims, unless it claims UTF-8: then what is wrong with it is found out by `decode`."""
    found = re.match(rb"\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})", payload)
    name = found[1].decode("ascii").lower() if found else ""
    try:
        "".encode(name or "?")
    except (LookupError, ValueError):
        return None
    return None if name.replace("-", "").replace("_", "") in ("utf8", "utf16", "usascii", "ascii") else name


def _character(match: re.Match[str]) -> str:
    if match[1] in _OWN:
        return match[0]
    return html.escape(html.unescape(match[0]))


def local(element: Element | None) -> str:
    """The element's name without its namespace; empty for what is no element."""
    tag = element.tag if element is not None else None
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, *names: str) -> Iterator[Element]:
    """Its children of these local names, of any namespace; all of its child elements where no name is given."""
    for child in element if element is not None else ():
        if isinstance(child.tag, str) and (not names or local(child) in names):
            yield child


def first(element: Element | None, *path: str) -> Element | None:
    """The first element that the path of local names leads to, whatever branch it is in."""
    if element is None or not path:
        return element
    for child in children(element, path[0]):
        found = first(child, *path[1:])
        if found is not None:
            return found
    return None


def every(element: Element | None, *path: str) -> Iterator[Element]:
    """All elements that the path of local names leads to."""
    if not path:
        if element is not None:
            yield element
        return
    for child in children(element, path[0]):
        yield from every(child, *path[1:])


def words(element: Element | None) -> str | None:
    """All text in the element on one line; None if there is none, or it is marked nil (by whatever namespace: some misspell it)."""
    if element is None or nil(element):
        return None
    return " ".join("".join(map(str, element.itertext())).split()) or None


def nil(element: Element) -> bool:
    """Marked xsi:nil. One wire spells the namespace wrong, so only the local name counts."""
    return any(str(name).rpartition("}")[2] == "nil" and str(value).strip() in ("true", "1") for name, value in element.attrib.items())


def path(element: Element) -> str:
    """Where it stands: an XPath of local names with positions."""
    steps: list[str] = []
    at: Element | None = element
    while at is not None:
        parent = at.getparent()
        twins = list(children(parent, local(at))) if parent is not None else [at]
        steps.append(local(at) + (f"[{twins.index(at) + 1}]" if len(twins) > 1 else ""))
        at = parent
    return "/" + "/".join(reversed(steps))


def source(element: Element) -> bytes:
    """The element as a document of its own, in UTF-8."""
    return etree.tostring(element, encoding="utf-8", with_tail=False)
