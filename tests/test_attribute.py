"""What the rules make of what the network found. Marks: ⟦s source⟧ ⟦u cue⟧ ⟦c content⟧ given; the expected content is ⟦x …⟧."""

from dataclasses import replace

import pytest
from specimen import Specimen, specimen

from sagt import credits, segment
from sagt.attribute import attributions
from sagt.decode import Found
from sagt.types import Act, Attribution, Kind, Report, Role


def found(s: Specimen, *, source: str = "s", cue: str = "u", content: str = "c", via: bool = False, confidence: float = 0.9) -> Found:
    return Found(s[source], s[cue], s[content], Act.STATES, via, confidence)


def read(s: Specimen, *given: Found, outlet: str | None = "Nordpressen") -> tuple[Attribution, ...]:
    report = Report("", s.text, outlet=outlet, language="da", agencies=credits.names(s.text))
    return attributions(report, segment.paragraphs(s.text), given)


def test_indirect() -> None:
    s = specimen("⟦s Holt⟧ ⟦u siger⟧, ⟦c at broen lukker⟧.")
    (one,) = read(s, found(s))
    assert (one.source, one.cue, one.content, one.kind) == (s["s"], s["u"], s["c"], Kind.INDIRECT)


def test_a_quotation_is_taken_whole() -> None:
    s = specimen("⟦x »⟦c Vi har ventet i elleve måneder⟧ nu«⟧, ⟦u siger⟧ ⟦s Holt⟧.")
    (one,) = read(s, found(s))
    assert (one.content, one.kind) == (s["x"], Kind.DIRECT)


def test_mixed() -> None:
    s = specimen("⟦s Hun⟧ ⟦u kalder⟧ ⟦c planen for »rent ønsketænkning«⟧.")
    assert read(s, found(s))[0].kind is Kind.MIXED


def test_one_turn_of_two_dash_paragraphs_with_the_tag_in_the_last() -> None:
    s = specimen("- ⟦x Vi har ventet længe.⟧\n\n- ⟦x ⟦c Nu er det slut⟧⟧, ⟦u siger⟧ ⟦s hun⟧.")
    (one,) = read(s, found(s))
    assert (one.content, one.kind) == (s["x"], Kind.DIRECT)


def test_a_dash_quotation_that_goes_on() -> None:
    s = specimen("- ⟦c Nu er det slut⟧, ⟦u siger⟧ ⟦s hun⟧.\n\n- ⟦x Vi vil have en bro.⟧")
    first, second = read(s, found(s))
    assert first.content == s["c"]
    assert (second.source, second.cue, second.content, second.found_by) == ((), (), s["x"], "quotation that goes on")


def test_an_english_quotation_over_paragraphs() -> None:
    s = specimen("⟦x “We started in May.⟧\n\n⟦x “⟦c Then it stopped⟧,”⟧ ⟦s she⟧ ⟦u said⟧.")
    (one,) = read(s, found(s))
    assert one.content == s["x"]


def test_a_colon() -> None:
    s = specimen("⟦s Klima-Nord⟧: ⟦x »Regeringen har svigtet hele kysten.«⟧")
    (one,) = read(s)
    assert (one.source, one.cue, one.content, one.found_by) == (s["s"], (), s["x"], "colon")


def test_a_quotation_over_paragraphs_that_nobody_has_is_one() -> None:
    s = specimen("⟦x »Vi begyndte i maj.⟧\n\n⟦x Så gik det i stå.«⟧")
    (one,) = read(s)
    assert (one.content, one.kind) == (s["x"], Kind.DIRECT)


def test_a_headline() -> None:
    s = specimen("⟦s Klima-Nord⟧: ⟦x Kysten er svigtet⟧\n\nBroen er lukket.")
    (one,) = read(s)
    assert (one.source, one.content, one.found_by) == (s["s"], s["x"], "headline")


@pytest.mark.parametrize(
    "line",
    [
        "Fakta: Broens historie",
        "Stilling: 3-1",
        "Opdateret: 11:43",
        "KILL: Broen er lukket",
        "Rettet: Broen er åben igen",
        "Han kom til stationen: Der var ingen.",
    ],
)
def test_no_headline(line: str) -> None:
    assert read(specimen(line)) == ()


def test_a_title_in_marks_is_no_attribution() -> None:
    assert read(specimen("Orkestret spillede »Havet« og »Den lange vej hjem« i aftes.")) == ()


def test_the_chain_names_every_hand() -> None:
    s = specimen("⟦c At broen lukker⟧, ⟦u siger⟧ ⟦s Holt⟧ ⟦k ifølge⟧ ⟦v AP⟧.")
    (one,) = read(s, found(s), found(s, source="v", cue="k", via=True))
    assert [(link.role, link.span, link.name) for link in one.chain] == [
        (Role.SPEAKER, s["s"][0], "Holt"),
        (Role.CARRIER, s["v"][0], "AP"),
        (Role.OUTLET, None, "Nordpressen"),
    ]
    assert one.chain[1].cue == s["k"]


def test_a_carrier_with_nobody_before_it_is_the_source() -> None:
    s = specimen("⟦c Broen lukker⟧, ⟦u skriver⟧ ⟦s Reuters⟧.")
    (one,) = read(s, found(s, via=True))
    assert one.source == s["s"]


def test_two_parts_of_a_cue_are_one_attribution() -> None:
    s = specimen("⟦s Holt⟧ ⟦u har⟧ ikke ⟦u bekræftet⟧ ⟦c aftalen⟧.")
    assert len(read(s, found(s), found(s, confidence=0.5))) == 1


def test_one_inside_another() -> None:
    s = specimen("⟦s Holt⟧ ⟦u siger⟧, ⟦c at ⟦t ministeren⟧ ⟦w lovede⟧, ⟦d at staten betaler⟧⟧.")
    outer, inner = read(s, found(s), found(s, source="t", cue="w", content="d"))
    assert (outer.inside, inner.inside) == (None, outer.id)


def test_a_content_has_a_part_for_each_paragraph() -> None:
    s = specimen("⟦u Det siger⟧ ⟦s Holt⟧ om ⟦c broen.\n\nDen er lukket⟧.")
    (one,) = read(s, found(s))
    assert [part.of(s.text) for part in one.content] == ["broen.", "Den er lukket"]


def test_a_carrier_without_content_follows_its_speaker() -> None:
    s = specimen("⟦c Broen lukker⟧. Det ⟦u siger⟧ ⟦s Holt⟧ ⟦k ifølge⟧ ⟦v nyhedsbureauet AP⟧.")
    (one,) = read(s, found(s), found(s, source="v", cue="k", content="none", via=True))
    assert [link.name for link in one.chain] == ["Holt", "nyhedsbureauet AP", "Nordpressen"]


def test_a_credited_agency_is_a_hand() -> None:
    s = specimen("⟦c Broen lukker⟧, ⟦u siger⟧ ⟦s Holt⟧.\n\n/⟦r ritzau⟧/")
    (one,) = read(s, found(s))
    assert [(link.role, link.name) for link in one.chain] == [
        (Role.SPEAKER, "Holt"),
        (Role.CARRIER, "Ritzau"),
        (Role.OUTLET, "Nordpressen"),
    ]
    (alone,) = read(s, found(s), outlet=None)
    assert [(link.role, link.name) for link in alone.chain] == [(Role.SPEAKER, "Holt"), (Role.OUTLET, "Ritzau")]


def test_the_words_of_the_cue_tell_the_act() -> None:
    s = specimen("⟦s Holt⟧ ⟦u har ikke bekræftet⟧ ⟦c aftalen⟧.")
    assert read(s, found(s))[0].act is Act.WITHHOLDS


def test_a_sentence_that_points_back() -> None:
    s = specimen("Broen er gammel. ⟦x Den lukker fredag.⟧\n\nDet ⟦u afviser⟧ ⟦s Holt⟧.")
    (one,) = read(s, found(s, content="none"))
    assert one.content == s["x"]


def test_a_cue_without_content_is_dropped() -> None:
    s = specimen("Broen er gammel. Til sidst ⟦u svarede⟧ ⟦s Holt⟧.")
    assert read(s, found(s, content="none")) == ()


def test_a_carrier_stands_beside_another_that_speaks_for_itself() -> None:
    s = specimen("⟦c Broen lukker⟧, ⟦u skriver⟧ ⟦s DR⟧ ⟦k ifølge⟧ ⟦v AP⟧.")
    (one,) = read(s, found(s, via=True), found(s, source="v", cue="k", content="none", via=True))
    assert [link.name for link in one.chain] == ["DR", "AP", "Nordpressen"]


def test_what_a_second_look_finds_counts_where_the_first_found_nothing_in_its_sentence() -> None:
    s = specimen("⟦s Holt⟧ ⟦u siger⟧, ⟦c at broen lukker⟧, ⟦v mener⟧ ⟦t hun⟧. ⟦k Den åbner lørdag⟧, ⟦w lyder⟧ ⟦r det fra kommunen⟧.")
    beside = replace(found(s, source="t", cue="v"), faint=True)
    apart = replace(found(s, source="r", cue="w", content="k"), faint=True)
    assert [a.cue for a in read(s, found(s), beside, apart)] == [s["u"], s["w"]]


def test_what_a_second_look_finds_without_a_source_does_not_count() -> None:
    s = specimen("⟦u Aftalt⟧ er ⟦c en pris på 14 kroner⟧.")
    assert read(s, replace(found(s), faint=True)) == ()
