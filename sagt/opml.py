"""Lists of feeds as OPML 2.0: in from other readers, out to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from sagt.errors import InputError
from sagt.formats import Unreadable, xml


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed in a list."""

    address: str
    title: str | None = None
    section: str | None = None  #: the folders it lies in, outermost first, parted by "/"
    language: str | None = None


def read(payload: bytes) -> list[Outline]:
    """The feeds in a list, each address once. Raises InputError if it is no OPML."""
    try:
        root = xml.parse(payload).root
    except Unreadable as fault:
        raise InputError(f"no OPML: {fault}") from None
    if xml.local(root).lower() != "opml":
        raise InputError(f"no OPML: its root is {xml.local(root)!r}")
    body = xml.first(root, "body")
    found = {one.address: one for one in _walk(body if body is not None else root)}
    return list(found.values())


def _walk(element: etree._Element) -> Iterator[Outline]:
    # By hand, not by recursion: lists may be nested as deep as XML goes.
    waiting = [(element, "")]
    while waiting:
        parent, section = waiting.pop(0)
        for outline in xml.children(parent, "outline"):
            fields = {str(key).lower(): str(value).strip() for key, value in outline.attrib.items()}
            name = fields.get("title") or fields.get("text")
            if fields.get("xmlurl"):
                yield Outline(fields["xmlurl"], name or None, section or None, fields.get("language") or None)
            else:
                waiting.append((outline, f"{section}/{name}" if section and name else name or section))


def write(outlines: Iterable[Outline], title: str = "sagt") -> bytes:
    """A list of feeds, by section."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    folders = {"": etree.SubElement(root, "body")}
    for one in outlines:
        path = ""
        for name in filter(None, (one.section or "").split("/")):
            inner = f"{path}/{name}"
            if inner not in folders:
                folders[inner] = etree.SubElement(folders[path], "outline", text=name, title=name)
            path = inner
        called = one.title or one.address
        facts = {
            "type": "rss",
            "text": called,
            "title": called,
            "xmlUrl": one.address,
            **({"language": one.language} if one.language else {}),
        }
        etree.SubElement(folders[path], "outline", facts)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
