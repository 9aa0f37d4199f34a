"""What a report must not do to a screen: control characters made visible, marks of direction disarmed."""

from __future__ import annotations

import re

#: Marks that turn the direction of what follows; in a report they can make words read as others.
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f]")

_LOST = "\ufffd"
_CONTROLS: dict[int, str | int] = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"},  # Unicode's pictures of the control characters
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), _LOST),
    **dict.fromkeys(range(0xD800, 0xE000), _LOST),
    **dict.fromkeys((0xFFFE, 0xFFFF), _LOST),
}
_TERMINAL = _CONTROLS | {
    ord("\t"): "    ",
    **dict.fromkeys((0x2028, 0x2029, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080)), _LOST),
}


def for_page(text: str) -> str:
    """The text with each character that HTML cannot carry replaced by one that it can; line ends and tabs stay."""
    return text.translate(_CONTROLS)


def for_terminal(text: str) -> str:
    """The text without anything that a terminal obeys, save line ends."""
    return BIDI.sub(_LOST, text.translate(_TERMINAL))


def for_label(text: str) -> str:
    """The text on one line, for places that hold nothing but plain text: a window's title, a cell of a table."""
    return " ".join(for_terminal(text).split())


def for_cell(text: str) -> str:
    """The text for XML and tables, character for character: line ends and tabs stay, marks of direction do not."""
    return BIDI.sub(_LOST, for_page(text))
