"""By what means, with what reserve, in answer to what; and what a report leaves to be followed up."""

import pytest
from told import told

from sagt.types import Act

TUESDAY = "2026-01-27T08:15:00+01:00"

MEDIA = {
    "phone call": "⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧⟧ i telefon.",
    "interview": "⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧⟧ i et interview.",
    "press conference": "⟦c1 Broen lukker⟧, ⟦u1 sagde⟧ ⟦s1 ⟦p Holt⟧⟧ på et pressemøde.",
    "speech": "I sin nytårstale ⟦u1 sagde⟧ ⟦s1 ⟦p Holt⟧⟧, ⟦c1 at broen lukker⟧.",
    "parliament": "⟦c1 Broen lukker⟧, ⟦u1 sagde⟧ ⟦s1 ⟦p Holt⟧⟧ i Folketinget.",
    "social post": "⟦c1 Broen lukker⟧, ⟦u1 skriver⟧ ⟦s1 ⟦p Holt⟧⟧ på Facebook.",
    "written statement": "⟦c1 Broen lukker⟧, ⟦u1 skriver⟧ ⟦s1 ⟦p Holt⟧⟧ i en skriftlig kommentar.",
    "press release": "⟦c1 Broen lukker⟧, ⟦u1 oplyser⟧ ⟦s1 kommunen⟧ i en pressemeddelelse.",
    "letter": "⟦c1 Broen lukker⟧, ⟦u1 skriver⟧ ⟦s1 ⟦p Holt⟧⟧ i et brev.",
    "report": "⟦c1 Broen lukker⟧, ⟦u1 skriver⟧ ⟦s1 kommunen⟧ i en rapport.",
    "court document": "⟦c1 Broen lukker⟧, ⟦u1 fremgår det af⟧ ⟦s1 anklageskriftet⟧.",
    "leaked document": "⟦c1 Broen lukker⟧, ⟦u1 fremgår det af⟧ ⟦s1 et lækket notat⟧.",
    "e-mail": "⟦c1 Broen lukker⟧, ⟦u1 skriver⟧ ⟦s1 ⟦p Holt⟧⟧ i en mail.",
    "broadcast": "⟦c1 Broen lukker⟧, ⟦u1 sagde⟧ ⟦s1 ⟦p Holt⟧⟧ i radioavisen.",
}


@pytest.mark.parametrize("kind", MEDIA)
def test_medium(kind: str) -> None:
    (one,) = told(MEDIA[kind]).attributions
    assert one.medium is not None
    assert one.medium.type == kind
    assert one.medium.span.of("x" * 200)


ENGLISH = {
    "press conference": "⟦s1 ⟦p Vale⟧⟧ ⟦u1 told⟧ a press conference ⟦c1 that it would close⟧.",
    "parliament": "⟦c1 It will close⟧, ⟦s1 ⟦p Vale⟧⟧ ⟦u1 told⟧ the Commons.",
    "social post": "⟦c1 It will close⟧, ⟦s1 ⟦p Vale⟧⟧ ⟦u1 said⟧ in a post on X.",
    "phone call": "⟦c1 It will close⟧, ⟦s1 ⟦p Vale⟧⟧ ⟦u1 said⟧ in a phone call.",
    "broadcast": "⟦c1 It will close⟧, ⟦s1 ⟦p Vale⟧⟧ ⟦u1 said⟧ on the radio.",
}


@pytest.mark.parametrize("kind", ENGLISH)
def test_medium_in_english(kind: str) -> None:
    (one,) = told(ENGLISH[kind], "en").attributions
    assert one.medium is not None
    assert one.medium.type == kind


def test_the_platform_of_a_post_after_a_comma() -> None:
    (one,) = told("I et opslag på sit eget medie, Truth Social, ⟦u1 skriver⟧ ⟦s1 ⟦p Pump⟧⟧, ⟦c1 at det går godt⟧.").attributions
    assert one.medium is not None
    assert (one.medium.type, one.medium.platform) == ("social post", "Truth Social")


def test_what_is_written_on_is_of_the_same_post() -> None:
    reading = told(
        "I et opslag på Facebook ⟦u1 skriver⟧ ⟦s1 ⟦p Holt⟧⟧, ⟦c1 at det er slut⟧.\n\n- ⟦c2 Tak for alt⟧, ⟦u2 skriver⟧ ⟦s2 ⟦p Holt⟧⟧."
    )
    assert [a.medium.type if a.medium else None for a in reading.attributions] == ["social post", "social post"]


def test_a_medium_within_what_is_said_is_none_of_the_saying() -> None:
    (one,) = told("⟦s1 ⟦p Holt⟧⟧ ⟦u1 siger⟧, ⟦c1 at hun fik et brev⟧.").attributions
    assert one.medium is None


def test_hedges_and_negation() -> None:
    reading = told("⟦s1 ⟦p Pump⟧⟧ ⟦u1 har ikke umiddelbart bekræftet⟧, ⟦c1 at betjentene trækkes ud⟧.")
    (one,) = reading.attributions
    assert [h.of(reading.report.text) for h in one.hedges] == ["umiddelbart"]
    assert one.negated
    assert one.act is Act.WITHHOLDS


ACTS = [
    ("⟦s1 ⟦p Holt⟧⟧ ⟦u1 afviser⟧ ⟦c1 at kommentere sagen⟧.", "da", Act.WITHHOLDS),
    ("⟦s1 ⟦p Holt⟧⟧ ⟦u1 afviser⟧, ⟦c1 at broen er farlig⟧.", "da", Act.DENIES),
    ("⟦s1 ⟦o Skelby Travel⟧⟧ ⟦u1 declined to comment on⟧ ⟦c1 the strike⟧.", "en", Act.WITHHOLDS),
    ("⟦s1 ⟦p Vale⟧⟧ ⟦u1 denied⟧ ⟦c1 that it was unsafe⟧.", "en", Act.DENIES),
]


@pytest.mark.parametrize(("marked", "language", "act"), ACTS)
def test_acts_that_the_words_tell(marked: str, language: str, act: Act) -> None:
    (one,) = told(marked, language).attributions
    assert one.act is act


def test_a_denial_answers_the_statement_that_it_shares_most_with() -> None:
    reading = told(
        "⟦c1 Broen er farlig at køre på⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Karen Holt⟧⟧. ⟦c2 Kaffen er kold⟧, ⟦u2 siger⟧ ⟦s2 ⟦p Anders Vang⟧⟧. "
        "⟦s3 Kommunen⟧ ⟦u3 afviser⟧, ⟦c3 at broen er farlig⟧."
    )
    answers = [a.answers.to if a.answers else None for a in reading.attributions]
    assert answers == [None, None, "a1"]
    assert reading.attributions[2].answers is not None
    assert "broen" in reading.attributions[2].answers.why


def test_nobody_answers_himself() -> None:
    reading = told("⟦c1 Broen er farlig⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Karen Holt⟧⟧. ⟦s2 ⟦p Holt⟧⟧ ⟦u2 afviser⟧, ⟦c2 at broen er sikker⟧.")
    assert [a.answers for a in reading.attributions] == [None, None]


# what is left to be followed up


def test_a_cue_without_content_takes_the_clause_that_follows() -> None:
    reading = told("I et opslag ⟦u1 skriver⟧ ⟦s1 ⟦p Pump⟧⟧ sent mandag aften, at han har talt med ham.")
    assert [c.of(reading.report.text) for c in reading.attributions[0].content] == ["at han har talt med ham"]


FOLLOW = [
    ("⟦s1 ⟦p Holt⟧⟧ ⟦u1 lovede⟧, ⟦c1 at broen åbner fredag⟧.", "1 promises", "promise", "2026-01-30"),
    ("⟦s1 ⟦p Holt⟧⟧ ⟦u1 planlægger⟧ ⟦c1 at åbne broen i marts⟧.", "1 intends", "intention", "2026-03"),
    ("⟦s1 ⟦p Holt⟧⟧ ⟦u1 kræver⟧, ⟦c1 at broen åbner senest 1. maj⟧.", "1 asks", "demand", "2026-05-01"),
    ("⟦s1 ⟦p Holt⟧⟧ ⟦u1 siger⟧, ⟦c1 at broen vil åbne fredag⟧.", "", "announcement", "2026-01-30"),
    ("Byrådet drøfter broen på torsdag.", "", "announcement", "2026-01-29"),
]


@pytest.mark.parametrize(("marked", "acts", "kind", "due"), FOLLOW)
def test_promises(marked: str, acts: str, kind: str, due: str) -> None:
    (one,) = told(marked, acts=acts, published=TUESDAY).promises
    assert one.due is not None
    assert (one.kind, one.due.value) == (kind, due)


def test_what_was_is_no_promise() -> None:
    assert told("Broen lukkede mandag. ⟦s1 ⟦p Holt⟧⟧ ⟦u1 siger⟧, ⟦c1 at den brændte lørdag⟧.", published=TUESDAY).promises == ()


QUESTIONS = [
    ("Det står ikke klart, hvor mange betjente det drejer sig om.", "da", "hvor mange betjente det drejer sig om"),
    ("Hvordan branden opstod, vides endnu ikke.", "da", "Hvordan branden opstod"),
    ("It was not immediately clear how many had left.", "en", "how many had left"),
    ("What it will cost is not yet known.", "en", "What it will cost"),
]


@pytest.mark.parametrize(("text", "language", "asks"), QUESTIONS)
def test_open_questions(text: str, language: str, asks: str) -> None:
    (one,) = told(text, language).questions
    assert " ".join(s.of(text) for s in one.asks) == asks


def test_an_event_is_the_clause_of_its_time_and_on_whose_word() -> None:
    reading = told("Broen styrtede sammen lørdag. ⟦s1 ⟦p Holt⟧⟧ ⟦u1 siger⟧, ⟦c1 at to omkom søndag i ⟦l Havnby⟧⟧.", published=TUESDAY)
    text = reading.report.text
    assert [(e.span.of(text), e.on_word_of) for e in reading.events] == [
        ("Broen styrtede sammen lørdag", "narrator"), ("at to omkom søndag i Havnby", "a1"),
    ]  # fmt: skip
    assert next(a.name for a in reading.actors if a.id == reading.events[1].place) == "Havnby"


def test_the_time_of_a_saying_is_no_event() -> None:
    assert told("⟦c1 Broen lukker⟧, ⟦u1 sagde⟧ ⟦s1 ⟦p Holt⟧⟧ mandag.", published=TUESDAY).events == ()
