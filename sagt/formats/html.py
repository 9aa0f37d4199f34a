"""HTML pages: the text of the article, found by trafilatura, and what the page says of itself."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace

from lxml import etree
from lxml.html import HtmlElement, HTMLParser

from sagt import credits, language
from sagt.formats import NOTHING, Given, faults_of, html_head, identity
from sagt.formats.text import Decoded, decode
from sagt.types import Fault, Report

#: Characters and elements above which the plain text of the body is taken instead of trafilatura's article. Measured
#: 2026-11-22 on two busy cores: trafilatura takes 0.3 to 0.8 s for 10,000 paragraphs, links, cells or list items and 2 s for
#: 20,000 elements 200 deep; plain text of 300,000 paragraphs (15 MB) takes 3 s in all. Article pages have 500 to 5,000.
MOST_CHARACTERS = 2_000_000
MOST_ELEMENTS = 10_000
#: libxml2 drops what is nested deeper than 256 elements; from a little before that, containers are flattened first.
DEEPEST = 250
#: Characters at either end of a page that are searched for its charset and its end.
LOOK_AT = 8192

_HIDDEN = frozenset({"script", "style", "noscript", "template", "svg", "math", "iframe", "object", "select", "textarea", "button", "title"})
_BLOCKS = frozenset({  # cell, head, item, list, quote and row are trafilatura's own
    "address", "article", "aside", "blockquote", "body", "caption", "cell", "dd", "details", "dialog", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "item", "legend",
    "li", "list", "main", "nav", "ol", "option", "p", "pre", "quote", "row", "section", "summary", "table", "tbody", "td", "tfoot",
    "th", "thead", "tr", "ul",
})  # fmt: skip
_BREAKS = frozenset(("br", "lb"))
_CHARSET = re.compile(rb"<meta[^<>]{0,500}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_CONTAINERS = re.compile(
    r"</?(?:div|section|article|main|blockquote|ul|ol|li|dl|dd|dt|table|tbody|tr|td|th|center|form|fieldset)\b[^<>]*>", re.IGNORECASE
)
_OTHERS = re.compile(
    r"</?(?!(?:html|head|body|title|meta|link|script|style|noscript|template|textarea|p|br|h[1-6])\b)[a-z][^<>]*>", re.IGNORECASE
)
_WHITE = re.compile(r"[ \t\n\r\f\v]+")
_WHITE_RUNS = re.compile(" {2,}")
_BROKEN = re.compile(r" ?\n ?")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(slots=True)
class _Page:
    """A page while it is read."""

    source: str
    tree: HtmlElement | None = None
    faults: list[Fault] = field(default_factory=list)


def read(payload: bytes, given: Given = NOTHING) -> Report:
    """The report on the page `payload`; whatever could not be read is among its faults. InputError only for an unknown encoding."""
    decoded = _decoded(payload, given.encoding)
    page = _Page(decoded.text, faults=[Fault(fault.what) for fault in decoded.faults])  # their places are the source's, not the text's
    if not payload.strip():
        page.faults.append(Fault("empty: no text"))
    if _cut_off(page.source):
        page.faults.append(Fault("no end of the page: it may be cut off"))
    page.tree = _tree(page.source)
    about = html_head.About() if page.tree is None else html_head.about(page.tree)
    _flatten(page)
    text = _text(page)
    if payload.strip() and not text:
        page.faults.append(Fault("no text found in the page"))
    spoken, doubt = language.spoken(text, given.language, about.language)
    page.faults += [Fault(f"the page {doubt}")] if doubt else []
    return Report(
        id=identity(payload),
        text=text,
        format="html",
        outlet=given.outlet or about.outlet,
        agencies=credits.names(text),
        url=about.url or given.url,
        language=spoken,
        title=given.title or about.title,
        published=given.published or about.published,
        zone=given.zone,
        faults=(*faults_of(given), *page.faults, *about.faults),
        name=given.name,
    )


def _decoded(payload: bytes, encoding: str | None) -> Decoded:
    """The page's characters: by the caller's word, the mark at its start, UTF-8 if it is that, else by its meta charset."""
    first = decode(payload, encoding)
    declared = _CHARSET.search(payload[:LOOK_AT])
    if encoding or not declared or first.encoding != "windows-1252":
        return first
    name = declared[1].decode("ascii").lower()
    # Browsers, too, read Latin-1 as Windows-1252, and a page whose meta can be read as ASCII is not UTF-16.
    if name in ("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii", "windows-1252", "cp1252"):
        return replace(first, faults=())
    try:
        known = codecs.lookup(name).name
    except LookupError:
        return replace(first, faults=(*first.faults, Fault(f"unknown charset {name!r}")))
    return first if known.startswith(("utf", "cp1252")) else decode(payload, known)


def _cut_off(source: str) -> bool:
    """Ends within a tag, or opens <html> and never closes it."""
    opened = re.search("<html[ >]", source[:LOOK_AT], re.IGNORECASE)
    return source.rfind("<") > source.rfind(">") or bool(opened and "</html" not in source[-LOOK_AT:].lower())


def _flatten(page: _Page) -> None:
    """Make a paragraph of each container and drop the tags within lines, where the page is too deep for libxml2."""
    if page.tree is None or _depth(page.tree) < DEEPEST:
        return
    page.faults.append(Fault(f"nested {DEEPEST} elements deep or more: containers were flattened"))
    page.tree = _tree(_OTHERS.sub("", _CONTAINERS.sub("<p>", page.source)))


def _tree(source: str) -> HtmlElement | None:
    parser = HTMLParser(encoding="utf-8", recover=True, remove_comments=True, remove_pis=True, huge_tree=True)
    # As bytes: lxml refuses text that declares an encoding of its own.
    payload = _NOT_IN_XML.sub(" ", source).encode("utf-8", "replace")
    try:
        return etree.fromstring(payload, parser) if payload.strip() else None
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def _depth(tree: HtmlElement) -> int:
    deep = deepest = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        deep += 1 if event == "start" else -1
        deepest = max(deepest, deep)
    return deepest


def _text(page: _Page) -> str:
    if page.tree is None:
        return ""
    size = sum(1 for _ in page.tree.iter())
    plain = _plain(page.tree)
    if size > MOST_ELEMENTS or len(page.source) > MOST_CHARACTERS:
        page.faults.append(Fault(f"{size} elements, {len(page.source)} characters: too big to tell the article from the rest of the page"))
        return plain
    article = _article(page, page.tree)
    if not article and plain:
        page.faults.append(Fault("no article found: the text is all that the page shows"))
    return article or plain


def _article(page: _Page, tree: HtmlElement) -> str:
    """Trafilatura's article. It may change the tree."""
    # Imported here: it takes longer than all the rest of sagt, and most reports are no pages.
    from trafilatura import bare_extraction

    try:
        found = bare_extraction(tree, include_comments=False, with_metadata=False)
        body = getattr(found, "body", None)
        return "" if body is None else _plain(body)
    except Exception as error:  # hostile pages make it raise almost anything; the plain text is still there
        page.faults.append(Fault(f"trafilatura: {type(error).__name__}"))
        return ""


def _plain(tree: HtmlElement) -> str:
    """The text that the elements show, a block a paragraph, paragraphs parted by a blank line."""
    paragraphs: list[str] = []
    line: list[str] = []
    hidden = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        starts, tag = event == "start", element.tag
        if hidden or tag in _HIDDEN:
            hidden += 1 if starts else -1
        elif tag in _BLOCKS:
            _close(line, paragraphs)
        elif tag in _BREAKS and starts:
            line.append("\n")
        if not hidden:
            shown = element.text if starts else element.tail if element is not tree else None
            line.append(_WHITE.sub(" ", shown or ""))
    _close(line, paragraphs)
    return "\n\n".join(paragraphs)


def _close(line: list[str], paragraphs: list[str]) -> None:
    """Move what was gathered into `paragraphs`; two breaks in a row part paragraphs, too."""
    text = _BROKEN.sub("\n", _WHITE_RUNS.sub(" ", "".join(line)))
    line.clear()
    paragraphs += filter(None, (part.strip(" \n") for part in re.split(r"\n{2,}", text)))
