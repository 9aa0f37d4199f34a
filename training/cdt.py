"""Running text out of the Copenhagen Dependency Treebank's tagged files.

The treebank keeps a text as words in order; `running_text` puts back the spacing of a printed page by fixed rules, so that
stand-off annotations made on that text (training/annotations/) can be joined to the corpus again by anyone who has it.
The rules are part of the annotations: changing one moves offsets, which `read_text`'s caller notices by the digest.
"""

import html
import re
from pathlib import Path

_WORD = re.compile(r"<W [^>]*>([^<]*)</W>|<(p|/p|/s|div1)[ >]")
_NO_SPACE_BEFORE = {",", ".", ":", ";", "?", "!", ")", "...", "..", "%"}
_NO_SPACE_AFTER = {"("}


def header(path: Path) -> dict[str, str]:
    """Title, publisher and date of a tagged file; missing ones are empty."""
    text = path.read_text("utf-8").split("<text", 1)[0]

    def last(tag: str) -> str:
        found = re.findall(rf"<{tag}>([^<]*)</{tag}>", text)
        return html.unescape(found[-1]).strip() if found else ""

    return {"title": last("title"), "publisher": last("publisher"), "date": last("date")}


def read_text(path: Path) -> str:
    """The body of one .tag file as paragraphs of running text, parted by blank lines."""
    body = path.read_text("utf-8").split("<body>", 1)[-1]
    paragraphs: list[list[str]] = [[]]
    for match in _WORD.finditer(body):
        if match[2]:
            if match[2] in ("p", "div1"):
                paragraphs.append([])
        else:
            paragraphs[-1].append(html.unescape(match[1]).strip().replace("_", " "))
    return "\n\n".join(running_text(words) for words in paragraphs if words)


def running_text(words: list[str]) -> str:
    """Words of one paragraph with the spaces of print; straight quotation marks open and close by turns."""
    out, glue, quote_open = "", True, False
    words = [word for word in words if word]
    for i, word in enumerate(words):
        # An excerpt may begin inside a quotation: `hele tiden, " fortæller` closes, whatever came before.
        tag_follows = word == '"' and words[i - 1 : i] in ([","], ["?"], ["!"]) and words[i + 1 : i + 2][:1] > ["a"]
        opens = word == '"' and not quote_open and not tag_follows and i + 1 < len(words)
        closes = word == '"' and not opens
        if word == '"':
            quote_open = opens
        if not (glue or closes or word in _NO_SPACE_BEFORE):
            out += " "
        out += word
        glue = opens or word in _NO_SPACE_AFTER
    return out
