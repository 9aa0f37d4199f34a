"""Exports by command and over HTTP, each read by somebody else's reader, and by our own where there is one."""

from __future__ import annotations

import csv
import io
import json
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import icalendar
import jsonschema
import networkx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rdflib
from fastapi.testclient import TestClient
from lxml import etree, html
from press import OUT, row
from prov.model import ProvDerivation, ProvDocument
from rdflib.namespace import RDF
from referencing import Registry, Resource

from sagt import Reader, exporting, parse
from sagt.cli import main
from sagt.desk import downloads
from sagt.desk.app import create_app
from sagt.desk.service import Desk
from sagt.desk.settings import Settings
from sagt.export.extract import Entry, Extract, Part, Rows
from sagt.export.formats import FORMATS
from sagt.ledger import Ledger, Payload
from sagt.promises import Outcome, Proposal
from sagt.search import Query
from sagt.standing import Standing
from sagt.store import Store

ROOT = Path(__file__).parents[1]
HOME = "http://127.0.0.1:8420"
SCHEMA = rdflib.Namespace("https://schema.org/")
OA = rdflib.Namespace("http://www.w3.org/ns/oa#")
ATOM = "{http://www.w3.org/2005/Atom}"
#: What breaks formats: a formula, mark-up, the end of CDATA, a control character, marks of direction, a separator of lines, and much of it.
HOSTILE = '=HYPERLINK("https://evil.example/")<script>alert(1)</script>]]>&\x07\x1b[2J\u202e\u2066\u2028"\';\r\n' + "å" * 5000
LATER = json.dumps({
    "id": "later-1", "outlet": "Ritzau", "date": "2026-03-05T09:00:00+01:00", "language": "da", "url": "https://ritzau.example/9",
    "title": "Færgen sejler igen",
    "text": "Færgen sejler igen\n\n- Færgen sejler fra på mandag, lover havnefoged Mads Bro.\n\n- =1+1 er 2, siger han.",
}, ensure_ascii=False).encode()  # fmt: skip


@pytest.fixture(scope="module")
def ledger(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with Store(f"sqlite:///{tmp_path_factory.mktemp('exports')}/press.db") as store:
        made = Ledger(store, lambda: reader)
        list(made.add(Payload(payload) for payload in (*map(row, OUT), LATER)))
        made.read_new()
        yield made


@pytest.fixture(scope="module")
def browser(ledger: Ledger) -> Iterator[TestClient]:
    with TestClient(create_app(Desk(ledger.store, ledger), Settings(limits=None)), base_url=HOME) as client:
        yield client


@pytest.fixture
def command(ledger: Ledger, tmp_path: Path) -> Callable[..., bytes]:
    """`sagt export` with these words, as a user types it; what it wrote."""

    def run(*words: object) -> bytes:
        file = tmp_path / "out"
        assert main(["export", *map(str, words), "--db", str(ledger.store.url), "-o", str(file)]) == 0
        return file.read_bytes()

    return run


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a reader went to the network")

    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket.socket, "connect", refused)


# ---- lines and tables -------------------------------------------------------------------------------------------------------------------


def test_lines_of_reports_are_read_again_as_the_same_reports(command: Callable[..., bytes], ledger: Ledger) -> None:
    written = command("jsonl")
    records = [json.loads(line) for line in written.splitlines()]
    assert [record["report"]["id"] for record in records] == [one.report.id for one in reversed(ledger.store.reports())]
    assert [one.text for one in parse(written)] == [record["report"]["text"] for record in records]
    assert all(record["attributions"] for record in records)


def test_lines_of_statements_and_of_passages(command: Callable[..., bytes], ledger: Ledger) -> None:
    told = {one.statement.id: one for one in ledger.statements()}
    statements = [json.loads(line) for line in command("jsonl", "--statements").splitlines()]
    assert sorted(record["id"] for record in statements) == sorted(told), "each once, though reports of several parts pass it on"
    passages = [json.loads(line) for line in command("jsonl", "--passages").splitlines()]
    assert len(passages) == sum(len(one.statement.members) for one in told.values())
    for record in passages:
        text = ledger.store.find(record["report"]).report.text
        assert record["content"] == " … ".join(text[start:end] for start, end in record["spans"])


def table(written: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file, which must keep RFC 4180: CRLF after every record, as many cells in each."""
    text = written.decode("utf-8")
    assert text.endswith("\r\n")
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert all(len(cells) == len(head) for cells in rows)
    return [dict(zip(head, cells, strict=True)) for cells in rows]


@pytest.mark.parametrize("rows", Rows)
def test_a_table_is_the_same_in_csv_and_in_parquet(command: Callable[..., bytes], rows: Rows) -> None:
    cells = table(command("csv", f"--{rows.value}"))
    parquet = pq.read_table(pa.BufferReader(command("parquet", f"--{rows.value}")))
    assert len(cells) == parquet.num_rows > 0
    for ours, theirs in zip(cells, parquet.to_pylist(), strict=True):
        assert {key: value.removeprefix("'") for key, value in ours.items()} == {key: as_csv(value) for key, value in theirs.items()}


def as_csv(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return " | ".join(value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds")
    return str(value)


def test_statements_as_a_table(command: Callable[..., bytes]) -> None:
    rows = {one["content"]: one for one in table(command("csv"))}
    said = rows["The harbour bridge will open again before Christmas"]
    assert (said["actor"], said["carriers"], said["outlets"]) == ("Karen Holt", "AP", "AP | Ritzau | Nordposten")
    assert (said["reports"], said["origins"], said["standing"]) == ("3", "1", "single origin")
    assert said["first"] == "2026-03-02T05:40:00+00:00"


def test_a_spreadsheet_sees_no_formula(command: Callable[..., bytes]) -> None:
    [cell] = [one["content"] for one in table(command("csv", "--passages")) if "1+1" in one["content"]]
    assert cell == "'=1+1 er 2"
    assert not [cell for one in table(command("csv")) for cell in one.values() if cell.startswith(("=", "+", "-", "@", "\t"))]


def test_a_parquet_table_of_reports_is_read_again(command: Callable[..., bytes], ledger: Ledger) -> None:
    again = parse(command("parquet", "--reports"))
    assert [(one.text, one.outlet, one.published) for one in again] == [
        (one.report.text, one.report.outlet, one.report.published) for one in reversed(ledger.store.reports())
    ]


# ---- JSON-LD ----------------------------------------------------------------------------------------------------------------------------

#: What our annotations use of the context of Web Annotation, in our own words: names, and which of them hold addresses.
ANNO = {
    "oa": str(OA), "dc": "http://purl.org/dc/elements/1.1/", "dcterms": "http://purl.org/dc/terms/", 
    "as": "http://www.w3.org/ns/activitystreams#",
    "id": "@id", "type": "@type", "Annotation": "oa:Annotation", "SpecificResource": "oa:SpecificResource", "TextualBody": "oa:TextualBody",
    "TextPositionSelector": "oa:TextPositionSelector", "TextQuoteSelector": "oa:TextQuoteSelector",
    "AnnotationCollection": "as:OrderedCollection", "AnnotationPage": "as:OrderedCollectionPage", "Software": "as:Application",
    "Text": "http://purl.org/dc/dcmitype/Text", "body": {"@id": "oa:hasBody", "@type": "@id"},
    "target": {"@id": "oa:hasTarget", "@type": "@id"},
    "source": {"@id": "oa:hasSource", "@type": "@id"}, "selector": {"@id": "oa:hasSelector", "@type": "@id"},
    "scope": {"@id": "oa:hasScope", "@type": "@id"}, "motivation": {"@id": "oa:motivatedBy", "@type": "@vocab"},
    "purpose": {"@id": "oa:hasPurpose", "@type": "@vocab"}, "describing": "oa:describing", "identifying": "oa:identifying",
    "classifying": "oa:classifying", "linking": "oa:linking", "start": "oa:start", "end": "oa:end", "exact": "oa:exact",
    "prefix": "oa:prefix",
    "suffix": "oa:suffix", "styleClass": "oa:styleClass", "value": "http://www.w3.org/1999/02/22-rdf-syntax-ns#value",
    "format": "dc:format", "language": "dc:language", "generator": {"@id": "as:generator", "@type": "@id"}, "generated": "dcterms:issued",
    "name": "http://xmlns.com/foaf/0.1/name", "label": "http://www.w3.org/2000/01/rdf-schema#label",
    "first": {"@id": "as:first", "@type": "@id"}, "items": {"@id": "as:items", "@type": "@id", "@container": "@list"},
    "startIndex": "as:startIndex", "total": "as:totalItems",
}  # fmt: skip


@pytest.mark.usefixtures("offline")
def test_annotations_point_at_the_words_that_they_quote(command: Callable[..., bytes], ledger: Ledger) -> None:
    written = json.loads(command("annotations"))
    assert written["@context"] == "http://www.w3.org/ns/anno.jsonld"
    graph = rdflib.Graph().parse(data=json.dumps(written | {"@context": ANNO}), format="json-ld")
    found = list(graph.subjects(RDF.type, OA.Annotation))
    assert len(found) == written["total"] == sum(len(read(ledger, one).attributions) for one in ledger.store.reports())
    parts = set()
    for target in graph.objects(None, OA.hasTarget):
        text = ledger.store.find(str(graph.value(target, OA.hasSource)).removeprefix("urn:sagt:")).report.text
        by = {graph.value(one, RDF.type): one for one in graph.objects(target, OA.hasSelector)}
        position, quotation = by[OA.TextPositionSelector], by[OA.TextQuoteSelector]
        start, end = (graph.value(position, name).toPython() for name in (OA.start, OA.end))
        before, exact, after = (str(graph.value(quotation, name)) for name in (OA.prefix, OA.exact, OA.suffix))
        assert text[start:end] == exact
        assert text[:start].endswith(before) and text[end:].startswith(after)
        assert text.count(before + exact + after) == 1
        parts.add(str(graph.value(target, OA.styleClass)))
    assert parts == {"source", "cue", "content", "carrier"}


def read(ledger: Ledger, stored: Any) -> Any:
    found = ledger.store.reading_of(stored)
    assert found is not None
    return found


def test_what_people_say_is_no_attribution_is_not_annotated(command: Callable[..., bytes], ledger: Ledger) -> None:
    report = ledger.store.reports()[-1].report.id
    number = ledger.judge("attribution", "no", [f"{report}:a1"], "tester")
    without = [one["id"] for one in json.loads(command("annotations"))["first"]["items"]]
    ledger.undo(number, "tester")
    assert f"urn:sagt:{report}#a1" not in without
    assert f"urn:sagt:{report}#a1" in [one["id"] for one in json.loads(command("annotations"))["first"]["items"]]


@pytest.mark.usefixtures("offline")
def test_claims_quotations_and_articles_of_schema_org(command: Callable[..., bytes], ledger: Ledger) -> None:
    graph = rdflib.Graph().parse(data=command("schema-org"), format="json-ld")
    kinds = {str(one).removeprefix(str(SCHEMA)) for one in graph.objects(None, RDF.type)}
    assert kinds == {"Claim", "Quotation", "NewsArticle", "Person", "Organization"}, "and no ClaimReview: nothing is found true or false"
    articles = set(graph.subjects(RDF.type, SCHEMA.NewsArticle))
    assert len(articles) == len(ledger.store.reports())
    told = {one.statement.claim: one for one in ledger.statements()}
    claims = list(graph.subjects(RDF.type, SCHEMA.Claim))
    assert {str(one).removeprefix("urn:sagt:claim:") for one in claims} == set(told)
    for claim in claims:
        assert set(graph.objects(claim, SCHEMA.appearance)) <= articles
        assert graph.value(claim, SCHEMA.firstAppearance) in set(graph.objects(claim, SCHEMA.appearance))
        stands = told[str(claim).removeprefix("urn:sagt:claim:")].stands
        assert stands is not None and str(graph.value(claim, rdflib.URIRef("urn:sagt:term:standing"))) == stands.standing.value
    [quotation] = [one for one in graph.subjects(RDF.type, SCHEMA.Quotation) if "eleven months" in str(graph.value(one, SCHEMA.text))]
    assert str(graph.value(graph.value(quotation, SCHEMA.spokenByCharacter), SCHEMA.name)) == "Karen Holt"
    assert len(set(graph.objects(quotation, SCHEMA.isPartOf))) == 4


# ---- where it came from -----------------------------------------------------------------------------------------------------------------


def test_provenance(command: Callable[..., bytes], ledger: Ledger) -> None:
    document = ProvDocument.deserialize(content=command("prov").decode(), format="json")
    [said] = [one for one in ledger.statements() if one.statement.first.passage.content.startswith("The harbour bridge")]
    assert f"wasAttributedTo(statement:{said.statement.id}, actor:{said.statement.actor.id})" in document.get_provn()
    reports = {item.outlet: f"report:{item.id.removeprefix('sha256:')}" for item in said.statement.reports}
    derived = {
        (str(one.args[0]), str(one.args[1]), next((str(t) for t in one.get_asserted_types()), ""))
        for one in document.get_records(ProvDerivation)
    }
    assert (reports["Ritzau"], reports["AP"], "") in derived, "Ritzau has it from AP"
    assert (reports["Ritzau"], f"statement:{said.statement.id}", "") in derived
    assert any(kind == "prov:Quotation" for _, _, kind in derived)
    names = {str(one.identifier) for one in document.get_records() if one.identifier}
    assert {end for start, to, _ in derived for end in (start, to)} <= names, "nothing hangs in the air"
    assert len(document.get_provn()) > 1000


def test_a_take_is_a_revision(reader: Reader, tmp_path: Path) -> None:
    first = {
        "uri": "urn:x:1", "type": "text", "language": "da", "headline": "Bro", "versioncreated": "2026-03-02T08:00:00Z", "version": "1",
        "copyrightholder": "Nordposten", "body_text": "Broen lukker, siger borgmester Karen Holt.",
    }  # fmt: skip
    again = {"version": "2", "versioncreated": "2026-03-02T09:00:00Z", "body_text": "Broen lukker fredag, siger borgmester Karen Holt."}
    with Store(f"sqlite:///{tmp_path}/takes.db") as store:
        ledger = Ledger(store, lambda: reader)
        list(ledger.add(Payload(json.dumps(one).encode()) for one in (first, first | again)))
        ledger.read_new()
        one, two = (f"report:{stored.report.id.removeprefix('sha256:')}" for stored in store.reports())
        written = b"".join(FORMATS["prov"].write(exporting.extract(ledger, exporting.Choice()))).decode()
        graph = networkx.parse_graphml(b"".join(FORMATS["graphml"].write(exporting.extract(ledger, exporting.Choice()))).decode())
    document = ProvDocument.deserialize(content=written, format="json")
    assert (two, one, "prov:Revision") in {
        (str(r.args[0]), str(r.args[1]), next((str(t) for t in r.get_asserted_types()), "")) for r in document.get_records(ProvDerivation)
    }
    assert ("replaced by", one, two) in {(data["tie"], start, end) for start, end, data in graph.edges(data=True)}


def test_the_graph_of_hands(command: Callable[..., bytes], ledger: Ledger) -> None:
    written = command("graphml")
    declared = {one.get("id") for one in etree.fromstring(written).iter("{*}key")}
    assert {one.get("key") for one in etree.fromstring(written).iter("{*}data")} <= declared
    graph = networkx.parse_graphml(written.decode())
    assert all(data for _, data in graph.nodes(data=True)), "every end of an edge is a node with something told of it"
    [said] = [node for node, data in graph.nodes(data=True) if data["label"].startswith("The harbour bridge")]
    assert [graph.nodes[node]["label"] for node in graph.predecessors(said)] == ["Karen Holt"]
    printed = {graph.nodes[node]["outlet"] for node in networkx.descendants(graph, said) if graph.nodes[node]["kind"] == "report"}
    assert {"AP", "Ritzau", "Nordposten"} <= printed
    assert {(graph.nodes[a]["label"], data["tie"]) for a, _, data in graph.edges(data=True) if data.get("statement") == graph_id(said)} >= {
        ("Karen Holt", "says"), ("AP", "prints"), ("Ritzau", "prints"),
    }  # fmt: skip


def graph_id(node: str) -> str:
    return node.partition(":")[2]


# ---- newsroom, calendar, feed -----------------------------------------------------------------------------------------------------------

#: What our items use of ninjs 3.1, from the standard's documents in our own words: for where its own schema is not at hand.
_VALUES = {"type": "array", "items": {"type": "object", "required": ["value"], "properties": {"value": {"type": "string"}}}}
_NAMED = {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}}
NINJS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json",
    "$defs": {"ninjsType": {
        "type": "object", "required": ["uri"],
        "properties": {
            "uri": {"type": "string", "format": "uri"}, "standard": {"type": "object", "required": ["name", "version"]},
            "type": {"enum": ["text", "audio", "video", "picture", "graphic", "composite", "planning", "component", "event"]},
            "representationType": {"enum": ["full", "partial"]}, "version": {"type": "string"},
            "pubStatus": {"enum": ["usable", "withheld", "canceled"]}, "urgency": {"type": "integer", "minimum": 1, "maximum": 9},
            "language": {"type": "string"}, "copyrightHolder": {"type": "string"}, "edNote": {"type": "string"}, "by": {"type": "string"},
            "slugline": {"type": "string"}, "located": {"type": "string"},
            **{name: {"type": "string", "format": "date-time"}
               for name in ("versionCreated", "firstCreated", "contentCreated", "embargoedUntil", "expires")},
            "headlines": _VALUES, "bodies": _VALUES, "altIds": _VALUES, "subjects": _NAMED, "infoSources": _NAMED,
        },
    }},
}  # fmt: skip
_SHARED = Path(__file__).parents[2] / "shared" / "data" / "wire" / "ninjs" / "schemas" / "ninjs-schema_3.1.json"


@pytest.mark.parametrize("standard", ["in our own words", "as IPTC has it"])
def test_ninjs_with_the_record(command: Callable[..., bytes], ledger: Ledger, standard: str) -> None:
    if standard == "as IPTC has it" and not _SHARED.is_file():
        pytest.skip("no schema beside the project")
    known = NINJS if standard == "in our own words" else json.loads(_SHARED.read_text("utf-8"))
    registry = Registry().with_resource("http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json", Resource.from_contents(known))
    ours = json.loads((ROOT / "docs" / "ninjs-sagt.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(ours)
    check = jsonschema.Draft202012Validator(ours, registry=registry, format_checker=jsonschema.FormatChecker())
    items = json.loads(command("ninjs"))
    assert [error.message for item in items for error in check.iter_errors(item)] == []
    assert list(check.iter_errors(items[0] | {"surprise": 1})), "what neither schema knows is refused"
    for item in items:
        text = item["bodies"][0]["value"]
        assert text == ledger.store.find(item["sagt"]["report"]).report.text
        assert all(text[start:end] for one in item["sagt"]["attributions"] for start, end in one["content"])
        assert {one["statement"] for one in item["sagt"]["passages"]} == {one["id"] for one in item["sagt"]["statements"]}


def test_ninjs_is_read_again(command: Callable[..., bytes], ledger: Ledger) -> None:
    stored = [one.report for one in reversed(ledger.store.reports())]
    assert [(one.title, one.outlet, one.language, one.text.split()) for one in parse(command("ninjs"))] == [
        (one.title, one.outlet, one.language, one.text.split()) for one in stored
    ]


def test_promises_as_a_calendar(reader: Reader, tmp_path: Path) -> None:
    day = f"{datetime.now(UTC):%Y}-01-05"
    text = "Broen åbner igen 1. december 2098, lover borgmester Karen Holt.\n\nFærgen sejlede i går, siger hun."
    promise = json.dumps({"id": "p", "outlet": "Nordposten", "date": f"{day}T08:00:00+01:00", "language": "da", "text": text}).encode()
    with Store(f"sqlite:///{tmp_path}/due.db") as store:
        ledger = Ledger(store, lambda: reader)
        list(ledger.add([Payload(promise)]))
        ledger.read_new()
        for choice in (exporting.Choice(), exporting.Choice(Query(words="broen"))):
            written = b"".join(FORMATS["ics"].write(exporting.extract(ledger, choice)))
            calendar = icalendar.Calendar.from_ical(written)
            [event] = calendar.events
            assert (event.start.date().isoformat(), event.errors, calendar.errors) == ("2098-11-30", [], [])
            assert event["SUMMARY"].startswith("Karen Holt: ")


def atom(written: bytes) -> etree._Element:
    """A feed, which must keep the rules of RFC 4287."""
    feed = etree.fromstring(written)
    entries = feed.findall(f"{ATOM}entry")
    for one in (feed, *entries):
        for name in ("id", "title", "updated"):
            assert len(one.findall(f"{ATOM}{name}")) == 1, f"4.1: one {name}"
        assert one.find(f"{ATOM}author/{ATOM}name").text
        links = [(link.get("rel", "alternate"), link.get("type"), link.get("hreflang")) for link in one.findall(f"{ATOM}link")]
        assert len(set(links)) == len(links), "4.1.1: no two alternates of one type and language"
    assert [child.tag for child in feed if child.tag == f"{ATOM}entry"] == [child.tag for child in feed[len(feed) - len(entries) :]]
    for moment in feed.iter(f"{ATOM}updated", f"{ATOM}published"):
        assert datetime.fromisoformat(moment.text).tzinfo, "3.3: RFC 3339"
    assert len({one.findtext(f"{ATOM}id") for one in entries}) == len(entries)
    assert all(one.find(f"{ATOM}content") is not None or one.find(f"{ATOM}link") is not None for one in entries)
    assert not feedparser.parse(written).bozo
    return feed


def test_a_search_as_a_feed(browser: TestClient, ledger: Ledger) -> None:
    answer = browser.get("/feed.atom", params={"q": "siger", "limit": 2})
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = atom(answer.content)
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"{HOME}/feed.atom?q=siger&limit=2"
    ids = [one.findtext(f"{ATOM}id") for one in feed.findall(f"{ATOM}entry")]
    assert all(one.startswith(f"{HOME}/reports/sha256:") for one in ids)
    older = [one.findtext(f"{ATOM}id") for one in atom(browser.get(links["next"]).content).findall(f"{ATOM}entry")]
    assert len(ids) == 2 and older and not set(ids) & set(older)


def test_a_feed_is_read_again(command: Callable[..., bytes], ledger: Ledger) -> None:
    written = command("atom")
    atom(written)
    again, stored = parse(written), [one.report for one in reversed(ledger.store.reports())]
    assert len(again) == len(stored)
    for ours, was in zip(again, stored, strict=True):
        assert ours.text.split() == was.text.split()
        assert (ours.url, ours.language) == (was.url, was.language)
        assert datetime.fromisoformat(ours.published) == datetime.fromisoformat(was.published)
        assert ours.item.origin == was.outlet


def test_who_has_the_feed_gets_it_only_when_it_changed(browser: TestClient, ledger: Ledger) -> None:
    first = browser.get("/feed.atom?q=bro")
    tag = first.headers["etag"]
    again = browser.get("/feed.atom?q=bro", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert browser.get("/feed.atom?q=færge", headers={"If-None-Match": tag}).status_code == 200
    number = ledger.judge("statement", "unsure", [one.statement.id for one in ledger.statements()][:2], "tester")
    assert browser.get("/feed.atom?q=bro", headers={"If-None-Match": tag}).status_code == 200
    ledger.undo(number, "tester")


# ---- which part -------------------------------------------------------------------------------------------------------------------------


def test_the_statements_of_one_actor(command: Callable[..., bytes]) -> None:
    assert {one["actor"] for one in table(command("csv", "--actor", "Krog"))} == {"Jens Krog"}


def test_a_story_and_a_claim(command: Callable[..., bytes], ledger: Ledger) -> None:
    story = ledger.stories()[-1]
    assert {json.loads(line)["report"]["id"] for line in command("jsonl", "--story", story.id).splitlines()} == set(story.reports)
    claim = next(one.statement.claim for one in ledger.statements() if "Christmas" in one.statement.first.passage.content)
    rows = table(command("csv", "--claim", claim))
    assert {one["claim"] for one in rows} == {claim}
    assert len(command("jsonl", "--claim", claim).splitlines()) == 3
    assert len(command("jsonl", "--claim", claim, "--until", "2026-03-02T07:00:00+00:00").splitlines()) == 1, "all that is given must hold"
    assert len(command("jsonl", "--claim", claim, "--at", "2026-03-02T08:00:00+00:00").splitlines()) == 2


def test_a_standing(command: Callable[..., bytes]) -> None:
    every = table(command("csv"))
    wanted = {one["statement"] for one in every if one["standing"] == Standing.UNCONFIRMED.value}
    assert {one["statement"] for one in table(command("csv", "--standing", "unconfirmed"))} == wanted != set()
    some = table(command("csv", "--standing", "unconfirmed", "--reports", "--limit", 1))
    assert len(some) == 1


def test_as_it_was_known_then(command: Callable[..., bytes]) -> None:
    at = "2026-03-02T07:00:00+00:00"
    assert [json.loads(line)["report"]["outlet"] for line in command("jsonl", "--at", at).splitlines()] == ["AP"]
    assert {one["outlets"] for one in table(command("csv", "--at", at))} == {"AP"}


def test_a_limit_counts_reports_the_newest_first(command: Callable[..., bytes], ledger: Ledger) -> None:
    [line] = command("jsonl", "--limit", 1).splitlines()
    assert json.loads(line)["report"]["id"] == ledger.store.reports()[-1].report.id


WRONG = {
    "no such format": ["export", "papyrus"],
    "no such story": ["export", "csv", "--story", "t000000000000"],
    "no such claim": ["export", "csv", "--claim", "c000000000000"],
    "rows of a format with none": ["export", "prov", "--passages"],
    "no time": ["export", "csv", "--since", "last Tuesday"],
    "nowhere to write": ["export", "csv", "-o", "missing/folder/out.csv"],
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_a_wrong_call(words: list[str], ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--db", str(ledger.store.url)]) == 2
    assert capsys.readouterr().err.startswith("sagt: ")


def test_an_export_that_fails_leaves_the_old_file(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "out.csv"
    file.write_text("the old one")
    monkeypatch.setattr(Ledger, "statements", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert main(["export", "csv", "--db", str(ledger.store.url), "-o", str(file)]) == 2
    assert [one.read_text() for one in tmp_path.iterdir()] == ["the old one"]


def test_help_names_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in FORMATS)


# ---- over HTTP --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_a_download(browser: TestClient, name: str) -> None:
    answer = browser.get(f"/export/{name}")
    assert answer.status_code == 200 and answer.content
    assert answer.headers["content-type"] == FORMATS[name].media
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="sagt-{name}-')
    assert answer.headers["x-content-type-options"] == "nosniff"
    head = browser.head(f"/export/{name}")
    assert (head.status_code, head.content) == (200, b"")


def test_a_download_is_of_what_is_searched(browser: TestClient, ledger: Ledger) -> None:
    rows = table(browser.get("/export/csv", params={"q": "færgen", "rows": "reports"}).content)
    assert [one["title"] for one in rows] == ["Færgen sejler igen"]
    graph = rdflib.Graph().parse(data=browser.get("/export/schema-org", params={"actor": "Krog"}).content, format="json-ld")
    assert all(str(one).startswith(f"{HOME}/claims/") for one in graph.subjects(RDF.type, SCHEMA.Claim))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/export/papyrus", 404), ("/export/csv?story=t000000000000", 404), ("/export/csv?claim=c000000000000", 404),
        ("/export/prov?rows=passages", 422), ("/export/csv?at=never", 422), ("/export/csv?limit=-1", 422), ("/feed.atom?limit=many", 422),
    ],
)  # fmt: skip
def test_what_can_not_be_had(browser: TestClient, path: str, status: int) -> None:
    answer = browser.get(path)
    assert answer.status_code == status
    assert "Traceback" not in answer.text


def test_turns_are_given_back(browser: TestClient) -> None:
    for _ in range(5):
        assert browser.get("/export/jsonl").status_code == 200
        assert browser.get("/export/csv?story=t000000000000").status_code == 404


@pytest.mark.parametrize("path", ["/export/csv", "/export/jsonl?q=siger", "/feed.atom"])
def test_nothing_is_given_to_strangers(ledger: Ledger, path: str) -> None:
    with TestClient(create_app(Desk(ledger.store, ledger), Settings(accounts=True, limits=None)), base_url=HOME) as stranger:
        answer = stranger.get(path, follow_redirects=False)
        assert answer.status_code in (303, 401)
        assert "Holt" not in answer.text


def test_others_wait_while_two_are_being_made(browser: TestClient) -> None:
    for _ in range(downloads.AT_ONCE):
        assert downloads._turns.acquire(blocking=False)
    try:
        answer = browser.get("/export/csv")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert browser.get("/feed.atom").status_code == 200, "a feed is short"
    finally:
        downloads._turns.release(downloads.AT_ONCE)
    assert browser.get("/export/csv").status_code == 200


@pytest.mark.parametrize(
    "page", ["/?q=f%C3%A6rgen", "/stories/{story}", "/stories/{story}?at=1772521200", "/claims/{claim}", "/actors/Karen%20Holt"]
)
def test_pages_offer_what_they_show_in_every_format(browser: TestClient, ledger: Ledger, page: str) -> None:
    claim = next(one.statement.claim for one in ledger.statements() if "Christmas" in one.statement.first.passage.content)
    shown = html.fromstring(browser.get(page.format(story=ledger.stories()[-1].id, claim=claim)).text)
    links = [link.get("href") for link in shown.iterfind(".//details[@class='downloads']//a")]
    assert {link.split("?")[0].rpartition("/")[2] for link in links} - {"feed.atom"} == set(FORMATS) - {"atom"}
    assert [browser.get(link).status_code for link in links] == [200] * len(links)
    [csv_] = [link for link in links if link.startswith("/export/csv?")]
    rows = table(browser.get(csv_).content)
    assert rows and len(rows) < len(table(browser.get("/export/csv").content))


def test_on_both_databases(store: Store, reader: Reader) -> None:
    ledger = Ledger(store, lambda: reader)
    list(ledger.add(map(Payload, map(row, ("ap", "ritzau")))))
    ledger.read_new()
    choice = exporting.Choice(Query(words="havnebro*"))
    for form in FORMATS.values():
        assert b"".join(form.write(exporting.extract(ledger, choice)))
    [line] = b"".join(FORMATS["jsonl"].write(exporting.extract(ledger, choice))).splitlines()
    assert json.loads(line)["report"]["outlet"] == "Ritzau"


# ---- hostile content --------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hostile(ledger: Ledger) -> Extract:
    """The record as if every name, title and content in it were an attack; what parsing would have mended is not."""
    found = exporting.extract(ledger, exporting.Choice())
    [part] = list(found.parts)
    evil = Part(tuple(map(_worse_entry, part.entries)), tuple(replace(one, statement=_worse_statement(one.statement)) for one in part.told))
    promises = [(one, Proposal(Outcome.UPCOMING, 1.0, None, "")) for one in evil.told]
    return replace(found, entries=iter(evil.entries), parts=iter([evil]), title=HOSTILE, promises=iter(promises))


def _worse_entry(one: Entry) -> Entry:
    report = one.stored.report
    worse = replace(
        report, title=HOSTILE, outlet=HOSTILE, agencies=(HOSTILE,), url=f"javascript:{HOSTILE}", language="da",
        text=report.text[:-1] + "\ud800", published=HOSTILE, item=replace(report.item, credit=HOSTILE, byline=HOSTILE),
    )  # fmt: skip
    return replace(one, stored=replace(one.stored, report=worse), reading=replace(one.reading, report=worse))


def _worse_statement(one: Any) -> Any:
    def member(old: Any) -> Any:
        item = replace(old.item, title=HOSTILE, outlet=HOSTILE, url=f"javascript:{HOSTILE}", published=HOSTILE)
        return replace(old, item=item, passage=replace(old.passage, content=HOSTILE, due=(2e9, 2e9 + 60)))

    new = {(old.item.seq, old.passage.attribution): member(old) for old in one.members}
    members = tuple(new.values())
    origins = tuple(
        replace(o, root=new[o.root.item.seq, o.root.passage.attribution], carrier=HOSTILE,
                members=tuple(new[m.item.seq, m.passage.attribution] for m in o.members))
        for o in one.origins
    )  # fmt: skip
    return replace(one, members=members, origins=origins, actor=replace(one.actor, name=HOSTILE, about=HOSTILE) if one.actor else None)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_hostile_gets_out_raw(hostile: Extract, name: str) -> None:
    written = b"".join(FORMATS[name].write(hostile))
    if name == "parquet":
        return
    text = written.decode("utf-8")
    assert not [c for c in "\x07\x1b\u202e\u2066" if c in text], "nothing that steers a screen stands raw in a file of text"
    if name in ("graphml", "atom"):
        assert "<script" not in text and "]]>" not in text


@pytest.mark.usefixtures("offline")
def test_hostile_content_breaks_no_reader(hostile: Extract, ledger: Ledger) -> None:
    def written(name: str) -> bytes:
        [part] = parts
        return b"".join(FORMATS[name].write(replace(hostile, entries=iter(part.entries), parts=iter(parts))))

    parts = list(hostile.parts)
    assert all(json.loads(line)["report"]["title"] == HOSTILE for line in written("jsonl").splitlines())
    rows = table(written("csv"))
    assert len(rows) == len(parts[0].told)
    assert all(one["content"].startswith("'=HYPERLINK") for one in rows)
    assert pq.read_table(pa.BufferReader(written("parquet"))).num_rows == len(rows)
    items = json.loads(written("annotations"))["first"]["items"]
    assert items and len(rdflib.Graph().parse(data=json.dumps({"@context": ANNO, "@graph": items}), format="json-ld")) > len(items)
    graph = rdflib.Graph().parse(data=written("schema-org"), format="json-ld")
    assert {str(one) for one in graph.objects(None, SCHEMA.headline)} == {HOSTILE}
    assert len(ProvDocument.deserialize(content=written("prov").decode(), format="json").get_provn()) > 1000
    assert networkx.parse_graphml(written("graphml").decode()).number_of_nodes() > len(parts[0].told)
    feed = atom(written("atom"))
    assert not [link.get("href") for link in feed.iter(f"{ATOM}link") if not link.get("href").startswith("http")]
    assert len(parse(written("ninjs"))) == len(parts[0].entries)
    calendar = icalendar.Calendar.from_ical(written("ics"))
    assert len(calendar.events) == len(parts[0].told) and not [one for one in (calendar, *calendar.events) if one.errors]


# ---- docs -------------------------------------------------------------------------------------------------------------------------------

#: The calls that docs/exports.md shows, each with what it is said to write; "…" stands for what is left out.
DOCS = [
    (call, body.partition("```")[2].partition("\n")[2].partition("```")[0])
    for call, body in re.findall(r"^## `sagt (.+?)`\n(.*?)(?=^## |\Z)", (ROOT / "docs" / "exports.md").read_text("utf-8"), re.S | re.M)
]


@pytest.mark.parametrize(("call", "snippet"), DOCS, ids=[call for call, _ in DOCS])
def test_the_docs_show_what_is_written(command: Callable[..., bytes], call: str, snippet: str) -> None:
    written, at = command(*call.split()[1:]).decode().replace("\r\n", "\n"), 0
    for piece in snippet.rstrip().replace("…\n", "…").split("…"):
        found = written.find(piece, at)
        assert found >= 0, f"not there, or not in this order: {piece!r}"
        at = found + len(piece)


def test_the_docs_show_every_format() -> None:
    assert {call.split()[1] for call, _ in DOCS} | {"parquet"} == set(FORMATS)
