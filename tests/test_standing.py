"""How claims stand: evidence in, standing out. Each row: hour, stance, actor, statement, origin; "!" the claim names the actor; "-12"
withdrawn at 12."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagt.passages import Stance
from sagt.standing import Evidence, Standing, history, standing


def rows(*told: str) -> list[Evidence]:
    """Evidence from its short form: "8 asserts Holt s1 0!" """
    out = []
    for one in told:
        hour, stance, actor, statement, origin = one.split()
        origin, _, until = origin.partition("-")
        out.append(
            Evidence(
                float(hour), Stance(stance), actor, statement, int(origin.strip("!")), f"r{hour}", "!" in origin,
                float(until) if until else None,
            )
        )  # fmt: skip
    return out


STANDS = {
    "one voice through one hand": (["8 asserts Holt s1 0"], "single origin"),
    "one voice through two hands": (["8 asserts Holt s1 0", "9 asserts Holt s1 1"], "corroborated"),
    "two voices": (["8 asserts Holt s1 0", "9 asserts Vale s2 0"], "corroborated"),
    "the other was asked": (["8 asserts Holt s1 0", "9 withholds Vale s2 0"], "unconfirmed"),
    "the other says so too": (["8 asserts Holt s1 0", "9 withholds Vale s2 0", "10 confirms Vale s3 0"], "confirmed"),
    "whom it is about says it himself": (["8 asserts Holt s1 0", "10 asserts Vale s3 0!"], "confirmed"),
    "denied": (["8 asserts Holt s1 0", "9 denies Vale s2 0"], "denied"),
    "denied, but two have it": (["8 asserts Holt s1 0", "8 asserts Krog s3 0", "9 denies Vale s2 0"], "disputed"),
    "confirmed by one, denied by another": (["8 asserts Holt s1 0", "9 confirms Krog s3 0", "10 denies Vale s2 0"], "disputed"),
    "only denied": (["9 denies Vale s2 0"], "denied"),
    "only asked": (["9 open - s2 0"], "open"),
    "only demanded": (["9 asks Vale s2 0"], "open"),
    "taken back by its speaker": (["8 asserts Holt s1 0", "9 denies Holt s2 0"], "withdrawn"),
    "killed": (["8 asserts Holt s1 0-9"], "withdrawn"),
    "one of two killed": (["8 asserts Holt s1 0-9", "8 asserts Vale s2 0"], "single origin"),
}


@pytest.mark.parametrize(("told", "stands"), STANDS.values(), ids=STANDS)
def test_how_it_stands(told: list[str], stands: str) -> None:
    found = standing(rows(*told))
    assert found is not None and found.standing == stands


def test_what_did_we_know_then() -> None:
    told = rows("8 asserts Holt s1 0-14", "9 withholds Vale s2 0", "11 asserts Krog s3 0", "13 denies Vale s4 0")
    assert standing(told, 7) is None
    known = {hour: standing(told, hour).standing.value for hour in (8, 9, 11, 13, 14)}  # type: ignore[union-attr]
    assert known == {8: "single origin", 9: "unconfirmed", 11: "corroborated", 13: "disputed", 14: "denied"}
    assert [(s.standing.value, s.since) for s in history(told)] == [
        ("single origin", 8), ("unconfirmed", 9), ("corroborated", 11), ("disputed", 13), ("denied", 14),
    ]  # fmt: skip


def test_it_says_by_which_rows() -> None:
    found = standing(rows("8 asserts Holt s1 0", "9 withholds Vale s2 0", "10 confirms Vale s3 0"))
    assert found is not None and found.since == 10
    assert [row.statement for row in found.rows] == ["s1", "s3"]


evidence = st.builds(
    Evidence, st.floats(0, 9), st.sampled_from(list(Stance)), st.sampled_from(["a", "b", "c"]), st.sampled_from(["s1", "s2", "s3"]),
    st.integers(0, 2), st.just("r"), st.booleans(), st.none() | st.floats(5, 15),
)  # fmt: skip


@given(st.lists(evidence, max_size=8), st.randoms())
def test_the_order_of_the_rows_plays_no_part(told: list[Evidence], rng) -> None:  # type: ignore[no-untyped-def]
    mixed = list(told)
    rng.shuffle(mixed)
    one, other = standing(told), standing(mixed)
    assert (one and one.standing) == (other and other.standing)
    assert all(isinstance(s.standing, Standing) for s in history(told))


@given(st.lists(evidence, max_size=8), st.floats(0, 20))
def test_what_comes_later_is_not_known_before(told: list[Evidence], moment: float) -> None:
    known = standing(told, moment)
    assert (known and known.standing) == ((s := standing([e for e in told if e.at <= moment], moment)) and s.standing)
