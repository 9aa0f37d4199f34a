"""By how many ways a statement reached print: reports in, origins out.

A report is written "9 Nordposten: via AP" (hour, outlet, hands); "heard": told to the outlet itself; "post": the speaker's own; "credits
X"; "take of 2"."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagt import credits
from sagt.origins import Item, Member, contained, origins, reused, sketch
from sagt.passages import Carrier, OwnWord, Passage, Stance, Voice, outlet_key
from sagt.tellings import MOST_TAKES, withdrawals
from sagt.types import Act, MediumType, Span

WORDS = "broen lukker på fredag fordi boltene i den anden pylon ikke holder til den tunge trafik"


def member(seq: int, told: str) -> Member:
    """A report from its short form."""
    hour, outlet, how = re.fullmatch(r"(\d+) ([\w ]+?)(?:: (.*))?", told).groups()  # type: ignore[union-attr]
    how = how or ""
    hands = tuple(Carrier(n, outlet_key(n)) for n in re.findall(r"via ([\w ]+?)(?:,|$)", how))
    credited = tuple(outlet_key(n) for n in re.findall(r"credits (\w+)", how))
    take = re.search(r"take of (\d+)", how)
    own = OwnWord("Karen Holt", MediumType.SOCIAL_POST, "a post on X") if how == "post" else None
    item = Item(
        seq, f"r{seq}", float(hour), outlet, outlet_key(outlet), bool(credits.agency(outlet)), "da", None, credited,
        first_take=int(take[1]) if take else seq, own=own,
    )  # fmt: skip
    content = WORDS if "same words" in how else f"broen lukker, {seq}"
    medium = MediumType.SOCIAL_POST if "from a post" in how or own else None
    passage = Passage(
        "a1", (Span(0, 9),), content, (content,), Voice("Karen Holt", "karen holt", True, True), Stance.ASSERTS, Act.STATES, True, hands,
        heard="heard" in how, medium=medium, language="da",
    )  # fmt: skip
    return Member(item, passage)


CASES = {
    "a relay and a relay of it": (["8 AP", "9 Ritzau: via AP", "10 Nordposten: credits Ritzau"], ["AP"]),
    "twenty papers print one agency": (["8 Ritzau", *(f"9 Avis {n}: credits Ritzau" for n in range(20))], ["Ritzau"]),
    "the agency's own item is not stored": (["9 Nordposten: via AP", "9 Sydposten: via AP"], ["AP"]),
    "two agencies heard it themselves": (["8 AP", "8 Reuters", "9 Nordposten: via Reuters"], ["AP", "Reuters"]),
    "a paper's own interview": (["8 Ritzau", "9 Nordposten: heard"], ["Ritzau", "Nordposten"]),
    "others cite that interview": (["8 Nordposten: heard", "9 Ritzau: via Nordposten", "10 Sydposten: credits Ritzau"], ["Nordposten"]),
    "an agency had it before, and the paper says of no one that it told it": (["8 Ritzau", "9 Nordposten"], ["Ritzau"]),
    "a paper writes its own report after another's": (["8 Sydposten", "9 Nordposten"], ["Sydposten", "Nordposten"]),
    "a paper has the words without a credit": (["8 Nordposten: same words", "9 Sydposten: same words"], ["Nordposten"]),
    "two takes of one item": (["8 Ritzau", "9 Ritzau: take of 1"], ["Ritzau"]),
    "a post, and papers that quote it": (["8 X: post", "9 Nordposten: from a post", "9 Ritzau: from a post"], [None]),
    "a post and an interview": (["8 X: post", "9 Nordposten: heard"], [None, "Nordposten"]),
}


@pytest.mark.parametrize(("reports", "carriers"), CASES.values(), ids=CASES)
def test_origins(reports: list[str], carriers: list[str | None]) -> None:
    found = origins(member(n, told) for n, told in enumerate(reports, 1))
    assert [o.carrier for o in found] == carriers
    assert all(len(o.why) == len(o.members) - 1 and all(o.why) for o in found), "every report says why it is of its origin"


@given(st.sampled_from(sorted(CASES)), st.integers(0, 30), st.sampled_from(["credits Ritzau", "via AP", "via Reuters"]))
def test_a_relay_never_adds_an_origin(case: str, hour: int, how: str) -> None:
    reports, carriers = CASES[case]
    hand = how.split()[-1]
    if hand in carriers:
        more = [member(n, told) for n, told in enumerate(reports, 1)] + [member(99, f"{40 + hour} Ny avis: {how}")]
        assert len(origins(more)) == len(carriers)


@given(st.sampled_from(sorted(CASES)), st.randoms())
def test_the_order_of_arrival_plays_no_part(case: str, rng) -> None:  # type: ignore[no-untyped-def]
    rows = [member(n, told) for n, told in enumerate(CASES[case][0], 1)]
    mixed = list(rows)
    rng.shuffle(mixed)
    assert origins(mixed) == origins(rows)


def test_near_copies_are_told_by_their_words() -> None:
    text = " ".join(f"ord{n % 97} og{n % 89} tal{n}" for n in range(150))
    copy = text.replace("ord3 ", "noget andet ") + " og så lidt til sidst som avisen selv har skrevet"
    other = " ".join(f"helt{n % 83} andre{n % 71} ting{n}" for n in range(150))
    assert contained(sketch(text), sketch(copy)) > 0.8
    assert contained(sketch(text[: len(text) // 2]), sketch(text)) > 0.8, "a part of it is a copy, too"
    assert contained(sketch(text), sketch(other)) < 0.1


def test_what_is_reused_is_told_by_its_characters() -> None:
    one, other = f"Ritzau: {WORDS}, siger Holt.", f"Holt siger, at {WORDS}."
    [(a, b)] = reused(one, other)
    assert a.of(one) == WORDS == b.of(other)


def test_a_correction_withdraws_from_the_last_takes_of_an_item_that_is_sent_anew_every_day() -> None:
    said = member(1, "8 Ritzau").passage
    takes = [replace(member(n, f"{n} Ritzau").item, status="corrected") for n in range(400)]
    texts = {n: f"Broen lukker {n}. Det siger Karen Holt." for n in range(400)}
    passages = {n: [replace(said, spans=(Span(0, len(f"Broen lukker {n}")),), numbers=(float(n),))] for n in range(400)}
    gone = withdrawals(takes, texts, passages)
    assert all(gone[n]["a1"].at == n + 1 for n in range(399)) and 399 not in gone
    one = [*(replace(take, status="usable") for take in takes[:399]), takes[399]]
    assert sorted(withdrawals(one, texts, passages)) == list(range(399 - MOST_TAKES, 399))


def test_a_kill_withdraws_every_take() -> None:
    takes = [member(n, f"{n} Ritzau").item for n in range(40)]
    takes[-1] = replace(takes[-1], status="canceled")
    assert set(withdrawals(takes, dict.fromkeys(range(40), "Broen lukker."), {})) == set(range(40))
