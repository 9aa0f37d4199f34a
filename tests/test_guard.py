"""Who is let in and to what, through HTTP: cookies, forms, tokens, other sites, other users, and every route there is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from door import AT, OTHER_WORD, WORD, Browser, bearer, hire, user_of
from fastapi.responses import StreamingResponse
from fastapi.routing import iter_route_contexts

from sagt import accounts
from sagt.accounts import Role, Scope
from sagt.desk import guard, phrases
from sagt.desk.app import create_app
from sagt.desk.guard import Buckets, Door, is_loopback, local, may_listen
from sagt.desk.service import Desk
from sagt.desk.settings import Limits, Oidc, Settings
from sagt.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One database is enough here: test_accounts.py asks both."""
    with Store(f"sqlite:///{tmp_path}/desk.db") as opened:
        yield opened


@pytest.fixture
def staff(store: Store) -> Store:
    """A store with an admin, an editor, a reader."""
    return hire(store)


@pytest.fixture
def app(store: Store) -> Any:
    return create_app(Desk(store), Settings(limits=None))


@pytest.fixture
def as_(app: Any, staff: Store) -> Callable[[str], Browser]:
    """A browser in which somebody is logged in."""

    def logged_in(name: str) -> Browser:
        browser = Browser(app)
        assert browser.enter(name).status_code == 303
        return browser

    return logged_in


# ---- the door -------------------------------------------------------------------------------------------------------------------------


def test_on_this_machine_without_accounts_everybody_may_everything(app: Any) -> None:
    browser = Browser(app)
    assert browser.get("/").status_code == 200
    assert browser.get("/users").status_code == 200
    assert browser.get("/login").headers["location"] == "/"


@pytest.mark.parametrize("headers", [{"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"}, {"Via": "1.1 proxy"}])
def test_what_a_proxy_passes_on_is_not_this_machine(app: Any, headers: dict[str, str]) -> None:
    assert Browser(app).get("/users", headers=headers).status_code == 303


def test_from_elsewhere_nobody_gets_in_without_accounts(app: Any) -> None:
    assert Browser(app, address="192.0.2.7").get("/users").headers["location"] == "/login?next=%2Fusers"


def test_a_part_of_a_page_that_is_asked_for_leads_the_whole_page_to_the_door(app: Any, staff: Store) -> None:
    answer = Browser(app).get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/login")


def test_programs_are_told_that_they_need_a_token(app: Any, staff: Store) -> None:
    answer = Browser(app).get("/api/v1/reports", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_the_page_says_the_same_for_unknown_names_wrong_passwords_and_shut_accounts(app: Any, staff: Store) -> None:
    accounts.set_disabled(staff, "Rosa", True)
    tries = [("Nobody", WORD), ("Erik", "wrong password"), ("Rosa", WORD)]
    pages = [Browser(app).enter(name, password) for name, password in tries]
    said = {re.search(r'<p class="wrong".*?</p>', page.text, re.DOTALL)[0] for page in pages}  # type: ignore[index]
    assert {page.status_code for page in pages} == {200} and len(said) == 1
    assert not any("sagt" in page.cookies for page in pages)


def test_the_sessions_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Any, staff: Store) -> None:
    [cookie] = [one for one in Browser(app).enter("Rosa").headers.get_list("set-cookie") if one.startswith("sagt=")]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie and "Domain" not in cookie and "Secure" not in cookie
    assert len(cookie.partition("=")[2].partition(";")[0]) == 43  # 256 bits


def test_with_tls_the_cookie_goes_by_tls_only(staff: Store) -> None:
    app = create_app(Desk(staff), Settings(public_url="https://desk.example", limits=None))
    browser = Browser(app, "https://desk.example")
    cookies = browser.enter("Rosa").headers.get_list("set-cookie")
    assert cookies and all("Secure" in one and "HttpOnly" in one for one in cookies)
    assert any(one.startswith("__Host-sagt=") for one in cookies)
    assert browser.get("/account").status_code == 200


def test_a_session_begins_under_a_new_id_whatever_the_browser_brings(app: Any, staff: Store, as_: Callable[[str], Browser]) -> None:
    fixed = "A" * 43
    browser = Browser(app)
    browser.bring(fixed)
    browser.enter("Rosa")
    assert browser.session != fixed
    # Another login from the same browser ends the session that it had.
    browser = as_("Rosa")
    old, page = browser.session, browser.token("/account")
    browser.client.post("/login", data={"name": "Erik", "password": WORD, "csrf": page}, headers={"Origin": AT})
    assert browser.session != old
    assert accounts.of_session(staff, old) is None


def test_logging_out_ends_the_session_in_the_store_too(as_: Callable[[str], Browser], staff: Store) -> None:
    browser = as_("Rosa")
    raw = browser.session
    assert browser.send("/logout", "/account").headers["location"] == "/login"
    browser.bring(raw)
    assert browser.get("/account").status_code == 303 and accounts.sessions(staff, user_of(staff, "Rosa")) == []


def test_a_new_password_ends_all_other_sessions(as_: Callable[[str], Browser], app: Any) -> None:
    here, there = as_("Rosa"), as_("Rosa")
    wrong = here.send("/account/password", "/account", old="wrong password", new=OTHER_WORD, again=OTHER_WORD)
    unlike = here.send("/account/password", "/account", old=WORD, new=OTHER_WORD, again=OTHER_WORD + "x")
    weak = here.send("/account/password", "/account", old=WORD, new="short", again="short")
    assert all(answer.status_code == 200 and 'role="alert"' in answer.text for answer in (wrong, unlike, weak))
    assert here.send("/account/password", "/account", old=WORD, new=OTHER_WORD, again=OTHER_WORD).status_code == 303
    assert here.get("/account").status_code == 200 and there.get("/account").status_code == 303
    assert 'role="alert"' in Browser(app).enter("Rosa").text
    assert Browser(app).enter("Rosa", OTHER_WORD).status_code == 303


def test_a_stream_ends_with_the_session_that_opened_it(app: Any, as_: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LOOK", -1.0)
    rosa, ada = as_("Rosa"), as_("Ada Lund")
    sent: list[int] = []

    async def told() -> AsyncIterator[str]:
        for number in range(500):
            sent.append(number)
            yield f"{number}\n"
            if number == 2:
                await asyncio.to_thread(ada.send, "/users/Rosa/disable", "/users")
            await asyncio.sleep(0)

    app.add_api_route("/stream", lambda: StreamingResponse(told(), media_type="text/event-stream"), methods=["GET"])
    assert rosa.get("/stream").text == "0\n1\n2\n"
    assert len(sent) < 500


def test_a_disabled_account_is_out_at_once(as_: Callable[[str], Browser]) -> None:
    ada, rosa = as_("Ada Lund"), as_("Rosa")
    assert ada.send("/users/Rosa/disable", "/users").status_code == 303
    assert rosa.get("/account").status_code == 303


def test_a_token_is_shown_once_and_opens_the_pages(as_: Callable[[str], Browser], app: Any) -> None:
    browser = as_("Erik")
    shown = browser.send("/account/tokens", "/account", label="archive", scope="write", days="30")
    raw = re.search(r"sagt_[\w-]{43}", shown.text)
    assert raw and shown.headers["cache-control"] == "no-store"
    assert "sagt_" not in browser.get("/account").text
    assert Browser(app).get("/account", headers=bearer(raw[0])).status_code == 403
    assert Browser(app).get("/", headers=bearer(raw[0])).status_code == 200
    number = re.search(r"/account/tokens/(\d+)/revoke", browser.get("/account").text)
    assert number and browser.send(f"/account/tokens/{number[1]}/revoke", "/account").status_code == 303
    assert Browser(app).get("/", headers=bearer(raw[0])).status_code == 401


def test_a_wrong_token_is_refused_even_where_none_is_needed(app: Any) -> None:
    assert Browser(app).get("/", headers=bearer("sagt_" + "A" * 43)).status_code == 401


def test_no_token_makes_another_or_touches_accounts(app: Any, staff: Store) -> None:
    raw = accounts.make_token(staff, user_of(staff, "Ada Lund"), "archive", Scope.ADMIN)
    for path in ("/account/tokens", "/account/password", "/users", "/users/Rosa/role", "/logout"):
        answer = Browser(app).client.post(path, data={"label": "x", "name": "Eve", "role": "admin", "password": WORD}, headers=bearer(raw))
        assert answer.status_code == 403, path
    assert len(accounts.accounts(staff)) == 3


def test_ones_tokens_and_sessions_are_out_of_anothers_reach(as_: Callable[[str], Browser], staff: Store) -> None:
    erik, rosa = as_("Erik"), as_("Rosa")
    erik.send("/account/tokens", "/account", label="archive", scope="read", days="30")
    [token], [session] = accounts.tokens(staff, user_of(staff, "Erik")), accounts.sessions(staff, user_of(staff, "Erik"))
    assert rosa.send(f"/account/tokens/{token.id}/revoke", "/account").status_code == 404
    assert rosa.send("/account/sessions/end", "/account", handle=session.handle).status_code == 404
    assert accounts.tokens(staff, user_of(staff, "Erik"))[0].alive and erik.get("/account").status_code == 200
    assert "archive" not in rosa.get("/account").text


def test_admins_look_after_accounts(as_: Callable[[str], Browser], staff: Store) -> None:
    ada = as_("Ada Lund")
    assert ada.send("/users", "/users", name="Nils Øst", password=WORD, role="reader").status_code == 303
    assert ada.send("/users/Nils Øst/role", "/users", role="editor").status_code == 303
    assert ada.send("/users/Nils Øst/password", "/users", password=OTHER_WORD).status_code == 303
    assert accounts.find(staff, "nils øst").role is Role.EDITOR and accounts.entered(staff, "Nils Øst", OTHER_WORD)
    assert 'role="alert"' in ada.send("/users/Ada Lund/disable", "/users").text
    assert ada.send("/users/Nobody/disable", "/users").status_code == 404
    assert ada.send("/users/Rosa/role", "/users", role="king").status_code == 422
    again = ada.send("/users", "/users", name="ADA LUND", password=WORD, role="reader")
    assert again.status_code == 200 and "There is an account ADA LUND already." in unescape(again.text)


def test_the_interface_speaks_danish_to_who_likes_it(app: Any, staff: Store) -> None:
    browser = Browser(app)
    browser.client.headers["Accept-Language"] = "da"
    assert "Adgangskode" in browser.get("/login").text
    assert "passer ikke sammen" in browser.enter("Rosa", "wrong password").text


def test_every_refusal_has_its_words_in_both_languages() -> None:
    whys = set(re.findall(r'Refused\(\s*"(\w+)"', Path(accounts.__file__).read_text("utf-8")))
    assert len(whys) > 15
    for language in phrases.LANGUAGES:
        assert not [why for why in whys if phrases.pattern(language, f"login.refused_{why}").startswith("login.")]


# ---- who may what -----------------------------------------------------------------------------------------------------------------------

#: What is for anybody who is known, though its method could change something: it is their own, or (the API's reading of a text
#: that is not stored) changes nothing.
PERSONAL = ("/login", "/logout", "/account", "/searches", "/view", "/stories/1/seen", "/api/v1/reports")


def needed(dependant: Any) -> Iterator[Role]:
    for one in dependant.dependencies:
        if wanted := getattr(one.call, "needs", None):
            yield wanted
        yield from needed(one)


def routes(app: Any) -> Iterator[tuple[str, str, Role | None]]:
    """Each method and path of the desk, and the role that it takes."""
    for route in iter_route_contexts(app.routes):
        wanted = max(needed(route.dependant), key=list(Role).index, default=None) if hasattr(route, "dependant") else None
        for method in sorted(getattr(route, "methods", None) or ()):
            yield method, re.sub(r"\{[^}]*\}", "1", str(route.path)), wanted


def test_no_route_but_the_open_ones_answers_who_is_not_known(app: Any, staff: Store) -> None:
    walked = list(routes(app))
    assert len(walked) > 25
    for method, path, _ in walked:
        if path not in guard.OPEN and not path.startswith(guard.OPEN_UNDER):
            answer = Browser(app).client.request(method, path)
            assert answer.status_code in (303, 401), f"{method} {path}: {answer.status_code}"
            assert answer.status_code == 401 or answer.headers["location"].startswith("/login")


def test_what_changes_something_takes_an_editor_or_is_ones_own(app: Any, staff: Store) -> None:
    token = bearer(accounts.make_token(staff, user_of(staff, "Rosa"), "archive", Scope.READ))
    for method, path, wanted in routes(app):
        if method not in guard.SAFE and not path.startswith(PERSONAL) and wanted not in (Role.EDITOR, Role.ADMIN):
            # What only says that there is no such method.
            assert wanted is Role.READER and Browser(app).client.request(method, path, headers=token).status_code == 405, f"{method} {path}"


def test_a_reader_is_refused_what_takes_more(app: Any, as_: Callable[[str], Browser]) -> None:
    rosa = as_("Rosa")
    csrf = rosa.token("/account")
    tried = [(method, path) for method, path, wanted in routes(app) if wanted in (Role.EDITOR, Role.ADMIN)]
    assert ("GET", "/users") in tried and ("GET", "/audit") in tried
    for method, path in tried:
        headers = {"Origin": AT, "X-CSRF-Token": csrf}
        assert rosa.client.request(method, path, headers=headers).status_code == 403, f"{method} {path}"


def test_a_readers_token_stores_no_report(app: Any, staff: Store) -> None:
    raw = accounts.make_token(staff, user_of(staff, "Rosa"), "archive", Scope.READ)
    answer = Browser(app).client.post(
        "/api/v1/reports?store=true", content="Broen lukker.", headers=bearer(raw) | {"Content-Type": "text/plain"}
    )
    assert answer.status_code == 403 and staff.counts()["report"] == 0


def test_every_form_takes_a_token_of_its_own_page(app: Any, as_: Callable[[str], Browser], staff: Store) -> None:
    ada, rosa = as_("Ada Lund"), as_("Rosa")
    before = accounts.accounts(staff)
    others = rosa.token("/account")
    unsafe = [(method, path) for method, path, _ in routes(app) if method not in guard.SAFE]
    assert len(unsafe) > 8
    for method, path in unsafe:
        for data in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": others}):
            answer = ada.client.request(method, path, data=data, headers={"Origin": AT})
            assert answer.status_code == 403, f"{method} {path} with {data}: {answer.status_code}"
    assert accounts.accounts(staff) == before and ada.get("/account").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:9999"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://localhost:8420.evil.example"}],
)  # fmt: skip
def test_what_another_site_sends_is_refused_even_with_the_token(app: Any, headers: dict[str, str]) -> None:
    browser = Browser(app)
    csrf = browser.token("/users")
    answer = browser.client.post("/users", data={"csrf": csrf, "name": "Eve", "password": WORD, "role": "admin"}, headers=headers)
    assert answer.status_code == 403
    assert not accounts.exist(app.state.desk.store)


def test_the_login_form_is_bound_to_the_browser(app: Any, staff: Store) -> None:
    """Else another site could log somebody in under its own name."""
    csrf = Browser(app).token("/login")
    answer = Browser(app).client.post("/login", data={"csrf": csrf, "name": "Rosa", "password": WORD}, headers={"Origin": AT})
    assert answer.status_code == 403 and not any(one.startswith("sagt=") for one in answer.headers.get_list("set-cookie"))


def test_on_this_machine_a_site_in_the_browser_can_not_use_the_api(app: Any) -> None:
    """A form of another site sends text without asking first; a program of the user's own has no browser's marks."""
    there = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    assert Browser(app).client.post("/api/v1/reports", content="x", headers=there).status_code == 403
    assert Browser(app).client.post("/api/v1/none", content="x").status_code != 403


def test_a_form_may_be_long_but_not_endless(app: Any) -> None:
    answer = Browser(app).client.post("/users", data={"csrf": "x" * (guard.FORM_LIMIT + 1)}, headers={"Origin": AT})
    assert answer.status_code == 413


# ---- where it listens, where it leads ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8420", "169.254.169.254", ""])
def test_names_of_other_sites_do_not_lead_here(app: Any, host: str) -> None:
    assert Browser(app).client.get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8420", "127.0.0.1:8420", "[::1]:8420", "LOCALHOST", "localhost."])
def test_names_of_this_machine_do(app: Any, host: str) -> None:
    assert Browser(app).client.get("/", headers={"Host": host}).status_code == 200


def test_the_public_name_leads_here_too(staff: Store) -> None:
    app = create_app(Desk(staff), Settings(public_url="https://desk.example"))
    assert Browser(app, "https://desk.example").get("/login").status_code == 200
    assert Browser(app, "https://other.example").get("/login").status_code == 421


def test_the_desk_listens_wider_only_with_accounts(store: Store) -> None:
    assert may_listen("127.0.0.1", store) is may_listen("localhost", store) is may_listen("::1", store) is None
    assert "sagt users add" in (may_listen("0.0.0.0", store) or "")
    assert may_listen("::", store) and may_listen("desk.example", store)
    assert may_listen("127.0.0.1", store, Settings(public_url="https://desk.example"))
    accounts.add(store, "Ada Lund", Role.ADMIN, WORD)
    assert may_listen("0.0.0.0", store) is None
    assert may_listen("0.0.0.0", store, Settings(accounts=False))


def test_who_vouches_for_people_is_enough_to_listen_wider(store: Store) -> None:
    assert may_listen("0.0.0.0", store, Settings(oidc=Oidc("https://id.example", "sagt", "x"))) is None


def test_where_the_desk_is_open_to_others_this_machine_is_no_exception(store: Store) -> None:
    app = create_app(Desk(store), Settings(public_url="https://desk.example"))
    assert Browser(app, "https://desk.example").get("/").status_code == 303


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "::1", "[::1]"])
def test_loopback_is_known(host: str) -> None:
    assert is_loopback(host) and not is_loopback("0.0.0.0") and not is_loopback("::") and not is_loopback("localhost.example")


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example",
     "/\\evil.example", "\\/evil.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x=1", "/\t/evil.example",
     "evil", "", " /x", "/%0d%0a\n", "///evil.example", "http:/evil.example"],
)  # fmt: skip
def test_after_the_door_one_stays_at_the_desk(app: Any, staff: Store, path: str) -> None:
    assert local(path) == "/"
    assert Browser(app).enter("Rosa", next=path).headers["location"] == "/"


def test_after_the_door_one_goes_where_one_wanted() -> None:
    assert local("/stories/t1?at=2026-03-03T10:00%2B01:00#known") == "/stories/t1?at=2026-03-03T10:00%2B01:00#known"


# ---- how often --------------------------------------------------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_so_many_at_once_and_so_many_a_minute() -> None:
    clock = Clock()
    bucket = Buckets(3, 6, clock)
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, 10] and bucket.take("b") == 0
    clock.now = 10
    assert [bucket.take("a"), bucket.take("a")] == [0, 10]


def test_a_bucket_remembers_only_so_many() -> None:
    bucket = Buckets(1, 1)
    for number in range(guard.MOST_KEYS + 100):
        bucket.take(str(number))
    assert len(bucket._left) == guard.MOST_KEYS


def test_the_door_slows_down_who_guesses_and_not_the_rest() -> None:
    clock = Clock()
    door = Door(clock)
    assert [door.knock("Rosa", "192.0.2.7") for _ in range(5)] == [0] * 5 and door.knock(" rosa ", "192.0.2.7") > 0
    assert door.knock("Rosa", "192.0.2.8") == 0 and door.knock("Erik", "192.0.2.7") == 0
    clock.now = 60
    assert door.knock("Rosa", "192.0.2.7") == 0
    # One address at many names, and one network of IPv6 is one address.
    assert any(door.knock(f"name{n}", f"2001:db8::{n}") for n in range(30))
    # Many addresses at one name.
    assert any(door.knock("Ada", f"198.51.100.{n}") for n in range(60))


def test_guessing_is_answered_with_how_long_to_wait(app: Any, staff: Store) -> None:
    browser = Browser(app)
    tries = [browser.enter("Rosa", "wrong password") for _ in range(6)]
    assert [one.status_code for one in tries] == [200] * 5 + [429]
    assert 0 < int(tries[-1].headers["retry-after"]) <= 60
    assert browser.enter("Rosa").status_code == 429, "the right password does not help meanwhile"
    assert browser.enter("Erik").status_code == 303


def test_too_many_requests_are_refused_with_how_long_to_wait(staff: Store) -> None:
    app = create_app(Desk(staff), Settings(limits=Limits(per_minute=6, burst=4)))
    browser, other = Browser(app), Browser(app, address="192.0.2.8")
    assert [browser.get("/login").status_code for _ in range(5)] == [200] * 4 + [429]
    refused = browser.get("/login")
    assert 0 < int(refused.headers["retry-after"]) <= 10
    assert browser.get("/static/desk.css").status_code == 200
    assert other.get("/login").status_code == 200


def test_this_machines_user_is_not_counted(store: Store) -> None:
    app = create_app(Desk(store), Settings(limits=Limits(per_minute=1, burst=1)))
    assert {Browser(app).get("/account").status_code for _ in range(5)} == {200}


# ---- who changed what -----------------------------------------------------------------------------------------------------------------


def test_every_change_is_written_down(as_: Callable[[str], Browser], staff: Store, app: Any) -> None:
    ada = as_("Ada Lund")
    Browser(app, address="192.0.2.9").enter("Rosa", "wrong password")
    ada.send("/users/Rosa/role", "/users", role="editor")
    ada.send("/users/Rosa/role", "/users", role="king")
    # A form that comes back with what is wrong in it has changed nothing.
    ada.send("/users", "/users", name="Rosa", password=WORD)
    ada.send("/account/password", "/account", old="wrong password", new=OTHER_WORD, again=OTHER_WORD)
    ada.send("/account/tokens", "/account", label="")
    ada.send("/logout", "/account")
    found = [(one.who, one.what, one.target, one.address) for one in accounts.notes(staff)]
    assert found == [
        ("Ada Lund", "logged out", "", "127.0.0.1"),
        ("Ada Lund", "gave the role editor", "Rosa", "127.0.0.1"),
        ("", "failed to log in", "rosa", "192.0.2.9"),
        ("Ada Lund", "logged in", "", "127.0.0.1"),
    ]


def test_admins_read_the_log_and_others_do_not(as_: Callable[[str], Browser], staff: Store) -> None:
    ada, rosa = as_("Ada Lund"), as_("Rosa")
    for number in range(120):
        accounts.note(staff, "Erik", f"did <b>{number}</b>", "x", "192.0.2.9")
    page = ada.get("/audit").text
    assert "did &lt;b&gt;119&lt;/b&gt;" in page and "did &lt;b&gt;0&lt;" not in page
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older and "did &lt;b&gt;0&lt;" in ada.get(unescape(older[1])).text
    assert "did &lt;b&gt;" not in ada.get("/audit?who=Rosa").text
    assert rosa.get("/audit").status_code == 403


def test_routes_that_note_nothing_are_noted_by_their_path(app: Any, store: Store) -> None:
    app.add_api_route("/bells/{number}", lambda number: number, methods=["POST"])
    browser = Browser(app)
    assert browser.send("/bells/7", "/users").status_code == 200
    assert browser.client.post("/bells/8", headers={"Origin": AT}).status_code == 403
    [one] = accounts.notes(store)
    assert (one.what, one.target, bool(one.who)) == ("POST /bells/{number}", "/bells/7", True)
