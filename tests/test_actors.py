"""Who is meant, rule by rule: the marks stand for what the network finds."""

import pytest
from told import speakers, told

SPEAKERS = {
    # the name, and what stands for it
    "surname": ("⟦p Karen Holt⟧ kom. ⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧⟧.", "Karen Holt"),
    "headline before the full name": ("⟦p Holt⟧: Broen lukker på fredag\n\n⟦p Karen Holt⟧ kom til byen i går.", "Karen Holt"),
    "genitive": ("⟦p Karen Holt⟧ kom. ⟦s1 ⟦p Holts⟧⟧ ⟦u1 krav om⟧, ⟦c1 at broen åbner⟧, blev hørt.", "Karen Holt"),
    "role before the name": ("Borgmester ⟦p Karen Holt⟧ kom. ⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 borgmesteren⟧.", "Karen Holt"),
    "role after the name": (
        "⟦p Karen Holt⟧, som er borgmester i ⟦l Havnby⟧, kom. ⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 borgmesteren⟧.",
        "Karen Holt",
    ),
    "role with a country": ("⟦l USA⟧'s præsident, ⟦p Ronald Pump⟧, kom. ⟦c1 Det går godt⟧, ⟦u1 siger⟧ ⟦s1 præsidenten⟧.", "Ronald Pump"),
    "bare role in a headline": ("Borgmester: Broen lukker på fredag\n\n⟦p Karen Holt⟧, der er borgmester i ⟦l Havnby⟧, kom.", "Karen Holt"),
    "pronoun by sex": ("⟦p Karen Holt⟧ mødte ⟦p Anders Vang⟧. ⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 hun⟧.", "Karen Holt"),
    "pronoun three paragraphs on": (
        "⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Karen Holt⟧⟧.\n\nBroen er gammel.\n\nDen blev bygget i 1954.\n\n"
        "- ⟦c2 Det er trist⟧, ⟦u2 siger⟧ ⟦s2 hun⟧.",
        "Karen Holt",
    ),
    "the one who spoke last": (
        "Forsker ⟦p Kim Lund⟧ kom. ⟦c1 Det virker⟧, ⟦u1 siger⟧ konsulent ⟦s1 ⟦p Arne Vig⟧⟧. Det er dyrt. "
        "⟦c2 Og sikkert⟧, ⟦u2 siger⟧ ⟦s2 han⟧.",
        "Arne Vig",
    ),
    "I in a quotation": ("- ⟦c1 ⟦s2 Jeg⟧ ⟦u2 håber⟧, ⟦c2 at den åbner⟧⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Karen Holt⟧⟧.", "Karen Holt"),
    "acronym": ("⟦o Dansk Brofond⟧ kom. ⟦c1 Broen lukker⟧, ⟦u1 oplyser⟧ ⟦s1 ⟦o DB⟧⟧.", "Dansk Brofond"),
    "a company by what it is": (
        "Turbineproducenten ⟦o Skaldvind⟧ lukker. ⟦c1 Det er nødvendigt⟧, ⟦u1 oplyser⟧ ⟦s1 selskabet⟧.",
        "Skaldvind",
    ),
    "a government by its building": (
        "Den britiske regering tøver. ⟦c1 Vi ser på det⟧, ⟦u1 lyder det fra⟧ ⟦s1 ⟦o Downing Street⟧⟧.",
        "Downing Street",
    ),
    "they": ("Flere naboer så branden. ⟦c1 Det brændte⟧, ⟦u1 siger⟧ ⟦s1 de⟧.", "Flere naboer"),
    "de lokale is no pronoun": ("Naboer så det. ⟦c1 Det brændte⟧, ⟦u1 siger⟧ ⟦s1 de lokale⟧.", "de lokale"),
    "the head of a phrase": (
        "⟦c1 Det er trist⟧, ⟦u1 siger⟧ ⟦s1 faderen til den 13-årige ⟦p Jordan Lund⟧⟧.",
        "faderen til den 13-årige Jordan Lund",
    ),
    "two together": ("⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Karen Holt⟧ og ⟦p Anders Vang⟧⟧.", "Karen Holt og Anders Vang"),
    "unnamed": ("⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 to kilder tæt på ledelsen⟧.", "to kilder tæt på ledelsen"),
    "a fuller word before": (
        "Holt har talt med transportministeren. ⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ministeren⟧.",
        "transportministeren",
    ),
    "a document speaks for who made it": (
        "⟦o Nordbank⟧ er stor. ⟦o Nordbanks⟧ analyse kom. ⟦c1 Priserne falder⟧, ⟦u1 viser⟧ ⟦s1 analysen⟧.",
        "Nordbank",
    ),
    "a report from somebody": ("⟦c1 Ålen er væk⟧, ⟦u1 viser⟧ ⟦s1 en rapport fra ⟦o Havnby Institut⟧⟧.", "Havnby Institut"),
    "an account": ("⟦c1 Havnen er lukket⟧, ⟦u1 skriver⟧ ⟦s1 kontoen @HavnbyHavn⟧.", "@HavnbyHavn"),
    "an office that looks like a name": ("⟦c1 Det er ulovligt⟧, ⟦u1 siger⟧ ⟦s1 ⟦o Folketingets ombudsmand⟧⟧.", "Folketingets ombudsmand"),
    "a body's chairman, named after a comma": (
        "Bankens formand, ⟦p Karen Holt⟧, kom. ⟦c1 Den lukker⟧, ⟦u1 siger⟧ ⟦s1 formanden⟧.",
        "Karen Holt",
    ),
    "somebody new, after who spoke last": (
        "⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Anders Vang⟧⟧.\n\nØkonom ⟦p Jens Lund⟧ ryster på hovedet.\n\n- "
        "⟦c2 Den er sund nok⟧, ⟦u2 siger⟧ ⟦s2 han⟧.",
        "Jens Lund",
    ),
    "the post is as good as who wrote it": (
        "⟦c1 Broen lukker⟧, ⟦u1 skriver⟧ ⟦s1 ⟦p Karen Holt⟧⟧ på Facebook. Det regner. "
        "⟦c2 Den åbner fredag⟧, ⟦u2 fremgår det af⟧ ⟦s2 opslaget⟧.",
        "Karen Holt",
    ),
    "…, hedder det videre": (
        "⟦c1 Broen lukker⟧, ⟦u1 skriver⟧ ⟦s1 ⟦o Nordbro⟧⟧ i en meddelelse. ⟦c2 Den åbner fredag⟧, ⟦u2 hedder det videre⟧.",
        "Nordbro",
    ),
    "whom a relative clause is about": (
        "⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Anders Vang⟧⟧. ⟦p Karen Holt⟧, der mandag ⟦u2 lovede⟧ ⟦c2 at den åbner⟧, er tavs.",
        "Karen Holt",
    ),
    "named before the colon": (
        "⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Anders Vang⟧⟧.\n\nMinister ⟦p Karen Holt⟧ skrev på X:\n\n- Den åbner på "
        "fredag, og det står jeg ved.",
        "Karen Holt",
    ),
    "the minister, who was named just before": (
        "⟦p Ida Friis⟧ og ⟦p Lars Bang⟧ kom. Det regnede. ⟦p Karen Holt⟧ ser anderledes på det.\n\n- "
        "⟦c1 Den åbner⟧, ⟦u1 siger⟧ ⟦s1 skatteministeren⟧.",
        "Karen Holt",
    ),
    "a person, not the firm that the network takes for one": (
        "⟦c1 Den lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Calder Pryce⟧-direktør ⟦p Karen Holt⟧⟧.",
        "Karen Holt",
    ),
    "who was promised is not who promised": ("⟦s1 Borgmesteren⟧ ⟦u1 blev lovet⟧, ⟦c1 at broen åbner⟧.", None),
}


@pytest.mark.parametrize("name", SPEAKERS)
def test_speaker(name: str) -> None:
    marked, wanted = SPEAKERS[name]
    reading = told(marked)
    assert wanted in speakers(reading) if wanted else speakers(reading) == [None]
    if name == "pronoun three paragraphs on":
        assert speakers(reading) == [wanted, wanted]


HEADLINES = {
    # how the headline calls who says it, and who says the same below
    "by name below": ("En kok", "⟦s1 ⟦p Bo Lind⟧⟧", "Bo Lind"),
    "unnamed below": ("En kok", "⟦s1 en kok i kantinen⟧", "en kok i kantinen"),
    "a source stays one": ("En kilde", "⟦s1 ⟦p Bo Lind⟧⟧", "En kilde"),
}


@pytest.mark.parametrize("name", HEADLINES)
def test_who_says_in_the_headline_what_is_said_below(name: str) -> None:
    called, below, wanted = HEADLINES[name]
    text = f"{called}: Suppen brændte på i morges\n\nDet er dyrt.\n\n»⟦c1 Suppen brændte på i morges⟧,« ⟦u1 siger⟧ {below}."
    assert speakers(told(text))[0] == wanted


def test_who_denies_in_the_headline_is_not_who_says_it_below() -> None:
    text = "⟦s1 En kok⟧ ⟦u1 afviser⟧ ⟦c1 at suppen brændte på⟧\n\n⟦c2 Suppen brændte på⟧, ⟦u2 skriver⟧ ⟦s2 ⟦o Nordposten⟧⟧."
    assert speakers(told(text, acts="1 denies"))[0] == "En kok"


ENGLISH = {
    "title": ("⟦p Karen Vale⟧ met ⟦p Anders Vale⟧. ⟦c1 It will close⟧, ⟦u1 said⟧ ⟦s1 Mrs ⟦p Vale⟧⟧.", "Karen Vale"),
    "role": ("Mayor ⟦p Karen Vale⟧ came. ⟦c1 It will close⟧, ⟦u1 said⟧ ⟦s1 the mayor⟧.", "Karen Vale"),
    "pronoun": ("⟦p Karen Vale⟧ met ⟦p Peter Lund⟧. ⟦c1 It will close⟧, ⟦s1 she⟧ ⟦u1 said⟧.", "Karen Vale"),
    "his team is not he": ("⟦p Joren Claes⟧ is out. ⟦c1 He tested positive⟧, ⟦s1 his team⟧ ⟦u1 said⟧.", "his team"),
    "she, of an unnamed speaker": (
        "⟦p Sanne Hjorth⟧ wept. ⟦s1 A spokeswoman⟧ ⟦u1 says⟧ ⟦c1 that a van was seen⟧. ⟦s2 She⟧ ⟦u2 adds⟧ ⟦c2 that it was white⟧.",
        "A spokeswoman",
    ),
    "a mayor whom the report names further down": (
        "⟦s1 A Danish mayor⟧ ⟦u1 has admitted⟧ ⟦c1 that he wrote the email⟧.\n\n“⟦c2 I wrote it⟧,” ⟦s2 ⟦p Henning Odal⟧⟧ ⟦u2 told⟧ us. "
        "“⟦c3 I am sorry⟧,” ⟦s3 the mayor⟧ ⟦u3 added⟧.",
        "Henning Odal",
    ),
    "a name that tells what kind of a person": (
        "⟦s1 A ⟦o Danish film⟧ director⟧ ⟦u1 said⟧ ⟦c1 it will close⟧.",
        "A Danish film director",
    ),
    "a relative": ("⟦p Karen Vale⟧ met ⟦p Peter Lund⟧, ⟦s1 who⟧ ⟦u1 says⟧ ⟦c1 it will close⟧.", "Peter Lund"),
    "it": ("⟦o Harrow Ales⟧ closed. ⟦c1 It had to⟧, ⟦s1 it⟧ ⟦u1 said⟧.", "Harrow Ales"),
    "the company": ("The brewery ⟦o Harrow Ales⟧ closed. ⟦c1 We had to⟧, ⟦s1 the company⟧ ⟦u1 said⟧.", "Harrow Ales"),
}


@pytest.mark.parametrize("name", ENGLISH)
def test_speaker_in_english(name: str) -> None:
    marked, wanted = ENGLISH[name]
    assert speakers(told(marked, "en"))[-1] == wanted


def test_a_source_that_wants_to_stay_unnamed_gets_nobodys_name() -> None:
    reading = told(
        "⟦c1 The bridge will close⟧, ⟦s1 a senior officer⟧ ⟦u1 said⟧.\n\n“⟦c2 We have not been told⟧,” ⟦s2 ⟦p Karen Vale⟧⟧ ⟦u2 said⟧.", "en"
    )
    assert speakers(reading) == ["a senior officer", "Karen Vale"]


def test_the_source_and_the_official_are_not_whoever_is_named_near_them() -> None:
    text = "⟦p Jesper Lund⟧ hørte det af en embedsmand. ⟦c1 Det er galt⟧, ⟦u1 siger⟧ ⟦s1 embedsmanden⟧. ⟦c2 Helt⟧, ⟦u2 siger⟧ ⟦s2 kilden⟧."
    assert speakers(told(text)) == ["embedsmanden", "kilden"]


def test_what_is_unclear_nobody_says() -> None:
    text = "⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Karen Holt⟧⟧. ⟦u2 Det er uklart⟧, ⟦c2 hvad det koster⟧."
    assert speakers(told(text, acts="2 unclear")) == ["Karen Holt", None]


def test_what_an_outlet_was_told_it_does_not_say() -> None:
    text = "⟦o Harrow Ales⟧ closed. ⟦c1 It had to⟧, ⟦s1 ⟦p Karen Vale⟧⟧ ⟦u1 told⟧ ⟦o Reuters⟧. ⟦c2 Debts had grown⟧, ⟦s2 it⟧ ⟦u2 said⟧."
    assert speakers(told(text, "en"))[-1] != "Reuters"


@pytest.mark.parametrize(("cue", "wanted"), [("sagte", "Karen Holt"), ("sagten", "Leute")])
def test_german_sie_is_she_or_they(cue: str, wanted: str) -> None:
    reading = told(f"⟦p Karen Holt⟧ kam. Leute standen an der Brücke. ⟦c1 Sie ist zu⟧, ⟦u1 {cue}⟧ ⟦s1 sie⟧.", "de")
    assert speakers(reading) == [wanted]


def test_where_two_fit_and_nothing_decides_it_says_so() -> None:
    reading = told("⟦p Karen Holt⟧ så ⟦p Anders Vang⟧ og ⟦p Peter Lund⟧. ⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 han⟧.")
    (one,) = reading.attributions
    assert one.speaker is not None
    assert one.speaker.actor is None
    assert len(one.speaker.candidates) == 2
    assert "nothing decides" in one.speaker.why


def test_a_quotation_that_goes_on_is_of_who_spoke_before() -> None:
    reading = told("- ⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Karen Holt⟧⟧.\n\nDen er gammel.\n\n- Det er trist for byen, at vi må gøre det.")
    assert speakers(reading) == ["Karen Holt", "Karen Holt"]
    assert reading.attributions[1].speaker is not None
    assert "goes on from a1" in reading.attributions[1].speaker.why


def test_a_turn_whose_tag_stands_in_its_second_paragraph() -> None:
    reading = told("Broen er gammel.\n\n»Vi har ventet i elleve måneder.«\n\n»⟦c1 Nu sker det⟧,« ⟦u1 siger⟧ ⟦s1 ⟦p Karen Holt⟧⟧.")
    assert set(speakers(reading)) == {"Karen Holt"}


def test_him_is_not_the_subject_of_the_clause() -> None:
    reading = told("⟦p Jacob Lund⟧ ringede. ⟦p Tom Holst⟧ vil mødes med ham.")
    (lund,) = [a for a in reading.actors if a.name == "Jacob Lund"]
    assert [m.span.of(reading.report.text) for m in lund.mentions] == ["Jacob Lund", "ham"]


def test_he_in_a_quotation_is_not_who_says_it_though_the_tag_comes_later() -> None:
    reading = told("⟦p Jacob Lund⟧ ringede til ⟦p Ronald Pump⟧.\n\n- ⟦c1 Jeg mødes med ham⟧, ⟦u1 skriver⟧ ⟦s1 ⟦p Pump⟧⟧.")
    (lund,) = [a for a in reading.actors if a.name == "Jacob Lund"]
    assert "ham" in [m.span.of(reading.report.text) for m in lund.mentions]


def test_every_join_has_its_reason() -> None:
    reading = told("Borgmester ⟦p Karen Holt⟧ kom. ⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Holt⟧⟧. ⟦c2 Den er farlig⟧, ⟦u2 siger⟧ ⟦s2 hun⟧.")
    (person,) = [a for a in reading.actors if a.kind == "person"]
    words = {m.span.of(reading.report.text): m.why for m in person.mentions}
    assert words["Holt"] == "surname of Karen Holt, par. 1"
    assert words["Borgmester"] == "beside the name Karen Holt"
    assert "nearest that fits" in words["hun"]
    assert person.roles == ("Borgmester",)


CLASSES = [
    ("⟦c1 X lukker⟧, ⟦u1 siger⟧ ⟦s1 ⟦p Karen Holt⟧⟧.", "named person"),
    ("⟦c1 X lukker⟧, ⟦u1 siger⟧ ⟦s1 en embedsmand⟧.", "unnamed person"),
    ("⟦c1 X lukker⟧, ⟦u1 oplyser⟧ ⟦s1 politiet⟧.", "official body"),
    ("⟦c1 X lukker⟧, ⟦u1 oplyser⟧ ⟦s1 rederiet ⟦o Nordvind⟧⟧.", "organisation"),
    ("⟦c1 X lukker⟧, ⟦u1 fremgår det af⟧ ⟦s1 rapporten⟧.", "document"),
    ("⟦c1 X lukker⟧, ⟦u1 skriver⟧ ⟦s1 kontoen @HavnbyHavn⟧.", "social-media account"),
    ("⟦c1 X lukker⟧, ⟦u1 siger⟧ ⟦s1 beboerne⟧.", "crowd"),
]


@pytest.mark.parametrize(("marked", "wanted"), CLASSES)
def test_class_of_source(marked: str, wanted: str) -> None:
    reading = told(marked)
    (one,) = reading.attributions
    assert one.speaker is not None
    actor = next(a for a in reading.actors if a.id == one.speaker.actor)
    assert actor.source_class == wanted


def test_a_spokesman_speaks_for_somebody() -> None:
    reading = told("⟦c1 Broen lukker⟧, ⟦u1 siger⟧ ⟦s1 en talskvinde for ⟦o Havnby Kommune⟧⟧.")
    spokesman = next(a for a in reading.actors if "talskvinde" in a.name)
    assert next(a.name for a in reading.actors if a.id == spokesman.speaks_for) == "Havnby Kommune"


def test_a_credit_line_names_no_actor() -> None:
    assert told("Broen lukker.\n\n/⟦o ritzau⟧/").actors == ()
