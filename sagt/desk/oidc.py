"""Entering by OpenID Connect: the code flow with PKCE, state and nonce, at one provider that the settings name."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from sagt.accounts import Role
from sagt.desk.settings import Oidc
from sagt.errors import SagtError
from sagt.fetch import Answer, Fetcher, FetchError, Limits

#: Signatures that are believed: those of a private key only, never of a shared secret, never none.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
#: Seconds that a provider's addresses and keys are kept, and that pass at least between two looks for a new key.
KEPT, PAUSE = 3600.0, 60.0
#: Seconds that somebody may take at the provider.
PATIENCE = 600
#: Seconds by which clocks may differ.
LEEWAY = 60
#: Of a mapping of roles: what everybody has whom the provider knows.
ANYBODY = "*"


class OidcError(SagtError):
    """Nobody entered: the provider did not answer as it should, or what it said can't be believed."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a browser keeps while somebody is at the provider."""

    state: str
    nonce: str
    verifier: str
    back: str  #: the whole address that the provider sends them back to
    then: str  #: where to go on

    def packed(self) -> str:
        """As a cookie holds it."""
        return base64.urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()


def unpacked(cookie: str) -> Attempt | None:
    """An attempt from its cookie; None if that is none."""
    try:
        found = json.loads(base64.urlsafe_b64decode(cookie.encode()))
        attempt = Attempt(**found)
    except (ValueError, TypeError):
        return None
    return attempt if all(isinstance(value, str) and value for value in asdict(attempt).values()) else None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody for whom the provider vouches."""

    issuer: str
    subject: str  #: the provider's own name for it, which never goes to somebody else
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class _Endpoints:
    authorization: str
    token: str
    keys: str
    basic: bool  #: whether the client's secret goes into a header


class Provider:
    """One provider. Threads may share it."""

    def __init__(self, settings: Oidc) -> None:
        self.settings = settings
        self._fetcher = Fetcher(Limits(size=1_000_000, seconds=10, redirects=2, private=settings.private))
        self._lock = threading.Lock()
        self._endpoints: tuple[_Endpoints, float] | None = None
        self._keys: tuple[KeySet, float] | None = None

    def start(self, back: str, then: str) -> tuple[str, Attempt]:
        """Where to send somebody who wants to enter, and what their browser keeps meanwhile. Raises OidcError."""
        attempt = Attempt(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), back, then)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code", "client_id": self.settings.client_id, "redirect_uri": back, "scope": "openid profile email",
            "state": attempt.state, "nonce": attempt.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        there = self._found().authorization
        return f"{there}{'&' if urlsplit(there).query else '?'}{urlencode(query)}", attempt

    def finish(self, answer: Mapping[str, str], attempt: Attempt) -> Person:
        """Who came back, by what stands in the address and what the browser kept. Raises OidcError if that can't be believed."""
        if not hmac.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
            raise OidcError("the answer belongs to another attempt to log in; try again")
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:
            raise OidcError("the answer is from another provider")
        if "error" in answer or not answer.get("code"):
            raise OidcError("the provider let nobody in")
        return self._person(self._claims(self._redeem(answer["code"], attempt), attempt.nonce))

    def _redeem(self, code: str, attempt: Attempt) -> str:
        """The ID token for a code."""
        endpoints, own = self._found(), self.settings
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": attempt.back, "code_verifier": attempt.verifier}
        headers = {}
        if endpoints.basic:
            pair = f"{quote(own.client_id, safe='')}:{quote(own.client_secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": own.client_id, "client_secret": own.client_secret}
        try:
            answer = self._fetcher.post(
                endpoints.token, urlencode(form).encode(), "application/x-www-form-urlencoded", headers, "application/json"
            )
        except FetchError as error:
            raise OidcError(f"the provider can't be asked: {error}") from None
        found = _json(answer, "the provider's tokens").get("id_token")
        if not isinstance(found, str):
            raise OidcError("the provider sent no ID token")
        return found

    def _claims(self, raw: str, nonce: str) -> Mapping[str, Any]:
        own = self.settings
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY, iss={"essential": True, "value": own.issuer}, aud={"essential": True, "value": own.client_id},
            exp={"essential": True}, iat={"essential": True}, sub={"essential": True}, nonce={"essential": True, "value": nonce},
        )  # fmt: skip
        try:
            claims = self._verified(raw).claims
            rules.validate(claims)
        except (JoseError, ValueError) as error:
            raise OidcError(f"the ID token can't be believed: {error}") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != own.client_id:
            raise OidcError("the ID token is for another program")
        return claims

    def _verified(self, raw: str) -> jwt.Token:
        keys, at = self._known_keys()
        try:
            return jwt.decode(raw, keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if time.monotonic() - at < PAUSE:
                raise
        # The provider may have a new key.
        return jwt.decode(raw, self._known_keys(anew=True)[0], algorithms=ALGORITHMS)

    def _known_keys(self, anew: bool = False) -> tuple[KeySet, float]:
        with self._lock:
            there = self._keys
        if there is None or anew or time.monotonic() - there[1] > KEPT:
            found = _json(self._get(self._found().keys), "the provider's keys")
            try:
                there = KeySet.import_key_set({"keys": found["keys"]}), time.monotonic()
            except (JoseError, ValueError, KeyError, TypeError):
                raise OidcError("the provider's keys can't be read") from None
            with self._lock:
                self._keys = there
        return there

    def _found(self) -> _Endpoints:
        with self._lock:
            there = self._endpoints
        if there is None or time.monotonic() - there[1] > KEPT:
            there = self._discover(), time.monotonic()
            with self._lock:
                self._endpoints = there
        return there[0]

    def _discover(self) -> _Endpoints:
        own = self.settings
        told = _json(self._get(own.issuer.rstrip("/") + "/.well-known/openid-configuration"), "what the provider says of itself")
        if told.get("issuer") != own.issuer:
            raise OidcError(f"the provider at {own.issuer} calls itself {str(told.get('issuer'))[:200]!r}; the settings must name it so")
        named = [told.get(f"{name}_endpoint") for name in ("authorization", "token")] + [told.get("jwks_uri")]
        scheme = urlsplit(own.issuer).scheme
        good = [url for url in named if isinstance(url, str) and urlsplit(url).scheme in ("https", scheme)]
        if len(good) != len(named):
            raise OidcError("the provider does not say where to ask, or would be asked without TLS")
        ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return _Endpoints(good[0], good[1], good[2], "client_secret_basic" in ways)

    def _get(self, url: str) -> Answer:
        try:
            return self._fetcher.get(url, accept="application/json")
        except FetchError as error:
            raise OidcError(f"the provider can't be asked: {error}") from None

    def _person(self, claims: Mapping[str, Any]) -> Person:
        own = self.settings
        held = [*_held(claims, own.role_claim), ANYBODY]
        roles = [Role(own.roles[value]) for value in held if value in own.roles]
        if not roles:
            raise OidcError("the provider knows you, but none of your groups there has a role here: ask an admin")
        named = next((value for key in ("name", "preferred_username", "email") if isinstance(value := claims.get(key), str) and value), "")
        best = next(role for role in reversed(Role) if role in roles)
        return Person(own.issuer, claims["sub"], named or claims["sub"], best)


def _held(claims: Mapping[str, Any], path: str) -> list[str]:
    """The values of a claim, which may lie deeper ("realm_access.roles")."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
    return [value for value in (found if isinstance(found, list) else [found]) if isinstance(value, str) and value != ANYBODY]


def _json(answer: Answer, what: str) -> dict[str, Any]:
    try:
        found = json.loads(answer.body) if answer.status == 200 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise OidcError(f"{what}: no JSON that can be read (status {answer.status})")
    return found
