"""E-mail (RFC 5322, MIME): press releases as they arrive. The sender is who speaks; nobody has reported on it yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr

from sagt.formats import NOTHING, Given, Piece, Unreadable, item, markup
from sagt.formats.item import Draft
from sagt.formats.text import decode
from sagt.types import Report, StampKind

#: Fields with one of which a message begins.
BEGINS = re.compile(
    rb"(?:From |(?:Return-Path|Received|Delivered-To|Message-ID|MIME-Version|From|To|Subject|Date|X-[\w-]+|DKIM-Signature|ARC-[\w-]+"
    rb"|Reply-To|Content-Type):)",
    re.IGNORECASE,
)
_FIELD = re.compile(rb"^(?:From|To|Subject|Date|Message-ID|MIME-Version|Received):", re.IGNORECASE | re.MULTILINE)
_EACH = re.compile(rb"^From \S+ .*\d{4}\r?$\n", re.MULTILINE)
_SIGNATURE = re.compile(r"\n-- \n.*", re.DOTALL)


def looks_like(head: bytes) -> bool:
    """True if `head` opens with the fields of a message."""
    fields = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    return bool(BEGINS.match(head)) and len({m[0].lower() for m in _FIELD.finditer(fields)}) >= 3


def pieces(payload: bytes, given: Given) -> Iterator[Piece]:
    """The messages of an mbox; a single message is its own payload."""
    starts = [m.start() for m in _EACH.finditer(payload)] if payload.startswith(b"From ") else []
    if not starts:
        yield Piece(payload, "mail", given)
        return
    for start, end in zip(starts, [*starts[1:], len(payload)], strict=True):
        yield Piece(payload[start:end].split(b"\n", 1)[-1], "mail", given)


def read(payload: bytes, given: Given = NOTHING) -> Report:
    """The report that one message is. Raises Unreadable if it has no head."""
    try:
        message = message_from_bytes(payload, _class=EmailMessage, policy=policy.default)
        return item.finish(_draft(message), payload, given)
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError, AssertionError) as error:
        # The standard library's parser is strict about some fields that spam and old gateways write.
        raise Unreadable(f"not a message that can be read: {type(error).__name__}: {str(error)[:100]}") from None


def _draft(message: EmailMessage) -> Draft:
    draft = Draft(
        "mail", title=_field(message, "Subject"), guid=_field(message, "Message-ID"), language=_field(message, "Content-Language")
    )
    name, address = parseaddr(_field(message, "From") or "")
    draft.byline = draft.outlet = name or address.rpartition("@")[2] or None
    draft.dates = [(StampKind.PUBLISHED, _field(message, "Date"))]
    draft.ids = [_field(message, "X-Message-ID")]
    draft.title_path = "Subject"
    part = message.get_body(preferencelist=("html", "plain"))
    if part is None:
        draft.faults.append("a message without text")
        return draft
    text = _text(part, draft)
    draft.blocks = (
        markup.of_html(text, "html") if part.get_content_subtype() == "html" else markup.of_text(_SIGNATURE.sub("", text), "plain")
    )
    names = [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
    if names:
        draft.faults.append(f"attachments are kept in the payload only: {', '.join(names)[:200]}")
    return draft


def _text(part: MIMEPart, draft: Draft) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or None
    try:
        "".encode(charset or "utf-8")
    except (LookupError, ValueError):
        draft.faults.append(f"unknown charset {charset!r}")
        charset = None
    decoded = decode(raw, charset)
    draft.faults += [fault.what for fault in decoded.faults]
    return decoded.text


def _field(message: EmailMessage, name: str) -> str | None:
    value = message.get(name)
    return " ".join(str(value).split()) or None if value is not None else None
