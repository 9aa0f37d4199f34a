"""The graph of hands as GraphML 1.0, for Gephi, yEd, NetworkX and the like."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from sagt.export.clean import for_cell
from sagt.export.extract import Extract
from sagt.export.hands import Edge, Node, graph

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
"""
#: What is told of nodes and of edges, and of which type it is.
NODE = {"kind": "string", "label": "string", "outlet": "string", "published": "string", "language": "string", "url": "string",
        "status": "string", "about": "string", "person": "int", "claim": "string", "act": "string", "stance": "string",
        "standing": "string", "origins": "int", "reports": "int"}  # fmt: skip
EDGE = {"tie": "string", "statement": "string", "origin": "int", "quoted": "boolean", "why": "string"}


def write(extract: Extract) -> Iterator[bytes]:
    """The graph, directed the way that the words went."""
    yield _HEAD.encode()
    for domain, keys in (("node", NODE), ("edge", EDGE)):
        for name, kind in keys.items():
            yield f'<key id="{domain}_{name}" for="{domain}" attr.name="{name}" attr.type="{kind}"/>\n'.encode()
    yield b'<graph id="record" edgedefault="directed">\n'
    for number, thing in enumerate(graph(extract)):
        yield (_node(thing) if isinstance(thing, Node) else _edge(number, thing)).encode()
    yield b"</graph>\n</graphml>\n"


def _node(one: Node) -> str:
    data = "".join(_data("node", key, value) for key, value in (("kind", one.kind.value), ("label", one.label), *one.facts))
    return f"<node id={quoteattr(one.id)}>{data}</node>\n"


def _edge(number: int, one: Edge) -> str:
    facts: dict[str, str | int] = {"tie": one.tie.value, "statement": one.statement, "origin": one.origin, "why": one.why}
    data = "".join(_data("edge", key, value) for key, value in facts.items() if value)
    data += _data("edge", "quoted", "true") if one.quoted else ""
    return f'<edge id="e{number}" source={quoteattr(one.start)} target={quoteattr(one.end)}>{data}</edge>\n'


def _data(domain: str, key: str, value: str | int) -> str:
    return f'<data key="{domain}_{key}">{escape(for_cell(str(value)))}</data>'
