"""Every reason that the engine gives has its words, in every language of the desk: a new one without words fails here."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from press import OUT, row

from sagt import Reader
from sagt.desk import phrases, views
from sagt.export import reasons
from sagt.language import spoken
from sagt.ledger import Ledger, Payload
from sagt.link import Reason
from sagt.stances import ANSWERING
from sagt.store import Store

ROOT = Path(__file__).parents[1]
#: Which kind of reason each module gives, and what its parameters, fields and variables for it are called.
GIVE = {
    "origins": "origin", "passages": "origin", "promises": "outcome", "ledger": "outcome", "takes": "take", "stories": "story",
    "actors": "speaker", "chains": "speaker", "times": "time", "clock": "clock", "attribute": "rule", "desk/login": "audit",
    "desk/board": "audit", "desk/api": "audit", "users": "audit",
}  # fmt: skip
CALLED = {"rule": {"rule", "found_by"}, "audit": {"what"}}
#: Functions whose answer is a reason, or ends with one.
ANSWER = {"_zone", "_looks", "_nearest", "_same", "_likely", "_hands"}
#: Where others that take reasons are defined.
DEFINED = (*(module for module in GIVE if module != "desk/api"), "types", "desk/guard")
#: What is put together of words that have no blank between them, or that are themselves said one way or another.
COMPOSED = {
    "{} {}s before {}": "3 days before the report", "{} {} before {}": "1 day before the report",
    "{} {}s after {}": "2 weeks after the report",
    "{} {} after {}": "1 year after the saying", "the {} {} {}": "the week after that of the report",
    "{} of {}: {}": "surname of Karen Holt: title", "{} is {}-{}": "morning is 05-10", "{}: {}.-{}.": "early: 1.-10.",
}  # fmt: skip


# ---- what compares two passages -------------------------------------------------------------------------------------------------------


def test_all_that_is_compared_has_its_words() -> None:
    told = {form.key for form in reasons.forms()["feature"]}
    assert set(ANSWERING) == told


@pytest.mark.parametrize("name", [form.key for form in reasons.forms()["feature"]])
def test_what_is_compared_is_told_without_its_name(name: str) -> None:
    said = {code: views.feature(Reason(name, 0.7, 1.0), code) for code in phrases.LANGUAGES}
    assert len(set(said.values())) == len(said) and not any("{" in words for words in said.values())
    assert said["da"] != name


def test_how_much_is_told() -> None:
    told = [views.feature(Reason("meaning, same speaker", value, 1.0), "da") for value in (0.9, 0.1)]
    assert told == ["samme taler, og ordene betyder næsten det samme", "samme taler, og ordene betyder knap nok det samme"]
    assert views.feature(Reason("text copied", 0.42, 1.0), "en") == "42% of the text of the shorter report is in the other"
    assert views.feature(Reason("hours apart", 1.099, 1.0), "da") == "2 timer mellem artiklerne"
    assert views.feature(Reason("hours apart", 5.0, 1.0), "da") == "147+ timer mellem artiklerne"


# ---- all other reasons ----------------------------------------------------------------------------------------------------------------


def test_every_reason_that_stands_in_the_code_has_its_words() -> None:
    found = {(kind, said) for module, kind in GIVE.items() for said in given(module, CALLED.get(kind, {"why"}))}
    assert len(found) > 100
    known = {kind: {re.sub(r"{\w+}", "{}", form.key) for form in table} for kind, table in reasons.forms().items()}
    bare = {
        f"{kind}: {part}" for kind, said in found for part in ((said,) if said in known[kind] else said.split(reasons.JOINT))
        if part not in (*known[kind], "{}") and not reasons.told(kind, COMPOSED.get(part, part), "da")
    }  # fmt: skip
    assert not bare, "sagt/export/reasons.toml has no words for these"


def test_every_fault_that_stands_in_the_code_has_its_words() -> None:
    calls = [
        node
        for path in (ROOT / "sagt").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]
    named = [call for call in calls if ast.unparse(call.func).endswith(("Fault", "Unreadable", "faults.append")) and call.args]
    found = {
        said.replace("{} {}: the clocks", "{}: the clocks").replace("read: {}: {}", "read: {}")
        for call in named
        for said in literal(call.args[0])
    }
    known = {re.sub(r"{\w+}", "{}", form.key) for form in reasons.forms()["fault"]}
    passed_on = {"the page {}", "the item {}"}  # with what sagt/language.py doubts
    assert len(found) > 40 and not found - known - passed_on - {"{}"}
    doubt = spoken("Broen åbner fredag, siger borgmesteren i en pressemeddelelse til kommunens borgere. " * 20, None, "en")[1]
    assert reasons.told("fault", f"the item {doubt}", "da") == "artiklen siger, at sproget er »en«, men teksten er på »da«"


def given(module: str, names: set[str]) -> Iterator[str]:
    """What a module gives as reasons, with {} for what is not told yet: at calls, in variables and in answers that are called so."""
    takes = {name: at for there in DEFINED for name, at in taking(there, names)}
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) != "accounts.note":  # which takes who did it first
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for at in takes.get(name, ()):
                yield from literal(node.args[at]) if at < len(node.args) else ()
            yield from (said for word in node.keywords if word.arg in names for said in literal(word.value))
        elif isinstance(node, ast.Assign):
            yield from (said for target in node.targets for said in bound(target, node.value, names))
        elif isinstance(node, ast.FunctionDef) and node.name in ANSWER and "why" in names:
            answers = (one.value for one in ast.walk(node) if isinstance(one, ast.Return | ast.Yield) and one.value)
            yield from (said for one in answers for said in literal(one.elts[-1] if isinstance(one, ast.Tuple) else one))


def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / "sagt" / f"{module}.py").read_text("utf-8"))


def taking(module: str, names: set[str]) -> Iterator[tuple[str, list[int]]]:
    """The functions and records that take a reason, with its places."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef):
            own = [one.arg for one in node.args.args if one.arg != "self"]
        elif isinstance(node, ast.ClassDef):
            own = [one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)]
        else:
            continue
        if places := [at for at, name in enumerate(own) if name in names]:
            yield node.name, places


def bound(target: ast.expr, value: ast.expr, names: set[str]) -> Iterator[str]:
    if isinstance(target, ast.Name) and target.id in names:
        yield from literal(value)
    elif isinstance(target, ast.Tuple):
        for branch in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
            if isinstance(branch, ast.Tuple):
                for one, told in zip(reversed(target.elts), reversed(branch.elts), strict=False):
                    yield from bound(one, told, names)


def literal(value: ast.expr) -> Iterator[str]:
    """The texts that an expression may be."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from (*literal(value.body), *literal(value.orelse))
    elif isinstance(value, ast.BoolOp):
        yield from (said for one in value.values for said in list(literal(one)) or ["{}"])
    elif isinstance(value, ast.JoinedStr):
        texts = [""]
        for part in value.values:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            ways = list(literal(inner)) or ([""] if isinstance(inner, ast.IfExp) else ["{}"])
            texts = [text + way for text in texts for way in ways]
        yield from texts


def test_words_have_the_fields_of_their_reason_and_all_languages() -> None:
    more = {"feature": {"much", "share", "count", "hours"}}
    for kind, table in reasons.forms().items():
        for form in table:
            assert set(form.words) | {"en"} == set(phrases.LANGUAGES), form.key
            fields = {*re.findall(r"{(\w+)}", form.key), *more.get(kind, ())}
            assert all(set(re.findall(r"{(\w+)}", form.of(code))) <= fields for code in phrases.LANGUAGES), form.key


def test_every_reason_of_a_press_is_told_in_danish(reader: Reader, tmp_path: Path) -> None:
    """What the code puts together only when it runs: two bridges in two languages."""
    story = json.loads((ROOT / "evaluation" / "press" / "d02.json").read_text("utf-8"))["reports"]
    rows = [json.dumps({"id": r["id"], "outlet": r["outlet"], "date": r["published"], "language": r["language"], "title": r["title"] or "",
                        "text": r["text"], "url": r["url"]}, ensure_ascii=False).encode() for r in story]  # fmt: skip
    with Store(f"sqlite:///{tmp_path}/press.db") as store:
        ledger = Ledger(store, lambda: reader)
        list(ledger.add(map(Payload, [*map(row, OUT), *rows])))
        ledger.read_new()
        found = {("outcome", one.why) for _, one in ledger.promises()}
        found |= {("origin", why) for told in ledger.statements() for origin in told.statement.origins for why in origin.why}
        for stored in store.reports():
            reading = store.reading_of(stored)
            assert reading
            found |= {("rule", one.found_by) for one in reading.attributions} | {("time", one.why) for one in reading.times}
            found |= {("speaker", one.speaker.why) for one in reading.attributions if one.speaker and one.speaker.why}
            found |= {("speaker", mention.why) for actor in reading.actors for mention in actor.mentions}
    assert len(found) > 100
    assert not [said for said in found if reasons.told(*said, "da") is None]


def test_a_reason_that_nobody_knows_stays_as_it_is() -> None:
    assert reasons.in_words("origin", "by carrier pigeon", "da") == "by carrier pigeon"
    assert reasons.in_words("time", "midnight; by carrier pigeon", "da") == "midnight; by carrier pigeon"
