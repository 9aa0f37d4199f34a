"""What the user's surroundings say: the only reader of environment variables, of the user's folder and of the keyring."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from platformdirs import user_data_path

from sagt.errors import InputError

#: Where the store is, as an address.
STORE = "SAGT_DB"
#: Name and password for Ritzau's queue. They go nowhere but into the request.
RITZAU_USER, RITZAU_PASSWORD = "SAGT_RITZAU_USER", "SAGT_RITZAU_PASSWORD"
#: Set to 1, `sagt watch` may fetch from private and loopback addresses.
PRIVATE = "SAGT_ALLOW_PRIVATE"
#: What the desk and its OpenID Connect provider have in common. It goes nowhere but to that.
OIDC_SECRET = "SAGT_OIDC_SECRET"
#: Another address of Ritzau's service, for a test of one's own.
RITZAU_URL = "SAGT_RITZAU_URL"
RITZAU = "https://services.ritzau.dk/ritzaurest/Services.svc/xml/news/"


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Name and password. They are left out of `repr`, so that no log can show them."""

    user: str
    password: str


def store_address(given: str | None) -> str:
    """The store's address: as given, else SAGT_DB, else a file in the user's data folder."""
    address = given or os.environ.get(STORE)
    return address or f"sqlite:///{default_store()}"


def default_store() -> Path:
    """The file of the store when nobody says otherwise."""
    return user_data_path("sagt", appauthor=False) / "sagt.db"


def private_allowed() -> bool:
    """True if fetching from private addresses was allowed on purpose."""
    return os.environ.get(PRIVATE, "").strip().lower() in ("1", "yes", "true")


def table(path: Path) -> Mapping[str, Any]:
    """What a file of settings says. Raises InputError for one that can't be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no TOML: {error}") from None


def oidc_secret() -> str:
    """The secret that a provider gave the desk; empty where it gave none."""
    return os.environ.get(OIDC_SECRET, "")


def expanded(address: str) -> str:
    """An address with its ${NAME}s replaced by what the environment holds under them. Raises InputError for one that it lacks."""

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            raise InputError(f"{address}: the environment has no {match[1]}")
        return quote(found, safe="")

    return re.sub(r"\$\{(\w+)\}", value, address)


def ritzau() -> tuple[str, Credentials]:
    """Ritzau's service and the credentials for it. Raises InputError if there are none."""
    user = os.environ.get(RITZAU_USER) or _from_keyring("user")
    password = os.environ.get(RITZAU_PASSWORD) or _from_keyring("password")
    if not user or not password:
        raise InputError(
            f"Ritzau's queue needs a name and a password: set {RITZAU_USER} and {RITZAU_PASSWORD}, "
            "or keep them with `keyring set sagt-ritzau user` and `keyring set sagt-ritzau password`"
        )
    return os.environ.get(RITZAU_URL) or RITZAU, Credentials(user, password)


def _from_keyring(name: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password("sagt-ritzau", name)
        return found
    except KeyringError:
        return None
