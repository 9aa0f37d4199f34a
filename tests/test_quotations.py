"""How true a quotation is: what was said, what is quoted, and what sagt says of it."""

import pytest

from sagt.quotations import check

SAID = "Jeg kan ikke udelukke, at broen lukker. Den er gammel, og den ruster, hver eneste dag."
QUOTED = {
    "word for word": (SAID, "same"),
    "other marks": ("»Jeg kan ikke udelukke, at broen lukker – Den er gammel; og den ruster, hver eneste dag«", "same"),
    "its first sentence": ("Jeg kan ikke udelukke, at broen lukker", "shortened"),
    "cut at a comma": ("Den er gammel, hver eneste dag", "shortened"),
    "a word put in": ("Jeg kan slet ikke udelukke, at broen lukker", "altered"),
    "a word lost from within": ("Jeg kan udelukke, at broen lukker", "altered"),
    "another word": ("Jeg vil ikke udelukke, at broen lukker", "altered"),
    "something else": ("Færgen sejler igen i morgen tidlig", "not found"),
}


@pytest.mark.parametrize(("quoted", "fidelity"), QUOTED.values(), ids=QUOTED)
def test_how_true_it_is(quoted: str, fidelity: str) -> None:
    assert check(SAID, quoted, "da", "da").fidelity == fidelity


def test_without_its_condition_it_is_another_saying() -> None:
    said = "I would cross the bridge today, if the engineers are right."
    assert check(said, "I would cross the bridge today", "en", "en").fidelity == "altered"


def test_what_changed_is_shown_word_by_word() -> None:
    found = check(SAID, "Jeg vil ikke udelukke, at broen lukker", "da", "da")
    assert ("kan", "vil") in found.changes and found.place is not None
    assert found.place.of(SAID).startswith("Jeg") and found.place.of(SAID).endswith("lukker")


def test_a_translation_is_told_as_one() -> None:
    assert check("Vi lukker broen 3. marts", "We close the bridge on March 3", "da", "en").fidelity == "translated"
    assert check("Vi lukker broen 3. marts", "We close the bridge on March 8", "da", "en").fidelity == "altered"


def test_a_translation_that_doubts_less_or_says_something_else_is_altered() -> None:
    said = "We may move the ferry to the old harbour"
    assert check(said, "Vi flytter færgen til den gamle havn", "en", "da", 0.8).fidelity == "altered"
    assert check(said, "Vi flytter måske færgen til den gamle havn", "en", "da", 0.8).fidelity == "translated"
    assert check(said, "Havnen kan slet ikke tage imod måske", "en", "da", 0.2).fidelity == "altered"
    assert check("We close it in May", "Vi lukker den i maj", "en", "da", 0.8).fidelity == "translated", "no doubt, a month"


def test_other_words_for_the_same_are_altered_where_the_meaning_is_known() -> None:
    assert check("Det er falsk", "Nogen har forfalsket brevet fra ende til anden", "da", "da").fidelity == "not found"
    assert check("Det er falsk", "Nogen har forfalsket brevet fra ende til anden", "da", "da", 0.6).fidelity == "altered"


def test_a_clause_without_the_doubt_that_it_hung_on_is_altered() -> None:
    said = "It is possible, but far from shown, that the bolts are to blame"
    assert check(said, "the bolts are to blame", "en", "en").fidelity == "altered"
    assert check("It is clear that the bolts are to blame", "the bolts are to blame", "en", "en").fidelity == "shortened"
