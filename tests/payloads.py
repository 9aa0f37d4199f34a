# ruff: noqa: E501
"""One small payload in each format, invented by us: what mutations start from, and what the commands are tried on."""

from __future__ import annotations

PAYLOADS: dict[str, bytes] = {
    "feed": """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Havnby Avis</title><link>https://havnby.example/</link><language>da</language>
<item><title>Broen &amp;amp; byen</title><link>/a</link><guid isPermaLink="false">1</guid><pubDate>Tue, 03 Mar 2026 06:12:00 +0100</pubDate>
<dc:creator>Ida Krog</dc:creator><source url="https://ritzau.example/rss">Ritzau</source><description>&lt;p&gt;Kort&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>Broen åbner, siger <b>Holt</b>.</p><p>Mere følger.</p>]]></content:encoded></item></channel></rss>""".encode(),
    "atom": b"""<entry xmlns="http://www.w3.org/2005/Atom"><id>tag:1</id><title type="html">A &lt;b&gt;bridge&lt;/b&gt;</title><link rel="alternate" href="/1"/>
<published>2026-03-03T06:12:00Z</published><updated>2026-03-03T07:12:00Z</updated><author><name>N. N.</name></author><source><title>Lorne Gazette</title></source>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>The bridge opens, Holt said.</p><p>More follows.</p></div></content></entry>""",
    "rss": b"<item><title>A bridge</title><link>https://lorne.example/1</link><description>It opens &lt;p&gt;on Friday</description><pubDate>Tue, 03 Mar 2026 06:12 CET</pubDate></item>",
    "json-feed": """{"version":"https://jsonfeed.org/version/1.1","title":"Havnby","home_page_url":"https://havnby.example/","language":"da","items":[{"id":"1","url":"/1",
"title":"Broen","content_html":"<p>Broen åbner.</p>","date_published":"2026-03-03T06:12:00+01:00","authors":[{"name":"Ida"}],"tags":["bro"]}]}""".encode(),
    "newsml-g2": b"""<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><header><sent>2026-03-03T06:13:00Z</sent></header><itemSet>
<newsItem guid="urn:x" version="2" xml:lang="en"><itemMeta><provider literal="reuters.com"/><versionCreated>2026-03-03T06:12:00Z</versionCreated>
<pubStatus qcode="stat:usable"/><edNote>Adds quote</edNote><signal qcode="edStat:C"/><link rel="irel:seeAlso" href="x"/></itemMeta>
<contentMeta><urgency>3</urgency><language tag="en"/><subject qcode="medtop:20000593"><name>x</name></subject><slugline>BRIDGE/ (UPDATE 1)</slugline>
<headline>UPDATE 1-Bridge</headline><altId type="tt:refuno">urn:w</altId></contentMeta><contentSet><inlineXML contenttype="application/xhtml+xml">
<html xmlns="http://www.w3.org/1999/xhtml"><body><p>HAVNBY (Reuters) - It opens.
    Again,
said Holt.
    More
follows.</p></body></html></inlineXML></contentSet></newsItem></itemSet></newsMessage>""",
    "newsml": b"""<NewsML Version="1.2"><NewsEnvelope><SentFrom><Party FormalName="AFP"/></SentFrom><DateAndTime>20260303T061200</DateAndTime></NewsEnvelope>
<NewsItem><Identification><NewsIdentifier><ProviderId>afp.com</ProviderId><DateId>20260303</DateId><NewsItemId>b1</NewsItemId><RevisionId PreviousRevision="1" Update="N">2</RevisionId>
<PublicIdentifier>urn:newsml:afp.com:20260303:b1:2</PublicIdentifier></NewsIdentifier></Identification><NewsManagement><NewsItemType FormalName="News"/>
<FirstCreated>20260303T060000</FirstCreated><ThisRevisionCreated>20260303T061200</ThisRevisionCreated><Status FormalName="Usable"/><Urgency FormalName="4"/></NewsManagement>
<NewsComponent><NewsLines><HeadLine>Bridge</HeadLine><DateLine>HAVNBY</DateLine></NewsLines><DescriptiveMetadata><Language FormalName="en"/></DescriptiveMetadata>
<NewsComponent><Role FormalName="Main"/><ContentItem><DataContent><p>It opens, Holt told AFP.</p><p>More.</p></DataContent></ContentItem></NewsComponent></NewsComponent></NewsItem></NewsML>""",
    "nitf": """<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE nitf SYSTEM "nitf.dtd"><nitf baselang="nb-NO"><head><title>Brua</title>
<docdata management-status="usable"><doc-id id-string="a-1" regsrc="NTB"/><date.issue norm="20260303T061200"/><urgency ed-urg="5"/><du-key key="a" version="2"/>
<ed-msg info="Noe utvidet"/></docdata></head><body><body.head><hedline><hl1>Brua åpner</hl1></hedline><distributor><org>NTB</org></distributor><dateline>Havnby</dateline></body.head>
<body.content><p lede="true">Brua åpner, sier Holt.</p><hl2>Mer</hl2><p>- Ja.</p></body.content></body></nitf>""".encode("latin-1"),
    "ninjs": """{"uri":"urn:a","type":"text","version":"2","versioncreated":"2026-03-03T06:12:00+01:00","pubstatus":"usable","urgency":3,"language":"da",
"headline":"Broen åbner","body_xhtml":"<p>Broen åbner, siger Holt.</p><p>Mere.</p>","byline":"Ida/TT","subject":[{"code":"20000593","name":"bro"}],"evolvedfrom":"urn:b"}""".encode(),
    "ritzau": """<RBNews xmlns:i="http://www.w3.org/2001/XMLSchema-insance"><NewsID>a-1</NewsID><PublishDate>2026-03-03T06:12:00.3</PublishDate>
<strapline>BRO (NY)</strapline><headline>Broen åbner</headline><subtitle i:nil="true"/><town>Havnby</town><origin>/ritzau/</origin><version>1</version>
<Replaces><RelatedNews><NewsID>a-0</NewsID></RelatedNews></Replaces><content>&lt;p&gt;Broen åbner, siger &amp;quot;Holt&amp;quot;.&lt;/p&gt;&lt;p&gt;- Ja.&lt;br /&gt;/ritzau/&lt;/p&gt;</content>
<Priority>3</Priority><IPTCList xmlns:a="x"><a:int>20000593</a:int></IPTCList><Annuleret>false</Annuleret></RBNews>""".encode(),
    "anpa": b"\x16\x16\x01z6715\x1f-----\r\nr z\x13\x11 bc-bri--bridge 1stLd-Writethru 03-03 0500\r\n\x02^BC-BRI--Bridge, 1st Ld-Writethru,416<\r\n^Bridge opens<\r\n"
    b"^Eds: Updates.<\r\n^By IDA KROG=\r\n\t   HAVNBY (AP) _ ``It opens,'' Holt said.\r\n\t   More follows.\r\n\r\n\t   AP-WF-03-03-26 0612GMT<\r\n\x03\r\n",
    "iptc": b"\x01eca0003 3 i 38 dpa 0045\r\n\r\nHavnby/bridge/\r\n1ST LEAD\r\n\x02Bridge opens\r\nBy dpa correspondents =\r\n\r\nHavnby (dpa) - It opens, Holt\r\nsaid.\r\n\r\nMore follows.\r\n"
    b"\r\n* * * *\r\nThe following information is not intended for publication\r\nIda Krog, 12345678\r\n\x03 030612 GMT Mar 26\r\n\x04",
    "row": '{"text":"Broen åbner, siger Holt.\\nMere.","title":"Broen","date":"2026-03-03","url":"https://havnby.example/1","lang":"da"}'.encode(),
    "mail": b"From: Havnby Kommune <presse@havnby.example>\r\nTo: red@avis.example\r\nSubject: =?utf-8?q?Broen_=C3=A5bner?=\r\nDate: Tue, 03 Mar 2026 06:12:00 +0100\r\n"
    b"Message-ID: <1@havnby.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nBroen =E5bner, siger Holt.\r\n--b--\r\n",
    "warc": b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: https://havnby.example/1\r\nWARC-Date: 2026-03-03T06:12:00Z\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
    b"Content-Type: text/html\r\nContent-Length: 61\r\n\r\n<html><body><p>Broen &aring;bner, siger Holt.</p></body></html>\r\n\r\n\r\n",
}  # fmt: skip
