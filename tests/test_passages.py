"""What a report passes on, and whose word it is. Texts of our own, read by the real reader."""

import copy
import zlib
from dataclasses import asdict

import msgspec
import numpy as np
import pytest
from told import told

from sagt import shelf
from sagt.origins import Item
from sagt.passages import LIGHT, Passage, Stance, Voice, in_light, own_word, passages, worded
from sagt.read import Reader
from sagt.types import Act, MediumType, Report, Span, Wording

OWN = {
    "an authority's": ("Færgestyrelsen", "Ruten lukker i april. Passagerer skal tage bussen over Hjortsund."),
    "a firm that is its first subject": ("Sundfort A/S", "Sundfort A/S har solgt to færger til Lindholm Rederi. Salget gælder fra maj."),
    "one that says we": ("Hjortsund Sejlklub", "Vi beklager, at stævnet er aflyst. Alle får deres penge igen."),
}
A_MEDIUM = {
    "told to it": ("Kladden", "Vi ved ikke, hvem der har talt. »Det er løgn,« siger formand Karen Holt til Kladden."),
    "by its name": ("Hjortsund Tidende", "Hjortsund Tidende har set brevet. »Det er løgn,« siger formand Karen Holt."),
    "on a social medium": ("Hjortsund Tidende på X", "Færgestyrelsen lukker ruten i april. Det oplyser styrelsens direktør, Bo Lind."),
    "of others": ("Havnebladet", "Færgestyrelsen lukker ruten i april. Det oplyser styrelsens direktør, Bo Lind."),
}


@pytest.mark.parametrize(("outlet", "text"), OWN.values(), ids=OWN)
def test_whose_own_word_it_is(reader: Reader, outlet: str, text: str) -> None:
    own = own_word(reader.read(Report("r", text, outlet=outlet, language="da")))
    assert own is not None and own.author == outlet


@pytest.mark.parametrize(
    ("outlet", "author", "person"),
    [
        ("Karen Holt på Facebook", "Karen Holt", True), ("Karen Holt, LinkedIn", "Karen Holt", True), ("X: Karen Holt", "Karen Holt", True),
        ("Instagram / Karen Holt", "Karen Holt", True), ("Hjortsund Politi (X)", "Hjortsund Politi", False),
    ],
)  # fmt: skip
def test_who_posts_is_called_by_the_name_alone(reader: Reader, outlet: str, author: str, person: bool) -> None:
    """Or else what is passed on of Karen Holt's post would be of somebody else than the post."""
    reading = reader.read(Report("r", "Broen er farlig. Den skal lukkes i dag.", outlet=outlet, language="da"))
    voices = {(one.voice.name, one.voice.person) for one in passages(reading)}
    assert voices == {(author, person)}
    assert own_word(reading).medium is MediumType.SOCIAL_POST  # type: ignore[union-attr]


def test_who_signs_with_a_title_is_called_by_the_name(reader: Reader) -> None:
    reading = reader.read(Report("r", "Broen er farlig. Den skal lukkes i dag.", outlet="Karen Holt, miljøminister", language="da"))
    assert {(one.voice.name, one.voice.person, one.voice.roles) for one in passages(reading)} == {("Karen Holt", True, ("miljøminister",))}


@pytest.mark.parametrize(("outlet", "text"), A_MEDIUM.values(), ids=A_MEDIUM)
def test_a_medium_is_no_author(reader: Reader, outlet: str, text: str) -> None:
    assert own_word(reader.read(Report("r", text, outlet=outlet, language="da"))) is None


def test_words_are_understood_in_their_sentence_and_by_who_says_them() -> None:
    text = "Kommunen\n\nBroen er gammel. Holt afviser, at den lukker. Det var alt."
    at = text.index("at den")
    found = worded(text, Span(at, at + len("at den lukker")), "Karen Holt")
    assert found.text == "Karen Holt: Holt afviser, at den lukker."
    assert found.text[found.start : found.end] == "at den lukker"


LIGHTS = {
    "what stands before it": ("Revisoren savner 4 mio. kr.\n\n- ⟦Det passer ikke⟧, siger Holt. Mødet varede kort.",
                              "Revisoren savner 4 mio. kr. Karen Holt: - ⟦Det passer ikke⟧, siger Holt."),
    "nothing before the first": ("Holt afviser, ⟦at broen lukker⟧.", "Karen Holt: Holt afviser, ⟦at broen lukker⟧."),
    "whole sentences": (f"{'Broen er lang. ' * 40}- ⟦Nej⟧, siger Holt.", f"{'Broen er lang. ' * 11}Karen Holt: - ⟦Nej⟧, siger Holt."),
}  # fmt: skip


@pytest.mark.parametrize(("marked", "wanted"), LIGHTS.values(), ids=LIGHTS)
def test_an_answer_is_understood_behind_what_is_told_just_before(marked: str, wanted: str) -> None:
    text = marked.replace("⟦", "").replace("⟧", "")
    found = in_light(text, Span(marked.index("⟦"), marked.index("⟧") - 1), "Karen Holt")
    assert f"{found.text[: found.start]}⟦{found.text[found.start : found.end]}⟧{found.text[found.end :]}" == wanted


@pytest.mark.parametrize("text", ["ord " * 5000, "x" * 20000, "\n" * 20000])
def test_light_is_short_however_long_a_sentence_is(text: str) -> None:
    assert len(in_light(text, Span(8000, 8003), "Karen Holt").text) < 900 + LIGHT


def test_a_sentence_without_end_is_looked_at_around_the_words() -> None:
    text = "ord " * 5000
    found = worded(text, Span(8000, 8003), None)
    assert found.text[found.start : found.end] == "ord" and len(found.text) < 600


def test_a_brief_of_before_meanings_were_taken_in_context_is_read() -> None:
    passage = Passage("a1", (Span(0, 3),), "Ja.", (Wording.whole("Ja."),), Voice("Holt"), Stance.ASSERTS, Act.STATES, True)
    item = Item(1, "sha256:1", 0.0, None, "", False, "da", None)
    new = {"item": asdict(item), "passages": [asdict(passage)], "narration": []}
    old = copy.deepcopy(new)
    old["passages"][0]["wording"] = ["Ja."]
    first, second = (shelf._record(zlib.compress(msgspec.json.encode(one))) for one in (new, old))
    assert first == second and second.passages == (passage,)


def test_a_brief_of_before_claims_had_vectors_is_read() -> None:
    denies, states = (
        Passage(f"a{act}", (Span(0, 3),), "Ja.", (Wording.whole("Ja."),), Voice("Holt"), stance, act, True)
        for stance, act in ((Stance.DENIES, Act.DENIES), (Stance.ASSERTS, Act.STATES))
    )
    item, rows = Item(1, "sha256:1", 0.0, None, "", False, "da", None), np.eye(7, 8, dtype=np.int8) * 100
    new = shelf.vectors_of(shelf.Brief(item, (denies, states), rows[0], rows))
    assert [(int(a.argmax()), int(b.argmax()), float(b.max())) for a, b in zip(new.told, new.sought, strict=True)] == [(4, 6, 1), (5, 0, 0)]
    old = shelf.vectors_of(shelf.Brief(item, (denies, states), rows[0], rows[:4]))
    assert (old.sentences == new.sentences).all() and (old.about == new.about).all() and not old.told.any() and not old.sought.any()


HANDS = {
    # the outlet that reports, what it reports, and through whom it has it; None: it was told so itself
    "a paper that is named for its town": (
        "Ritzau",
        "til ⟦o Lysnæs Dagblad⟧. Vejret blev senere læst op for ⟦o Ritzau⟧.",
        "Lysnæs Dagblad",
    ),
    "an agency in small letters": ("Ritzau", "ifølge ⟦o dpa⟧.", "dpa"),
    "itself": ("Ritzau", "til ⟦o Ritzau⟧.", None),
    "itself, by a shorter name": ("Hjelmby Folkeblad", "til ⟦o Folkebladet⟧.", None),
}


@pytest.mark.parametrize("name", HANDS)
def test_through_whom_a_report_has_it(name: str) -> None:
    outlet, rest, hand = HANDS[name]
    (one,) = passages(told(f"⟦c1 Broen er revnet i den ene ende⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Karen Holt⟧⟧ {rest}", outlet=outlet))
    assert ([c.name for c in one.carriers], one.heard) == ([hand] if hand else [], hand is None)


def test_we_in_a_release_is_who_sends_it() -> None:
    found = passages(told("Pressemeddelelse\n\n⟦s1 Vi⟧ ⟦u1 beder⟧ ⟦c1 kommunen lade en uvildig tælle efter⟧.", outlet="Hjelmby Rederi"))
    assert [one.voice.name for one in found if one.content.startswith("kommunen")] == ["Hjelmby Rederi"]
