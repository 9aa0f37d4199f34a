"""The hands an attribution went through, rule by rule."""

import pytest
from told import carriers, speakers, told

HANDS = {
    "ifølge": ("⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧⟧ ifølge ⟦o AP⟧.", "da", ["AP"]),
    "ifølge nyhedsbureauet": ("⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧⟧ ifølge det norske nyhedsbureau ⟦o NTB⟧.", "da", ["NTB"]),
    "til": ("⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧⟧ til ⟦o Ritzau⟧.", "da", ["Ritzau"]),
    "over for avisen": ("⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧⟧ over for avisen ⟦o Nordpressen⟧.", "da", ["Nordpressen"]),
    "a paper by its name": ("⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧⟧ til ⟦o Lindholm Folkeblad⟧.", "da", ["Lindholm Folkeblad"]),
    "told": ("⟦s1 ⟦p Vale⟧⟧ ⟦u1 told⟧ ⟦o Reuters⟧ ⟦c1 that the bridge would close⟧.", "en", ["Reuters"]),
    "in an interview with": ("⟦c1 It will close⟧, ⟦s1 ⟦p Vale⟧⟧ ⟦u1 said⟧ in an interview with ⟦o LBC Radio⟧.", "en", ["LBC Radio"]),
    "on a broadcaster": ("⟦c1 It will close⟧, ⟦s1 ⟦p Vale⟧⟧ ⟦u1 said⟧ on ⟦o Radio Harland⟧.", "en", ["Radio Harland"]),
    "an analyst at Reuters is no hand": ("⟦c1 Renten stiger⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧, analytiker hos ⟦o Reuters⟧⟧.", "da", []),
    "told an analyst": ("⟦c1 Renten stiger⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧⟧ til en analytiker fra ⟦o Reuters⟧.", "da", []),
    "citing": ("⟦s1 ⟦o Reuters⟧⟧ ⟦u1 skriver⟧ med henvisning til to kilder, at ⟦c1 broen lukker⟧.", "da", ["Reuters"]),
    "on another's word": (
        "⟦s1 ⟦p Pump⟧⟧ ⟦u1 erklærede sig⟧ ⟦u2 ifølge⟧ ⟦s2 ⟦p Holt⟧⟧ ⟦c2 enig i, ⟦c1 at det ikke kan fortsætte⟧⟧.",
        "da",
        ["Holt"],
    ),
}


@pytest.mark.parametrize("name", HANDS)
def test_hands(name: str) -> None:
    marked, language, wanted = HANDS[name]
    (one,) = told(marked, language).attributions
    assert carriers(one) == wanted


def test_citing_makes_the_cited_the_speaker() -> None:
    assert speakers(told(HANDS["citing"][0])) == ["to kilder"]


def test_on_whose_word_keeps_the_speaker() -> None:
    assert speakers(told(HANDS["on another's word"][0])) == ["Pump"]


def test_said_x_according_to_an_agency() -> None:
    reading = told("⟦c1 “It was dark,” said ⟦p Kate Lowry⟧⟧, ⟦u1 according to⟧ ⟦s1 ⟦o AP⟧⟧.", "en")
    (one,) = reading.attributions
    assert (speakers(reading), carriers(one)) == (["Kate Lowry"], ["AP"])
    assert one.content[0].of(reading.report.text) == "“It was dark,”"


def test_a_statement_within_a_statement() -> None:
    reading = told("⟦s1 En talskvinde for ministeren⟧ ⟦u1 siger⟧ til ⟦o DR⟧, ⟦c1 at ⟦s2 han⟧ ⟦u2 har lovet⟧ ⟦c2 en ny bro⟧⟧.")
    inner = next(a for a in reading.attributions if a.inside)
    assert carriers(inner) == ["En talskvinde for ministeren", "DR"]


def test_the_relay_after_the_lead_carries_what_stands_before() -> None:
    reading = told("⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧⟧.\n\nDet ⟦u2 skriver⟧ ⟦s2 ⟦o Lindholm Folkeblad⟧⟧.", outlet="Nordpressen")
    one = next(a for a in reading.attributions if a.speaker and a.speaker.name == "Holt")
    assert [link.name for link in one.chain] == ["Holt", "Lindholm Folkeblad", "Nordpressen"]


def test_the_chain_ends_with_agency_and_outlet() -> None:
    (one,) = told(
        "⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧⟧ ifølge ⟦o AP⟧.\n\n/ritzau/", outlet="Nordpressen", agencies=("Ritzau",)
    ).attributions
    assert [(link.role, link.name) for link in one.chain] == [
        ("speaker", "Holt"), ("carrier", "AP"), ("carrier", "Ritzau"), ("outlet", "Nordpressen"),
    ]  # fmt: skip


def test_one_hand_is_counted_once() -> None:
    reading = told("⟦c1 ⟦s2 Ministeren⟧ ⟦u2 lovede⟧, ⟦c2 at staten betaler⟧⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧⟧ ifølge ⟦o AP⟧.")
    inner = next(a for a in reading.attributions if a.inside)
    assert carriers(inner) == ["Holt", "AP"]


def test_who_was_told_is_no_hand() -> None:
    (one,) = told("⟦s1 Borgmesteren⟧ ⟦u1 blev lovet⟧, ⟦c1 at broen åbner⟧.", outlet="Nordpressen").attributions
    assert [link.role for link in one.chain] == ["outlet"]
