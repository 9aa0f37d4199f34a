"""Languages are told apart; what is none of ours is none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagt import language

SENTENCES = {
    "da": [
        "Borgmesteren siger, at broen lukker på mandag, fordi der ikke er flere penge.",
        "Hvad der skete bagefter, ved ingen af de to naboer noget om.",
        "Havnefogeden blev spurgt, om skibet kunne sejle igen efter tre uger.",
    ],
    "nb": [
        "Ordføreren sier at broen stenger på mandag fordi det ikke er mer penger igjen.",
        "Hva som skjedde etterpå, vet ingen av de to naboene noe om.",
        "Hun ble spurt om båten kunne seile igjen etter tre uker.",
    ],
    "nn": [
        "Ordføraren seier at brua stengjer på måndag fordi det ikkje er meir pengar att.",
        "Kva som hende etterpå, veit ingen av dei to naboane noko om.",
        "Ho vart spurd om båten kunne segle igjen etter tre veker.",
    ],
    "sv": [
        "Borgmästaren säger att bron stänger på måndag eftersom det inte finns mer pengar.",
        "Vad som hände efteråt vet ingen av de två grannarna något om.",
    ],
    "de": [
        "Die Bürgermeisterin sagt, dass die Brücke am Montag schließt, weil das Geld fehlt.",
        "Was danach geschah, weiß keiner der beiden Nachbarn.",
    ],
    "en": [
        "The mayor says that the bridge will close on Monday because there is no money left.",
        "What happened then, neither of the two neighbours knows.",
    ],
}


@pytest.mark.parametrize(("code", "sentence"), [(code, sentence) for code, several in SENTENCES.items() for sentence in several])
def test_sentences(code: str, sentence: str) -> None:
    assert language.identify(sentence) == code


OTHERS = [
    "",
    "   \n",
    "12.345,67 % – 2026",
    "Ok.",
    "!!! ??? ...",
    "Мэр говорит, что мост закроется в понедельник.",
    "市长说，这座桥将于星期一关闭，因为没有钱了。",
    "Le maire dit que le pont fermera lundi parce qu'il n'y a plus d'argent.",
    "Pormestari sanoo, että silta suljetaan maanantaina.",
    "Bæjarstjórinn segir að brúnni verði lokað á mánudag þar sem peningarnir séu búnir.",
    "De burgemeester zegt dat de brug maandag dichtgaat.",
]


@pytest.mark.parametrize("text", OTHERS)
def test_nothing_is_answered_for_others(text: str) -> None:
    assert language.identify(text) is None


def test_a_long_text_is_told_by_its_beginning_in_no_time() -> None:
    text = "\n\n".join(SENTENCES["nn"]) * 100_000
    start = time.perf_counter()
    assert language.identify(text) == "nn"
    assert time.perf_counter() - start < 1


def test_one_foreign_headline_does_not_decide() -> None:
    assert language.identify("Stay calm and carry on, she said.\n\n" + " ".join(SENTENCES["da"]) * 8) == "da"


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    assert language.identify(text) in (*language.KNOWN, None)


def test_the_marks_of_nynorsk_and_bokmal_exclude_each_other() -> None:
    nynorsk, bokmal = language._marks("nn"), language._marks("nb")
    assert not nynorsk.words & bokmal.words
    assert not {*nynorsk.endings, *nynorsk.slight} & {*bokmal.endings, *bokmal.slight}


@pytest.mark.parametrize(
    "text, given, claimed, wanted",
    [
        ("Broen åbner fredag, siger ordføreren til avisen.", None, "no", "nb"),  # as short as this it looks Danish, too
        ("Brua opnar fredag, seier ordføraren, og ho trur ikkje at noko vert dyrare.", None, "no", "nn"),
        ("Broen åbner fredag, siger ordføreren til avisen.", "no", None, "nb"),
        ("Broen åbner fredag, siger ordføreren til avisen.", "nb-NO", "da", "nb"),
        ("Le pont sera fermé vendredi.", None, "fr-FR", "fr"),
        ("Le pont sera fermé vendredi.", "fr", None, "fr"),
    ],
)
def test_what_a_text_claims(text: str, given: str | None, claimed: str | None, wanted: str) -> None:
    assert language.spoken(text, given, claimed) == (wanted, None)
