"""Reports from bytes: tell the format by its content and have it read."""

from __future__ import annotations

import re
from collections.abc import Callable

from sagt.errors import InputError
from sagt.formats import Given, html, text
from sagt.types import Report

#: Bytes that are looked at to tell the format.
LOOK_AT = 4096
#: Tags of running text at which a payload without any <html> counts as HTML: plain text may speak of one or two.
FEWEST_TAGS = 3

_FORMATS: dict[str, Callable[[bytes, Given], Report]] = {"text": text.read, "html": html.read}
_DOCUMENT = re.compile(r"\s*(?:<\?xml[^<>]*>\s*|<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?(?:p|div|span|br|a|article|section|main|h[1-6]|ul|li|meta|link|script|table|img|strong|em|b|i)\b[^<>]*>", re.I)


def parse(
    payload: bytes,
    *,
    format: str | None = None,
    language: str | None = None,
    published: str | None = None,
    zone: str | None = None,
    outlet: str | None = None,
    encoding: str | None = None,
    name: str | None = None,
) -> list[Report]:
    """The reports in `payload`; what is given goes before what the payload says of itself.

    Raises InputError for an unknown format or encoding. Whatever cannot be read in the payload is a fault of its report.
    """
    given = Given(language=language, published=published, zone=zone, outlet=outlet, encoding=encoding, name=name)
    read = _FORMATS.get(format or sniff(payload, encoding))
    if read is None:
        raise InputError(f"unknown format {format!r}; known are {', '.join(sorted(_FORMATS))}")
    return [read(payload, given)]


def sniff(payload: bytes, encoding: str | None = None) -> str:
    """The name of the format that `payload` is in, by its first bytes."""
    head = text.decode(payload[:LOOK_AT], encoding).text
    if _DOCUMENT.match(head):
        return "html"
    # Plain text that quotes some markup does not begin with it.
    return "html" if head.lstrip().startswith("<") and len(_TAG.findall(head)) >= FEWEST_TAGS else "text"
