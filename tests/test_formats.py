"""Bytes in, reports out: encodings, pages, and what hostile input must not do."""

from __future__ import annotations

import hashlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagt import language
from sagt.errors import InputError
from sagt.formats import Given, html
from sagt.formats import text as plain
from sagt.ingest import parse, sniff

STORY = "Ålby: »Broen lukker«, siger borgmester Øjvind Kæmp – 3 år før tid.\n"

PAGE = """<!doctype html>
<html lang="da-DK"><head><meta charset="utf-8"><title>Broen lukker | Ålby Tidende</title>
<meta property="og:title" content="Broen lukker"><meta property="og:site_name" content="Ålby Tidende">
<link rel="canonical" href="https://aalby.example/broen-lukker">
<script type="application/ld+json">{"@graph": [{"@type": "WebPage", "datePublished": "2020-01-01"},
 {"@type": ["NewsArticle"], "datePublished": "2026-03-03T06:12:00+01:00", "publisher": {"name": "Ålby Tidende A/S"}}]}</script>
<style>.hemmelig { color: red }</style></head>
<body><nav><a href="/">Forside</a></nav><article><h1>Broen lukker</h1>
<p>Broen over Ålby Sund lukker fredag, siger borgmester Karen Holt &amp; hendes stab.</p>
<script>var skjult = "ikke tekst";</script>
<p>- Vi har intet valg, for vandet stiger hver eneste dag, siger hun til avisen.</p>
<p>Havnefoged Mads Brink har ikke ønsket at udtale sig om sagen. /ritzau/</p></article></body></html>"""


@pytest.mark.parametrize(
    ("payload", "encoding"),
    [
        (STORY.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + STORY.encode(), "utf-8"),
        (b"\xff\xfe" + STORY.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + STORY.encode("utf-16-be"), "utf-16-be"),
        (STORY.encode("utf-16-le"), "utf-16-le"),
        (STORY.encode("utf-16-be"), "utf-16-be"),
        (b"\xff\xfe\x00\x00" + STORY.encode("utf-32-le"), "utf-32-le"),
    ],
)
def test_encodings_are_told_without_doubt(payload: bytes, encoding: str) -> None:
    assert plain.decode(payload) == plain.Decoded(STORY, encoding)


def test_windows_1252_when_it_is_not_utf_8() -> None:
    decoded = plain.decode(STORY.encode("cp1252"))
    assert (decoded.text, decoded.encoding) == (STORY, "windows-1252")
    assert [fault.what for fault in decoded.faults] == ["not UTF-8; read as Windows-1252"]


def test_stray_bytes_in_utf_8_are_kept_and_marked() -> None:
    decoded = plain.decode("Æblet på åen, ".encode() + b"s\xf8en\r\n" + "og øen".encode())
    assert decoded.text == "Æblet på åen, søen\nog øen"
    [fault] = decoded.faults
    assert fault.span is not None and fault.span.of(decoded.text) == "ø"


def test_many_stray_places_are_counted() -> None:
    decoded = plain.decode(("æ" * 100).encode() + b"a\xf8" * 50)
    assert len(decoded.faults) == plain.MOST_FAULTS + 1
    assert decoded.faults[-1].what.endswith("in 30 more places")


def test_the_caller_names_the_encoding() -> None:
    assert plain.decode("Łódź".encode("iso-8859-2"), "latin2").text == "Łódź"
    assert plain.decode(b"\xff\xfea\x00", "utf-16").faults == ()
    assert "marked as utf-8" in plain.decode(b"\xef\xbb\xbfhej", "cp1252").faults[0].what
    for unknown in ("klingon", "hex"):
        with pytest.raises(InputError, match=unknown):
            plain.decode(b"hej", unknown)


def test_only_line_ends_change() -> None:
    kept = "  e\u0301 \u00a0\u00ad\ufeff\u2028\x0b \t"
    assert plain.decode(f"{kept}\r\na\rb\n\r\n".encode()).text == f"{kept}\na\nb\n\n"


def test_a_report_of_plain_text() -> None:
    report = plain.read(b"Broen lukker fredag.\n\n/ritzau/", Given(outlet="Nordpressen", language="da", name="a.txt"))
    assert report.id == "sha256:" + hashlib.sha256(b"Broen lukker fredag.\n\n/ritzau/").hexdigest()
    assert (report.outlet, report.language, report.name, report.agencies) == ("Nordpressen", "da", "a.txt", ("Ritzau",))
    assert report.faults == () and report.format == "text"


def test_empty_and_binary_payloads_have_a_fault() -> None:
    assert plain.read(b"").text == "" and plain.read(b"").faults[0].what.startswith("empty")
    [binary] = parse(bytes(range(256)) * 4000)
    assert binary.faults[0].what.startswith("binary") and not binary.text
    one = plain.decode(("Broen lukker i morgen. " * 10 + "\0hej").encode())
    assert one.text.endswith("\ufffdhej") and one.faults[0].what == "binary NUL"


@given(st.binary(max_size=500))
def test_decode_takes_any_bytes(payload: bytes) -> None:
    decoded = plain.decode(payload)
    assert len(decoded.text) <= len(payload)
    assert "\r" not in decoded.text and "\0" not in decoded.text
    decoded.text.encode()  # no lone surrogates
    assert all(fault.span is None or 0 <= fault.span.start < fault.span.end <= len(decoded.text) for fault in decoded.faults)


@given(st.binary(max_size=200), st.sampled_from(["utf-8", "utf-16", "utf-7", "cp1252", "idna", "punycode", "raw_unicode_escape", "big5"]))
def test_decode_takes_any_bytes_in_any_encoding(payload: bytes, encoding: str) -> None:
    plain.decode(payload, encoding).text.encode()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_utf_8_comes_through_unchanged(text: str) -> None:
    assert plain.decode(text.encode(), "utf-8").text == text.removeprefix("\ufeff")


def test_a_page() -> None:
    report = html.read(PAGE.encode())
    assert report.faults == ()
    assert report.title == "Broen lukker" and report.outlet == "Ålby Tidende" and report.language == "da"
    assert report.published == "2026-03-03T06:12:00+01:00"
    assert report.url == "https://aalby.example/broen-lukker"
    assert report.agencies == ("Ritzau",)
    assert "siger borgmester Karen Holt & hendes stab.\n\n- Vi har intet valg" in report.text
    assert "skjult" not in report.text and "hemmelig" not in report.text and "Forside" not in report.text


def test_the_caller_goes_before_the_page() -> None:
    [report] = parse(PAGE.encode(), outlet="Nordpressen", published="2026-03-04", language="sv", name="x")
    assert (report.outlet, report.published, report.language, report.name) == ("Nordpressen", "2026-03-04", "sv", "x")


@pytest.mark.parametrize(
    ("head", "published"),
    [
        ('<meta property="article:published_time" content="2026-03-03T06:12:00Z">', "2026-03-03T06:12:00Z"),
        ('<meta name="date" content="2026-03-03 06:12+0100">', "2026-03-03T06:12+0100"),
        ('<meta name="pubdate" content="Tue, 03 Mar 2026 06:12:00 +0100">', "2026-03-03T06:12:00+01:00"),
        ("<time datetime='2026-01-01'></time><time itemprop='datePublished' datetime='2026-03-03T06:12'></time>", "2026-03-03T06:12"),
        ('<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2026-03-03"}</script>', "2026-03-03"),
        ('<script type="application/ld+json">{"@type": broken</script>', None),
        ('<meta name="date" content="i forgårs">', None),
    ],
)
def test_published_times_keep_their_clock(head: str, published: str | None) -> None:
    report = html.read(f"<html><head>{head}</head><body><p>Broen lukker fredag.</p></body></html>".encode())
    assert report.published == published
    assert bool(report.faults) == ("forgårs" in head)


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("utf-8", "utf-8"), ("iso-8859-1", "utf-8"), ("iso-8859-1", "cp1252"), ("windows-1252", "cp1252"), ("iso-8859-4", "iso-8859-4"),
     ("utf-8", "utf-16"), ("klingon", "cp1252"), ("utf-8", "cp1252")],
)  # fmt: skip
def test_charsets_right_missing_and_wrong(charset: str, encoding: str) -> None:
    page = f'<html><head><meta charset="{charset}"></head><body><p>Ærø og Åbenrå på én dag.</p></body></html>'
    assert html.read(page.encode(encoding)).text == "Ærø og Åbenrå på én dag."


def test_language_codes() -> None:
    tags = ("da-DK", "nb_NO", "EN", "deu", "swe", "", None, "und", "x")
    assert [language.code(tag) for tag in tags] == ["da", "nb", "en", "de", "sv", None, None, None, None]
    story = "".join(f"<p>Borgmesteren siger, at broen lukker på mandag, og at der ikke er penge til {n} nye.</p>" for n in range(9))
    wrong = html.read(f'<html lang="en"><body>{story}</body></html>'.encode())
    assert wrong.language == "da" and "claims the language 'en'" in wrong.faults[0].what


def test_paragraphs_and_breaks_of_the_plain_text() -> None:
    page = b"<body><div>One <b>two</b>\n three<br>four<br><br>five</div>tail<ul><li>six<li>seven</ul><textarea>no</textarea></body>"
    tree = html._tree(page.decode())
    assert tree is not None
    assert html._plain(tree) == "One two three\nfour\n\nfive\n\ntail\n\nsix\n\nseven"


HOSTILE = {
    "nested divs": b"<html><body>" + b"<div>" * 100_000 + b"hello there" + b"</div>" * 100_000 + b"</body></html>",
    "nested spans, never closed": b"<html><body>" + b"<span>" * 100_000 + b"hello there",
    "nested unknown tags": b"<html><body>" + b"<zz>" * 100_000 + b"hello there",
    "20 MB of paragraphs": b"<html><body><p>hello there</p>" + b"<p>Broen lukker fredag, siger hun.</p>" * 540_000 + b"</body></html>",
    "20 MB of one letter": b"<html><body><p>hello there</p>" + b"<" * 20_000_000,
    "unclosed tags": b"<html><body><p>hello there</p>" + b"<a " * 1_000_000,
    "many attributes": b"<html><body><p " + b'x="y" ' * 500_000 + b">hello there</p></body></html>",
    "JSON nested": b'<html><script type="application/ld+json">' + b"[" * 500_000 + b"</script><body><p>hello there</p>",
    "cut off in a tag": b"<html><body><p>hello there</p><p>and mo</p><di",
    "cut off in a script": b"<html><body><p>hello there</p><script>var x = '",
    "entities": b"<html><body><p>hello&#32;there &amp;amp; &#0; &#xD800; &#x110000; &nosuch;</p></body></html>",
    "control characters": b"<html><body><p>hello there\x01\x02\x0b</p></body></html>",
    "an encoding declared twice": b"<?xml version='1.0' encoding='utf-16'?><html><body><p>hello there</p></body></html>",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_pages_are_read_in_time(kind: str) -> None:
    start = time.process_time()
    report = html.read(HOSTILE[kind])
    assert time.process_time() - start < 20  # a few seconds on an idle core
    assert "hello there" in report.text
    assert "script" not in report.text and "var x" not in report.text
    assert report.faults or kind in ("entities", "control characters", "an encoding declared twice", "many attributes")


@pytest.mark.parametrize(
    "payload", [b"", b" \n", b"<", b"<html>", b"<html><body></body></html>", b"<!-- -->", b"<?xml?>", b"\0\0\0", b"<![CDATA["]
)
def test_pages_without_text_are_reports_with_a_fault(payload: bytes) -> None:
    report = html.read(payload)
    assert report.faults and len(report.text) <= len(payload)


TAGS = b"<p>|</p>|<div |>|<!--|-->|<script>|\xff|\0|&#1;|hej |<table>|<li>|<title>|<meta charset=utf-16>|]]>|<svg>|<body>|</html>".split(
    b"|"
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(TAGS), max_size=30).map(b"".join))
def test_html_never_raises(payload: bytes) -> None:
    assert html.read(payload).id.startswith("sha256:")


def test_when_trafilatura_fails_the_plain_text_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("trafilatura.bare_extraction", fails)
    report = html.read(PAGE.encode())
    assert "Vi har intet valg" in report.text
    assert "trafilatura: RecursionError" in [fault.what for fault in report.faults]


@pytest.mark.parametrize(
    ("payload", "format"),
    [
        (PAGE.encode(), "html"),
        (PAGE.encode("utf-16"), "html"),
        (b"\n<!-- a --> <HTML><p>x", "html"),
        (b"<p>One</p><p>Two</p>", "html"),
        (b"The tag <p> opens a paragraph, <br> breaks it, </p> ends it.", "text"),
        (b"<laughs> She said no.", "text"),
        (STORY.encode(), "text"),
        (b"", "text"),
    ],
)
def test_formats_are_told_by_content(payload: bytes, format: str) -> None:
    assert sniff(payload) == format
    assert parse(payload)[0].format == format


def test_a_given_format_goes_before_the_content() -> None:
    [report] = parse(PAGE.encode(), format="text")
    assert report.text == PAGE
    with pytest.raises(InputError, match=r"known are anpa, atom, .*ritzau"):
        parse(b"hej", format="pdf")
