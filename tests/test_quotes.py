"""Quotations by mark and dash. ⟦q …⟧ is what must be found, with its marks."""

import pytest
from specimen import specimen

from sagt import quotes, segment

CASES = {
    "danish guillemets": "Hun sagde ⟦q »Vi venter ikke længere«⟧ og gik.",
    "turned guillemets": "Hun sagde ⟦q «Vi venter ikke»⟧ og gik.",
    "straight": 'Han kalder det ⟦q "rent vrøvl"⟧, og hun ⟦q "en fejl"⟧.',
    "curly": "⟦q “We are done,”⟧ he said. ⟦q “Go home.”⟧",
    "german": "⟦q „Das reicht“⟧, sagte sie.",
    "swedish": "Hon säger ⟦q ”det räcker”⟧ nu.",
    "single": "He called it ⟦q ‘a mess’⟧ and didn’t stop.",
    "apostrophes are no marks": "Partiets ’68-fløj og Lars' bil kørte.",
    "dash": "– ⟦q Vi kommer, siger hun.⟧",
    "hyphen as dash": "- ⟦q Vi kommer.⟧\n\n- ⟦q Ja, siger han.⟧",
    "no dash inside a line": "Broen - den gamle - er lukket.",
    "left open at the head of a paragraph": "⟦q “We started in May.⟧\n\n⟦q “Then it stopped,”⟧ she said.",
    "an odd mark is given up": 'Han sagde nej" og gik. ⟦q "Ja"⟧, sagde hun.',
    "opened and never closed": 'Hun sagde "nej og gik.\n\n⟦q "Ja"⟧, sagde han.',
    "left open over a paragraph": 'Hun: ⟦q "Vi begyndte i maj.⟧\n\n⟦q Så gik det i stå.⟧\n\n⟦q Slut."⟧ Hun gik.',
    "inches": 'Skærmen er 27" stor.',
}


@pytest.mark.parametrize("name", CASES)
def test_found(name: str) -> None:
    s = specimen(CASES[name])
    assert tuple(q.span for q in quotes.find(s.text, segment.paragraphs(s.text))) == s["q"]
