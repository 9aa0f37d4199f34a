"""Entering by OpenID Connect, at a small provider of our own that runs for the tests and keeps to the specification."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from sagt import accounts
from sagt.accounts import Role
from sagt.desk.app import create_app
from sagt.desk.service import Desk
from sagt.desk.settings import Oidc, Settings
from sagt.store import Store

AT = "http://localhost:8420"
SECRET = "a secret: with colon & more"
GROUPS = {"desk": "reader", "night": "editor", "chiefs": "admin"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(f"sqlite:///{tmp_path}/desk.db") as opened:
        yield opened


def key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@dataclass
class Provider:
    """What the provider knows and does; a test changes what it is to do wrong."""

    issuer: str = ""
    signing: RSAKey = field(default_factory=lambda: key("one"))
    shown: list[RSAKey] = field(default_factory=list)  #: keys in its JWKS
    claims: dict[str, Any] = field(default_factory=dict)  #: over what it says by itself
    left_out: set[str] = field(default_factory=set)
    sign: Callable[[dict[str, Any]], str] | None = None
    told: dict[str, Any] = field(default_factory=dict)  #: over what it says of itself
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def about(self) -> dict[str, Any]:
        here = self.issuer
        return {"issuer": here, "authorization_endpoint": f"{here}/authorize", "token_endpoint": f"{here}/token",
                "jwks_uri": f"{here}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"]} | self.told  # fmt: skip

    def authorize(self, query: dict[str, str]) -> str:
        """Whom it knows it sends back with a code."""
        assert query["response_type"] == "code" and query["client_id"] == "sagt" and "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256" and len(query["code_challenge"]) == 43
        code = f"code{len(self.codes)}"
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Tokens for a code, once, to who has the client's secret and the verifier."""
        if "basic" in str(self.about()["token_endpoint_auth_methods_supported"]):
            name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        else:
            name, secret = form.get("client_id", ""), form.get("client_secret", "")
        query = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if (unquote(name), unquote(secret)) != ("sagt", SECRET) or query is None or query["code_challenge"] != challenge:
            return None
        if query["redirect_uri"] != form["redirect_uri"]:
            return None
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": "sagt", "sub": "u-17", "exp": now + 300, "iat": now, "nonce": query["nonce"],
                  "name": "Mette Dahl", "groups": ["desk"]} | self.claims  # fmt: skip
        claims = {name: value for name, value in claims.items() if name not in self.left_out}
        signed = self.sign(claims) if self.sign else jwt.encode({"alg": "RS256", "kid": self.signing.kid}, claims, self.signing)
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": signed}


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The provider, as a server on this machine."""
    one = Provider()
    one.shown = [one.signing]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            one.asked.append(self.path)
            answers = {"/.well-known/openid-configuration": one.about(), "/keys": KeySet(list(one.shown)).as_dict(private=False)}
            self.answer(answers.get(self.path))

        def do_POST(self) -> None:
            one.asked.append(self.path)
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.answer(one.token(form, self.headers.get("Authorization", "")))

        def answer(self, found: object) -> None:
            body = json.dumps(found or {"error": "invalid_grant"}).encode()
            self.send_response(200 if found else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    one.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield one
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(provider: Provider) -> Settings:
    return Settings(oidc=Oidc(provider.issuer, "sagt", SECRET, name="Havnby", roles=GROUPS, private=True), limits=None)


def browser(store: Store, settings: Settings) -> TestClient:
    return TestClient(
        create_app(Desk(store), settings), base_url=AT, follow_redirects=False, client=("127.0.0.1", 5), headers={"Accept": "text/html"}
    )


def there(client: TestClient, provider: Provider, then: str = "/account") -> str:
    """The way to the provider and back; returns the address that it sends the browser back to."""
    sent = client.get("/login/start", params={"next": then})
    assert sent.status_code == 303, sent.text
    parts = urlsplit(sent.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{provider.issuer}/authorize"
    return provider.authorize(dict(parse_qsl(parts.query)))


def said(answer: Any) -> str:
    assert answer.status_code == 403 and not any(one.startswith("sagt=") for one in answer.headers.get_list("set-cookie"))
    return str(answer.text)


def test_who_is_known_to_the_provider_comes_in(provider: Provider, settings: Settings, store: Store) -> None:
    client = browser(store, settings)
    assert client.get("/account").headers["location"].startswith("/login")
    assert "Log in with Havnby" in client.get("/login").text
    back = there(client, provider)
    assert back.startswith(f"{AT}/login/back?")
    answer = client.get(back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert "Mette Dahl" in client.get("/account").text
    [one] = accounts.accounts(store)
    assert (one.name, one.role, one.by) == ("Mette Dahl", Role.READER, provider.issuer)
    assert [note.what for note in accounts.notes(store)] == ["logged in"]


def test_what_the_browser_keeps_meanwhile_is_out_of_reach_of_scripts_and_dropped(
    provider: Provider, settings: Settings, store: Store
) -> None:
    client = browser(store, settings)
    sent = client.get("/login/start")
    cookie = next(one for one in sent.headers.get_list("set-cookie") if one.startswith("sagt-entry="))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Max-Age=600" in cookie
    assert SECRET not in sent.headers["location"] and "verifier" not in sent.headers["location"]
    client.get(there(client, provider))
    assert "sagt-entry" not in client.cookies


@pytest.mark.parametrize(
    ("groups", "role"),
    [(["desk"], Role.READER), (["desk", "night"], Role.EDITOR), ("chiefs", Role.ADMIN), (["chiefs", "desk"], Role.ADMIN)],
)
def test_the_best_role_of_ones_groups_counts(provider: Provider, settings: Settings, store: Store, groups: Any, role: Role) -> None:
    provider.claims = {"groups": groups}
    client = browser(store, settings)
    client.get(there(client, provider))
    assert accounts.accounts(store)[0].role is role


@pytest.mark.parametrize("groups", [[], ["sport"], None, ["*"], {"desk": 1}, 7])
def test_without_a_role_nobody_comes_in(provider: Provider, settings: Settings, store: Store, groups: Any) -> None:
    provider.claims = {"groups": groups}
    client = browser(store, settings)
    assert "ask an admin" in said(client.get(there(client, provider)))
    assert accounts.accounts(store) == []


def test_everybody_may_have_a_role_and_claims_may_lie_deeper(provider: Provider, settings: Settings, store: Store) -> None:
    assert settings.oidc
    own = replace(settings.oidc, roles={"*": "reader", "boss": "admin"}, role_claim="realm_access.roles")
    client = browser(store, replace(settings, oidc=own))
    client.get(there(client, provider))
    assert accounts.accounts(store)[0].role is Role.READER
    provider.claims = {"realm_access": {"roles": ["boss"]}}
    client.get(there(client, provider))
    assert [one.role for one in accounts.accounts(store)] == [Role.ADMIN]


def test_the_provider_changes_a_role_and_ends_what_was_open_under_the_old_one(provider: Provider, settings: Settings, store: Store) -> None:
    provider.claims = {"groups": ["chiefs"]}
    before, after = browser(store, settings), browser(store, settings)
    before.get(there(before, provider))
    assert before.get("/users").status_code == 200
    provider.claims = {}
    after.get(there(after, provider))
    assert before.get("/users").status_code == 303 and after.get("/users").status_code == 403


def test_a_disabled_account_stays_out(provider: Provider, settings: Settings, store: Store) -> None:
    client = browser(store, settings)
    client.get(there(client, provider))
    accounts.set_disabled(store, "Mette Dahl", True)
    assert "This account is disabled." in said(client.get(there(client, provider)))


def test_a_name_of_somebody_else_opens_nothing_of_theirs(provider: Provider, settings: Settings, store: Store) -> None:
    accounts.add(store, "Mette Dahl", Role.ADMIN, "korrekt hest batteri")
    client = browser(store, settings)
    client.get(there(client, provider))
    assert [(one.name, one.role) for one in accounts.accounts(store)] == [("Mette Dahl", Role.ADMIN), ("Mette Dahl-2", Role.READER)]
    assert accounts.entered(store, "Mette Dahl-2", "") is None


@pytest.mark.parametrize(
    ("claims", "why"),
    [({"iss": "https://evil.example"}, "iss"), ({"aud": "another"}, "aud"), ({"aud": ["another"]}, "aud"), ({"exp": 1}, "expired"),
     ({"nonce": "another"}, "nonce"), ({"iat": 9_999_999_999}, "future"), ({"aud": ["sagt", "b"]}, "another program"),
     ({"azp": "another"}, "another program"), ({"sub": 7}, "sub")],
)  # fmt: skip
def test_an_id_token_that_says_something_else_is_not_believed(
    provider: Provider, settings: Settings, store: Store, claims: dict[str, Any], why: str
) -> None:
    provider.claims = claims
    client = browser(store, settings)
    assert why in said(client.get(there(client, provider)))
    assert accounts.accounts(store) == []


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "iat", "sub", "nonce"])
def test_an_id_token_that_leaves_something_out_is_not_believed(provider: Provider, settings: Settings, store: Store, claim: str) -> None:
    provider.left_out = {claim}
    client = browser(store, settings)
    assert f"&#39;{claim}&#39;" in said(client.get(there(client, provider)))


def unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def by_shared_secret(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))


def by_another_key(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key("one"))


@pytest.mark.parametrize("sign", [unsigned, by_shared_secret, by_another_key, lambda _: "no token", lambda _: "a.b.c"])
def test_a_signature_that_is_not_the_providers_is_not_believed(
    provider: Provider, settings: Settings, store: Store, sign: Callable[[dict[str, Any]], str]
) -> None:
    provider.sign = sign
    client = browser(store, settings)
    assert "can&#39;t be believed" in said(client.get(there(client, provider)))
    assert accounts.accounts(store) == []


def test_a_new_key_of_the_provider_is_looked_up(
    provider: Provider, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(store, settings)
    client.get(there(client, provider))
    provider.signing = key("two")
    provider.shown = [provider.signing]
    said(client.get(there(client, provider)))  # not twice within a minute
    monkeypatch.setattr("sagt.desk.oidc.PAUSE", 0.0)
    assert client.get(there(client, provider)).status_code == 303
    assert provider.asked.count("/keys") == 2


def test_a_code_is_for_the_browser_that_asked(provider: Provider, settings: Settings, store: Store) -> None:
    """Else somebody could be logged in under the name of who sent the address."""
    asked, other = browser(store, settings), browser(store, settings)
    back = there(asked, provider)
    said(other.get(back))
    there(other, provider)
    assert "another attempt" in said(other.get(back))
    assert asked.get(back).status_code == 303
    said(asked.get(back))  # once


@pytest.mark.parametrize("cookie", ["", "x", "e30=", "eyJzdGF0ZSI6MX0=", "!!!", "bnVsbA=="])
def test_a_cookie_that_is_no_attempt_leads_nowhere(provider: Provider, settings: Settings, store: Store, cookie: str) -> None:
    client = browser(store, settings)
    client.cookies.set("sagt-entry", cookie, domain="localhost.local")
    said(client.get("/login/back?code=a&state=b"))


def test_a_refusal_of_the_provider_is_told(provider: Provider, settings: Settings, store: Store) -> None:
    client = browser(store, settings)
    state = parse_qs(urlsplit(there(client, provider)).query)["state"][0]
    assert "let nobody in" in said(client.get("/login/back", params={"error": "access_denied", "state": state}))
    state = parse_qs(urlsplit(there(client, provider)).query)["state"][0]
    assert "another provider" in said(client.get("/login/back", params={"code": "x", "state": state, "iss": "https://evil.example"}))


def test_after_the_provider_one_stays_at_the_desk(provider: Provider, settings: Settings, store: Store) -> None:
    client = browser(store, settings)
    assert client.get(there(client, provider, "//evil.example")).headers["location"] == "/"


@pytest.mark.parametrize(
    ("told", "why"),
    [({"issuer": "https://evil.example"}, "calls itself"), ({"token_endpoint": None}, "where to ask"),
     ({"jwks_uri": "file:///etc/passwd"}, "where to ask")],
)  # fmt: skip
def test_a_provider_that_describes_another_is_not_asked(
    provider: Provider, settings: Settings, store: Store, told: dict[str, Any], why: str
) -> None:
    provider.told = told
    answer = browser(store, settings).get("/login/start")
    assert answer.status_code == 502 and why in answer.text


def test_a_private_address_is_asked_only_if_that_was_allowed(provider: Provider, settings: Settings, store: Store) -> None:
    assert settings.oidc
    closed = replace(settings, oidc=replace(settings.oidc, private=False))
    answer = browser(store, closed).get("/login/start")
    assert answer.status_code == 502 and provider.asked == []


def test_a_provider_that_is_away_leaves_the_door_as_it_is(store: Store) -> None:
    away = Settings(oidc=Oidc("http://127.0.0.1:9", "sagt", SECRET, roles=GROUPS, private=True))
    client = browser(store, away)
    assert client.get("/login/start").status_code == 502
    assert client.get("/login").status_code == 200


def test_without_a_provider_there_is_no_way_to_it(store: Store) -> None:
    assert browser(store, Settings()).get("/login/start").status_code == 404


def test_a_secret_in_the_form_is_for_providers_that_want_it_there(provider: Provider, settings: Settings, store: Store) -> None:
    provider.told = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    client = browser(store, settings)
    assert client.get(there(client, provider)).status_code == 303


def test_the_secret_is_in_no_repr(settings: Settings) -> None:
    assert SECRET not in repr(settings)
