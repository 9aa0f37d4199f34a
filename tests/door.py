"""What tests of the desk's door share: somebody with a browser, and a staff."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from fastapi.testclient import TestClient

from sagt import accounts, schema
from sagt.accounts import Role, User
from sagt.store import Store

WORD, OTHER_WORD = "korrekt hest batteri", "en helt anden hest"
AT = "http://localhost:8420"


class Browser:
    """Somebody at the desk: keeps cookies, sends forms as pages do."""

    def __init__(self, app: Any, at: str = AT, address: str = "127.0.0.1") -> None:
        self.client = TestClient(app, base_url=at, follow_redirects=False, client=(address, 50_000), headers={"Accept": "text/html"})

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, **options)

    def token(self, page: str) -> str:
        found = re.search(r'name="csrf" value="(\w+)"', self.get(page).text)
        assert found, f"{page} holds no form"
        return found[1]

    def send(self, path: str, page: str, **fields: str) -> Any:
        return self.client.post(path, data=fields | {"csrf": self.token(page)}, headers={"Origin": str(self.client.base_url).rstrip("/")})

    def enter(self, name: str, password: str = WORD, **fields: str) -> Any:
        return self.send("/login", "/login", name=name, password=password, **fields)

    @property
    def session(self) -> str:
        """The value of the session's cookie."""
        return str(self.client.cookies.get("sagt", domain="localhost.local"))

    def bring(self, session: str) -> None:
        """Put a value into the session's cookie."""
        self.client.cookies.set("sagt", session, domain="localhost.local")


def hire(store: Store) -> Store:
    """Give a store an admin, an editor and a reader; all with the same password, whose hash is made once."""
    accounts.add(store, "Ada Lund", Role.ADMIN, WORD)
    with store.writing() as connection:
        hashed = connection.execute(sa.select(schema.account.c.password)).scalar()
        for name, role in (("Erik", "editor"), ("Rosa", "reader")):
            values = {"name": name, "key": name.lower(), "password": hashed, "role": role, "created": schema.now()}
            connection.execute(sa.insert(schema.account).values(**values))
    return store


def user_of(store: Store, name: str) -> User:
    one = accounts.find(store, name)
    return User(one.name, one.role, one.id)


def bearer(raw: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {raw}"}
