"""Characters of wire items made fit to be read: mojibake, double escapes, invisible code points, letters in two pieces.

Every change is said in a fault. Plain text is never put through this: its offsets are the caller's own."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

import ftfy

#: Code points that show nothing: byte order mark, soft hyphen, zero-width space and joiners of words, marks of direction.
_INVISIBLE = re.compile("[\ufeff\u00ad\u200b\u2060-\u2064\u200e\u200f\u202a-\u202e\u2066-\u2069\u180e\u034f\ufff9-\ufffb]+")
#: Runs of variation selectors carry hidden data (C2PA text manifests, spec 2.4, A.8); a single one belongs to its character.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}|[\U000e0000-\U000e007f]+")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")
#: Entities of mark-up that was escaped once more than the format asks.
_ENTITY = re.compile(
    r"&(?:amp|apos|quot|lt|gt|nbsp|#\d{2,6}|#x[0-9a-fA-F]{2,5}|[aoAO]ring|aelig|AElig|oslash|Oslash|[aouAOU]uml|szlig|eacute);"
)
_LOOKS_BROKEN = re.compile("[\u0080-\u009f]|[ÂÃâÅÐð][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A stretch of text after cleaning."""

    text: str
    changes: tuple[str, ...] = ()  #: each as a sentence for a fault


def clean(text: str) -> Cleaned:
    """`text` as a reader sees it, with what had to be changed for that."""
    if text.isascii() and not _CONTROL.search(text) and "&" not in text:
        return Cleaned(text)
    changes: list[str] = []
    for step in (_unescaped, _mended, _visible, _composed):
        after, change = step(text)
        if after != text:
            changes.append(change)
            text = after
    return Cleaned(text, tuple(changes))


def _unescaped(text: str) -> tuple[str, str]:
    found = _ENTITY.search(text)
    return (
        (_ENTITY.sub(lambda m: html.unescape(m[0]), text), f"escaped twice: {found[0]} and the like were read as the characters they mean")
        if found
        else (text, "")
    )


def _mended(text: str) -> tuple[str, str]:
    if not _LOOKS_BROKEN.search(text):
        return text, ""
    mended = ftfy.fix_encoding(text)
    at = next((i for i, (a, b) in enumerate(zip(text, mended, strict=False)) if a != b), 0)
    return mended, f"mojibake: {text[at : at + 2]!r} was read as {mended[at : at + 1]!r}"


def _visible(text: str) -> tuple[str, str]:
    shown, count = _SELECTORS.subn("", text)
    shown, more = _INVISIBLE.subn("", shown)
    shown, controls = _CONTROL.subn(" ", shown)
    what = [name for name, any_ in (("invisible characters", count or more), ("control characters", controls)) if any_]
    return shown, f"{' and '.join(what)} were left out ({len(text) - len(shown) + controls} code points)"


def _composed(text: str) -> tuple[str, str]:
    if unicodedata.is_normalized("NFC", text):
        return text, ""
    return unicodedata.normalize("NFC", text), "letters written in two code points were put together"
