# ruff: noqa: E501
"""Each wire format and each trap of it, on items of our own: invented places, people and words."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

import pytest
from payloads import PAYLOADS

from sagt import Report, parse

Check = Callable[[Report], object]


def one(payload: bytes | str, **given: str) -> Report:
    [report] = parse(payload if isinstance(payload, bytes) else payload.encode(), **given)  # type: ignore[arg-type]
    return report


def what(report: Report) -> str:
    """All that is said of what was doubtful."""
    return "; ".join(fault.what for fault in report.faults)


def stamps(report: Report) -> dict[str, str | None]:
    return {s.kind.value: s.instant.isoformat() if s.instant else None for s in report.item.stamps}


# ---- Ritzau -----------------------------------------------------------------------------------------------------------------------------


def ritzau(content: str = "&lt;p&gt;Broen åbner.&lt;/p&gt;", date: str = "2026-03-03T06:12:00", **fields: str) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f"<RBNews xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><NewsID>a-1</NewsID><PublishDate>{date}</PublishDate>{inner}<content>{content}</content></RBNews>"


RITZAU: dict[str, tuple[str, Check, object]] = {
    "a digit of a second": (ritzau(date="2026-03-03T06:12:00.4"), lambda r: r.published, "2026-03-03T06:12:00.400000+01:00"),
    "two digits, in summer": (ritzau(date="2025-06-23T22:08:47.21"), lambda r: stamps(r)["published"], "2025-06-23T20:08:47.210000+00:00"),
    "three digits": (ritzau(date="2018-01-30T17:32:18.397"), lambda r: stamps(r)["published"], "2018-01-30T16:32:18.397000+00:00"),
    "the hour that came twice": (
        ritzau(date="2026-10-25T02:30:00"), lambda r: (stamps(r)["published"], "showed this hour twice" in what(r)), ("2026-10-25T00:30:00+00:00", True),
    ),
    "the hour that was skipped": (ritzau(date="2026-03-29T02:30:00"), lambda r: "skipped this hour" in what(r), True),
    "its zone, and where that is from": (
        ritzau(), lambda r: (r.item.stamps[0].original, r.item.stamps[0].zone, r.item.stamps[0].why, r.zone),
        ("2026-03-03T06:12:00", "Europe/Copenhagen", "Ritzau's clock", "Europe/Copenhagen"),
    ),
    "nil by a misspelt namespace": (
        "<RBNews xmlns:j='http://www.w3.org/2001/XMLSchema-insance'><headline j:nil='true'>x</headline><content>&lt;p&gt;Broen.&lt;/p&gt;</content></RBNews>",
        lambda r: (r.title, r.text), (None, "Broen."),
    ),
    "real <br/> children": (ritzau("Broen åbner.<br /><br />- Ja.<br/>/ritzau/"), lambda r: (r.text, r.agencies), ("Broen åbner.\n\n- Ja.\n/ritzau/", ("Ritzau",))),
    "escaped and real at once": (ritzau("&lt;p&gt;Broen&lt;/p&gt;<br/>&lt;p&gt;åbner.&lt;/p&gt;"), lambda r: r.text, "Broen\n\nåbner."),
    "paragraphs in capitals, and CR": (ritzau("&lt;P&gt;Broen&#13;\n åbner.&lt;/P&gt;&#13;\n&lt;P&gt;Nu.&lt;/P&gt;"), lambda r: r.text, "Broen åbner.\n\nNu."),
    "escaped twice": (ritzau("&lt;p&gt;&amp;amp;quot;Ja,&amp;amp;quot; siger Holt&lt;/p&gt;"), lambda r: (r.text, "escaped twice" in what(r)), ('"Ja," siger Holt', True)),
    "mojibake": (ritzau("&lt;p&gt;Det koster Â£4 i HavnbÃ¸.&lt;/p&gt;"), lambda r: (r.text, "mojibake" in what(r)), ("Det koster £4 i Havnbø.", True)),
    "two dashes are two paragraphs": (ritzau("&lt;p&gt;- Ja.&lt;/p&gt;&lt;p&gt;- Nej, siger Holt.&lt;/p&gt;"), lambda r: r.text, "- Ja.\n\n- Nej, siger Holt."),
    "headline and subtitle stand in the text": (
        ritzau(headline="Broen", subtitle="Nu&lt;br /&gt;"), lambda r: (r.title, r.text), ("Broen", "Broen\n\nNu\n\nBroen åbner."),
    ),
    "what it replaces": (
        ritzau(Replaces="<RelatedNews><NewsID>b</NewsID></RelatedNews><RelatedNews><NewsID>c</NewsID></RelatedNews>"),
        lambda r: (r.replaces, r.item.replaces, r.item.signal and r.item.signal.kind), ("b", ("b", "c"), "update"),
    ),
    "cancelled": (ritzau(Annuleret="true", Korrektion="true"), lambda r: (r.status, r.item.signal and r.item.signal.evidence), ("canceled", ("Annuleret: true",))),
    "a correction": (ritzau(Korrektion="true"), lambda r: r.status, "corrected"),
    "a new version": (ritzau(NyVersion="true"), lambda r: r.item.signal and r.item.signal.evidence, ("NyVersion: true",)),
    "only (NY), version 1": (ritzau(strapline="HAVNBY (NY)", version="1"), lambda r: r.item.signal and r.item.signal.evidence, ("slug: (NY)",)),
    "a repeat is no update": (ritzau(headline="Broen - GENT"), lambda r: r.item.signal and r.item.signal.kind, "repeat"),
    "a release via Ritzau credits nobody": (ritzau(origin="Via Ritzau"), lambda r: (r.outlet, r.agencies, r.item.origin), ("Ritzau", (), "Via Ritzau")),
    "codes of both lists": (
        ritzau(IPTCList="<a:int xmlns:a='x'>16000000</a:int><a:int xmlns:a='x'>20000593</a:int>"),
        lambda r: [s.code for s in r.item.subjects], ["subj:16000000", "medtop:20000593"],
    ),
    "note, place, urgency": (
        ritzau(TilRedaktionen="&lt;p&gt;Mere følger.&lt;/p&gt;", town="Havnby", Priority="2"),
        lambda r: (r.item.note, r.item.dateline, r.item.urgency), ("Mere følger.", "Havnby", 2),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("payload", "get", "wanted"), RITZAU.values(), ids=RITZAU)
def test_ritzau(payload: str, get: Check, wanted: object) -> None:
    assert get(one(payload)) == wanted


def test_ritzaus_queue() -> None:
    queue = f"<XMLNewsQueuedResponse xmlns='http://tempuri.org/'><e><error xmlns=''>0</error><ListOfRBNews xmlns=''>{ritzau()}{ritzau(headline='To')}</ListOfRBNews></e></XMLNewsQueuedResponse>"
    first, second = parse(queue.encode())
    assert (first.title, second.title) == (None, "To")
    assert first.id != second.id
    assert (
        what(one("<XMLNewsQueuedResponse><error>7</error><errormsg>Ukendt bruger</errormsg></XMLNewsQueuedResponse>"))
        == "Ritzau answered with error 7: Ukendt bruger"
    )


# ---- feeds --------------------------------------------------------------------------------------------------------------------------------


def rss(inner: str, channel: str = "<title>Havnby Avis</title><link>https://havnby.example/</link>") -> str:
    return f"<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>{channel}<item>{inner}</item></channel></rss>"


FEEDS: dict[str, tuple[str | bytes, Check, object]] = {
    "the outlet is the feed's": (rss("<title>Broen</title>"), lambda r: (r.outlet, r.title, r.text), ("Havnby Avis", "Broen", "Broen")),
    "a known outlet by its address": (rss("<title>Broen</title>", "<title>Seneste | Indland</title><link>https://www.dr.dk/</link>"), lambda r: r.outlet, "DR"),
    "its source is the origin": (
        rss("<title>Broen</title><source url='https://r.example/rss'>Ritzau</source>"), lambda r: (r.item.origin, r.agencies), ("Ritzau", ("Ritzau",)),
    ),
    "full content over a teaser": (
        rss("<title>Broen</title><description>Kort.</description><content:encoded>&lt;p&gt;Langt.&lt;/p&gt;&lt;p&gt;Længere.&lt;/p&gt;</content:encoded>"),
        lambda r: r.text, "Broen\n\nLangt.\n\nLængere.",
    ),
    "a guid that is no link": (rss("<guid isPermaLink='false'>7</guid><title>B</title>"), lambda r: (r.item.guid, r.url), ("7", None)),
    "a guid that is one": (rss("<guid>https://havnby.example/7</guid><title>B</title>"), lambda r: r.url, "https://havnby.example/7"),
    "a relative link": (rss("<link>/a/b</link><title>B</title>"), lambda r: r.url, "https://havnby.example/a/b"),
    "a mail date with CET": (rss("<title>B</title><pubDate>Tue, 03 Mar 2026 06:12:00 CET</pubDate>"), lambda r: stamps(r)["published"], "2026-03-03T05:12:00+00:00"),
    "a date that is none is kept": (
        rss("<title>B</title><pubDate>i går</pubDate>"), lambda r: (r.item.stamps[0].original, r.published, "date not understood" in what(r)), ("i går", None, True),
    ),
    "entities that XML does not have": (rss("<title>Br&oslash;d&nbsp;og sm&oslash;r</title>"), lambda r: (r.title, "not XML" in what(r)), ("Brød og smør", True)),
    "a title escaped twice": (rss("<title>Bro &amp;amp; by</title>"), lambda r: r.title, "Bro & by"),
    "Latin-1 that says it is UTF-8": (("<?xml version='1.0' encoding='utf-8'?>" + rss("<title>Færgen på søen</title>")).encode("latin-1"),
                                      lambda r: (r.title, "Windows-1252" in what(r)), ("Færgen på søen", True)),
    "cut off": (rss("<title>Broen lukker</title>")[:-30], lambda r: (r.title, "not well-formed" in what(r)), ("Broen lukker", True)),
    "RSS 1.0": (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:dc='x'><channel><title>A</title></channel>"
        "<item rdf:about='https://a.example/1'><title>Broen</title><dc:date>2026-03-03T06:12:00+01:00</dc:date></item></rdf:RDF>",
        lambda r: (r.title, r.item.guid, r.published), ("Broen", "https://a.example/1", "2026-03-03T06:12:00+01:00"),
    ),
    "Atom: published and updated": (
        "<feed xmlns='http://www.w3.org/2005/Atom'>" + PAYLOADS["atom"].decode() + "</feed>", stamps,
        {"published": "2026-03-03T06:12:00+00:00", "updated": "2026-03-03T07:12:00+00:00"},
    ),
    "Atom: mark-up in title and content, source": (
        PAYLOADS["atom"], lambda r: (r.title, r.text.split("\n\n")[1:], r.item.origin), ("A bridge", ["The bridge opens, Holt said.", "More follows."], "Lorne Gazette"),
    ),
    "JSON Feed": (PAYLOADS["json-feed"], lambda r: (r.outlet, r.url, r.item.byline, r.language), ("Havnby", "https://havnby.example/1", "Ida", "da")),
    "compressed": (gzip.compress(rss("<title>Broen</title>").encode()), lambda r: r.title, "Broen"),
}  # fmt: skip


@pytest.mark.parametrize(("payload", "get", "wanted"), FEEDS.values(), ids=FEEDS)
def test_feeds(payload: str | bytes, get: Check, wanted: object) -> None:
    assert get(one(payload)) == wanted


# ---- NewsML, NITF -------------------------------------------------------------------------------------------------------------------------


def g2(
    meta: str = "", content: str = "", body: str = "<inlineData contenttype='text/plain'>Broen åbner.</inlineData>", attributes: str = ""
) -> str:
    return (
        f"<newsItem xmlns='http://iptc.org/std/nar/2006-10-01/' guid='urn:a' {attributes}><itemMeta><provider literal='reuters.com'/>{meta}</itemMeta>"
        f"<contentMeta>{content}</contentMeta><contentSet>{body}</contentSet></newsItem>"
    )


WIRED = """<inlineXML contenttype='application/xhtml+xml'><html xmlns='http://www.w3.org/1999/xhtml'><body><p>(Adds quote)
    HAVNBY (Reuters) - The bridge
opens on Friday.
    "It is time,"
Holt said.</p></body></html></inlineXML>"""
G2: dict[str, tuple[str, Check, object]] = {
    "withheld": (g2("<pubStatus qcode='stat:withheld'/>"), lambda r: r.status, "withheld"),
    "killed": (g2("<pubStatus qcode='stat:canceled'/><signal qcode='edStat:D'/>"), lambda r: (r.status, r.item.signal and r.item.signal.evidence), ("canceled", ("edStat:D", "stat:canceled"))),
    "corrected": (g2("<pubStatus qcode='stat:usable'/><signal qcode='edStat:C'/>"), lambda r: r.status, "corrected"),
    "a small version counts": (g2(attributes="version='5'"), lambda r: r.item.signal and r.item.signal.evidence, ("version 5",)),
    "a version that is a clock does not": (g2(attributes="version='1132689232'"), lambda r: r.item.signal, None),
    "dates: offset, Z, embargo": (
        g2("<versionCreated>2026-03-03T06:12:00-05:00</versionCreated><firstCreated>2026-03-03T06:12:00Z</firstCreated><embargoed>2026-03-04T00:00:00Z</embargoed>"),
        lambda r: (*stamps(r).values(), r.item.embargo), ("2026-03-03T11:12:00+00:00", "2026-03-03T06:12:00+00:00", "2026-03-04T00:00:00+00:00", "2026-03-04T00:00:00+00:00"),
    ),
    "a naive date is its agency's": (g2("<versionCreated>2026-07-03T06:12:00</versionCreated>"), lambda r: (r.published, r.item.stamps[0].why), ("2026-07-03T06:12:00+01:00", "the clock of Reuters")),
    "wrapped lines of a wire": (g2(body=WIRED), lambda r: r.text.split("\n\n"), ["(Adds quote)", "HAVNBY (Reuters) - The bridge opens on Friday.", '"It is time," Holt said.']),
    "NITF inside": (
        g2(body="<inlineXML><nitf xmlns=''><body><body.head><hedline><hl1>T</hl1></hedline></body.head><body.content><block><p>Et.</p><p>To.</p></block></body.content></body></nitf></inlineXML>"),
        lambda r: r.text, "Et.\n\nTo.",
    ),
    "TT's own mark-up": (g2(body="<inlineXML><BODY xmlns=''><TEXT><INGRESS><P>Bron.</P></INGRESS><CITAT>Ja, säger Holt.</CITAT></TEXT></BODY></inlineXML>"), lambda r: r.text, "Bron.\n\n– Ja, säger Holt."),
    "language in three letters": (g2(content="<language tag='swe'/>"), lambda r: r.language, "sv"),
    "the version before, by TT's altId": (g2(content="<altId type='tt:refuno'>urn:b</altId>"), lambda r: r.replaces, "urn:b"),
    "a derived item is no new take": (g2("<link rel='irel:derivedFrom' residref='urn:b'/>"), lambda r: r.replaces, None),
    "credits": (g2(content="<creditline>Reuters</creditline><infoSource role='cRole:origProv' literal='Opta'/>"), lambda r: (r.item.credit, r.item.origin, r.agencies), ("Reuters", "Opta", ("Reuters",))),
    "a private note stays in the payload": (g2("<edNote>Ny rubrik</edNote><edNote pubconstraint='x:nonpublic'>Ring 12345678</edNote>"), lambda r: r.item.note, "Ny rubrik"),
    "a package is none": (g2().replace("newsItem", "packageItem"), lambda r: (r.text, what(r)), ("", "NewsML-G2, but no news item: a packageItem")),
}  # fmt: skip


@pytest.mark.parametrize(("payload", "get", "wanted"), G2.values(), ids=G2)
def test_newsml_g2(payload: str, get: Check, wanted: object) -> None:
    assert get(one(payload)) == wanted


def test_a_message_of_two_items() -> None:
    message = f"<newsMessage xmlns='http://iptc.org/std/nar/2006-10-01/'><header/><itemSet>{g2()}{g2(content='<headline>To</headline>')}</itemSet></newsMessage>"
    assert [r.title for r in parse(message.encode())] == [None, "To"]


def test_newsml_1_as_afp_sends_it() -> None:
    report = one(PAYLOADS["newsml"])
    assert (report.outlet, report.agencies, report.title, report.text) == (
        "AFP",
        ("AFP",),
        "Bridge",
        "Bridge\n\nIt opens, Holt told AFP.\n\nMore.",
    )
    assert stamps(report) == {
        "published": "2026-03-03T06:12:00+00:00",
        "created": "2026-03-03T06:00:00+00:00",
        "sent": "2026-03-03T06:12:00+00:00",
    }
    assert report.item.stamps[0].why == "AFP's dates are UTC"
    assert report.item.signal and report.item.signal.evidence == ("RevisionId 2, previous 1, whole item replaced",)
    assert (report.item.urgency, report.item.dateline, report.language) == (4, "HAVNBY", "en")


def test_nitf_of_old() -> None:
    report = one(PAYLOADS["nitf"])
    assert (report.outlet, report.language, report.title, report.published) == ("NTB", "nb", "Brua åpner", "2026-03-03T06:12:00+01:00")
    assert report.text == "Brua åpner\n\nBrua åpner, sier Holt.\n\nMer\n\n- Ja."
    assert report.item.signal and report.item.signal.evidence == ("du-key version 2", "note: Noe utvidet")
    assert (report.item.guid, report.item.urgency, report.item.dateline) == ("a-1", 5, "Havnby")


NITF = {
    "canceled": ("<docdata management-status='canceled' management-doc-idref='b'/>", ("canceled", "b")),
    "embargoed": ("<docdata management-status='embargoed'><date.release norm='20260304T000000Z'/></docdata>", ("withheld", None)),
    "corrected": ("<docdata><correction info='name' id-string='b'/></docdata>", ("corrected", "b")),
}


@pytest.mark.parametrize(("head", "wanted"), NITF.values(), ids=NITF)
def test_nitf_status(head: str, wanted: tuple[str, str | None]) -> None:
    report = one(
        f"<nitf xmlns='http://iptc.org/std/NITF/2006-10-18/'><head>{head}</head><body><body.content><p>Broen.</p></body.content></body></nitf>"
    )
    assert (report.status, report.replaces) == wanted


# ---- ninjs --------------------------------------------------------------------------------------------------------------------------------

BODY = "<p>Broen åbner.</p><p>Nu, siger Holt.</p>"
GENERATIONS = [
    {"uri": "urn:a", "versioncreated": "2026-03-03T06:12:00+01:00", "headline": "Broen", "body_xhtml": BODY, "body_text": "Broen åbner. Nu, siger Holt."},
    {"uri": "urn:a", "versioncreated": "2026-03-03T06:12:00+01:00", "headlines": [{"role": "main", "value": "Broen"}],
     "bodies": [{"role": "text", "contenttype": "text/plain", "value": "Broen åbner. Nu, siger Holt."}, {"role": "xhtml", "contenttype": "text/html", "value": BODY}]},
    {"uri": "urn:a", "versionCreated": "2026-03-03T06:12:00+01:00", "headlines": [{"value": "Broen"}], "bodies": [{"contentType": "text/html", "value": BODY}]},
    {"guid": "urn:a", "versioncreated": "2026-03-03T05:12:00+0000", "headline": "Broen", "body_html": BODY, "source": "Havnby", "priority": 3},
]  # fmt: skip


def test_generations_of_ninjs_say_the_same() -> None:
    reports = [one(json.dumps(value)) for value in GENERATIONS]
    assert {r.text for r in reports} == {"Broen\n\nBroen åbner.\n\nNu, siger Holt."}
    assert {(r.item.guid, stamps(r)["published"]) for r in reports} == {("urn:a", "2026-03-03T05:12:00+00:00")}


NINJS: dict[str, tuple[dict[str, object], Check, object]] = {
    "killed": ({"pubstatus": "canceled"}, lambda r: r.status, "canceled"),
    "withheld, camel case": ({"pubStatus": "withheld"}, lambda r: r.status, "withheld"),
    "Superdesk's rewrite": ({"evolvedfrom": "urn:b"}, lambda r: (r.replaces, r.item.signal and r.item.signal.evidence), ("urn:b", ("evolvedfrom",))),
    "TT's rewrite": ({"replacing": ["urn:b"]}, lambda r: r.replaces, "urn:b"),
    "NTB says it in a note": ({"ednote": "Noe utvidet."}, lambda r: r.item.signal and r.item.signal.evidence, ("note: Noe utvidet",)),
    "subjects": ({"subject": [{"code": "20000593", "name": "bro"}]}, lambda r: [(s.code, s.name) for s in r.item.subjects], [("medtop:20000593", "bro")]),
    "embargo": ({"embargoedUntil": "2026-03-04T00:00:00Z"}, lambda r: r.item.embargo, "2026-03-04T00:00:00+00:00"),
    "a naive date of an unknown outlet": ({"versioncreated": "2026-03-03T06:12:00"}, lambda r: (r.item.stamps[0].instant, r.item.stamps[0].why), (None, "no zone is given or known")),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "get", "wanted"), NINJS.values(), ids=NINJS)
def test_ninjs(fields: dict[str, object], get: Check, wanted: object) -> None:
    assert get(one(json.dumps({"uri": "urn:a", "headline": "Broen", **fields}))) == wanted


def test_a_list_of_ninjs() -> None:
    assert [r.title for r in parse(json.dumps({"item": [{"uri": "a", "headline": "Et"}, {"uri": "b", "headline": "To"}]}).encode())] == [
        "Et",
        "To",
    ]


# ---- control characters, archives, mail -----------------------------------------------------------------------------------------------------


def test_anpa() -> None:
    report = one(PAYLOADS["anpa"])
    assert report.text == "Bridge opens\n\nHAVNBY (AP) _ “It opens,” Holt said.\n\nMore follows."
    assert (report.outlet, report.title, report.item.byline, report.item.urgency) == ("AP", "Bridge opens", "By IDA KROG", 4)
    assert stamps(report)["published"] == "2026-03-03T06:12:00+00:00"
    assert report.item.signal and report.item.signal.evidence == ("slug: 1st Ld-Writethru", "note: Eds: Updates")


def test_iptc_7901() -> None:
    report = one(PAYLOADS["iptc"])
    assert (report.format, report.outlet, report.title, report.item.urgency) == ("iptc7901", "dpa", "Bridge opens", 3)
    assert report.text == "Bridge opens\n\nHavnby (dpa) - It opens, Holt said.\n\nMore follows."
    assert "12345678" not in report.text
    assert stamps(report)["published"] == "2026-03-03T06:12:00+00:00"


def test_mail() -> None:
    report = one(PAYLOADS["mail"])
    assert (report.outlet, report.title, report.text, report.agencies) == (
        "Havnby Kommune",
        "Broen åbner",
        "Broen åbner\n\nBroen åbner, siger Holt.",
        (),
    )


def test_warc_rows_and_tables() -> None:
    page = one(PAYLOADS["warc"])
    assert (page.format, page.url, page.text) == ("html", "https://havnby.example/1", "Broen åbner, siger Holt.")
    lines = PAYLOADS["row"] + b"\n" + json.dumps({"report": {"text": "Egen.", "published": "2026-03-03"}}).encode() + b"\n\n"
    assert [(r.title, r.text) for r in parse(lines)] == [("Broen", "Broen\n\nBroen åbner, siger Holt.\n\nMere."), (None, "Egen.")]


def test_parquet() -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"headline": ["Et", "To"], "body": ["Broen.", "Færgen."], "n": [1, 2]}), sink)
    assert [(r.title, r.text) for r in parse(sink.getvalue().to_pybytes())] == [("Et", "Et\n\nBroen."), ("To", "To\n\nFærgen.")]


# ---- characters, hostile things ----------------------------------------------------------------------------------------------------------

CHARACTERS = {
    "invisible ones are left out": ("\ufeffBroen\u200b åb\u00adner.", "Broen åbner.", "invisible characters were left out"),
    "hidden data in selectors": ("Broen" + "\ufe00\U000e0101" * 20 + " åbner.", "Broen åbner.", "invisible characters"),
    "a selector of an emoji stays": ("Broen ❤\ufe0f åbner.", "Broen ❤\ufe0f åbner.", ""),
    "an å of two code points": ("Broen a\u030abner.", "Broen åbner.", "put together"),
    "a no-break space stays": ("10\u00a0000 kroner.", "10\u00a0000 kroner.", ""),
    "marks of direction": ("Broen \u202eåbner\u202c.", "Broen åbner.", "invisible"),
}


@pytest.mark.parametrize(("words", "text", "said"), CHARACTERS.values(), ids=CHARACTERS)
def test_characters(words: str, text: str, said: str) -> None:
    report = one(json.dumps({"uri": "a", "pubstatus": "usable", "body_html": f"<p>{words}</p>"}))
    assert report.text == text
    assert (said in what(report)) if said else not what(report).replace("no date of publication", "")
    assert one(words).text == words.removeprefix("\ufeff")


def test_entities_and_bombs_are_refused() -> None:
    assert "declares entities" not in what(one("<rss><channel><item><title>a</title></item></channel></rss>"))
    assert "that declares entities is not read" in what(
        one("<!DOCTYPE r [<!ENTITY a 'b'>]><rss><channel><item><title>&a;</title></item></channel></rss>")
    )
    assert "not opened" in what(one(gzip.compress(bytes(100_000_000))))


@pytest.mark.parametrize("name", PAYLOADS)
def test_parts_say_where_every_word_stands(name: str) -> None:
    for report in parse(PAYLOADS[name]):
        if report.format == "html":
            continue
        covered = "\n\n".join(part.span.of(report.text) for part in report.parts)
        assert covered == report.text
        assert all(part.path for part in report.parts)
