"""What becomes of a promise: one later sentence, how near it is to the promise, and what it tells."""

import pytest

from sagt import facts
from sagt.origins import Item
from sagt.passages import Passage, Stance, Voice
from sagt.promises import Later, Outcome, outcome
from sagt.types import Act, Span

DAY = 86400.0
DUE = (4 * DAY, 5 * DAY)

TOLD = {
    # a later sentence, how near it is, the day that it is published, and what it makes of "Broen åbner på fredag"
    "told as done": ("Broen åbnede fredag morgen.", 0.6, 5, Outcome.KEPT),
    "denied": ("Broen åbnede ikke fredag.", 0.6, 5, Outcome.BROKEN),
    "put off": ("Åbningen af broen er udskudt til maj.", 0.5, 3, Outcome.MOVED),
    "something else was denied": ("Det har jeg aldrig sagt.", 0.3, 5, Outcome.OVERDUE),
    "something else was put off": ("Mødet om budgettet er udskudt.", 0.3, 3, Outcome.UPCOMING),
    "too early to tell": ("Broen er snart åben.", 0.6, 2, Outcome.UPCOMING),
}


def passage(content: str, act: Act = Act.STATES) -> Passage:
    return Passage(
        "a1", (Span(0, len(content)),), content, (), Voice("Karen Holt"), Stance.ASSERTS, act, False,
        names=facts.names(content), bag=facts.bag(content, "da"), negations=facts.negations(content, "da"), language="da",
    )  # fmt: skip


def after(day: float, content: str, near: float, act: Act = Act.STATES, *, own: bool = False) -> Later:
    return Later(
        Item(int(day), f"r{day}", day * DAY, "Nordposten", "nordposten", False, "da", None), passage(content, act), near, False, own
    )


@pytest.mark.parametrize("name", TOLD)
def test_what_a_later_sentence_makes_of_a_promise(name: str) -> None:
    content, near, day, wanted = TOLD[name]
    found = outcome(passage("Broen åbner på fredag.", Act.PROMISES), 0.0, DUE, [after(day, content, near)], (day + 0.1) * DAY)
    assert found.outcome is wanted


@pytest.mark.parametrize(("act", "own"), [(Act.PROMISES, False), (Act.STATES, True)])
def test_a_promise_passed_on_once_more_is_not_kept_by_that(act: Act, own: bool) -> None:
    again = after(6, "Broen åbner på fredag, lovede hun.", 0.9, act, own=own)
    assert outcome(passage("Broen åbner på fredag.", Act.PROMISES), 0.0, DUE, [again], 7 * DAY).outcome is Outcome.OVERDUE
