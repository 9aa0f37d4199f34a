"""How a desk is set up: where it listens, and what of accounts it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Oidc:
    """An OpenID Connect provider that people may log in with."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)  #: goes nowhere but to the provider
    name: str = ""  #: what the button calls it
    role_claim: str = "groups"
    roles: Mapping[str, str] = field(default_factory=dict)  #: value of that claim → reader, editor, admin
    private: bool = False  #: the issuer may have a private or loopback address


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests that one user or address may make: so many a minute, so many at once."""

    per_minute: int = 600
    burst: int = 120


@dataclass(frozen=True, slots=True)
class Settings:
    """One desk's settings."""

    host: str = "127.0.0.1"
    port: int = 8420
    public_url: str | None = None  #: how browsers reach it, where a proxy stands between
    accounts: bool | None = None  #: whether people log in; None: if there are any accounts
    oidc: Oidc | None = None
    limits: Limits | None = field(default_factory=Limits)  #: None: none
    language: str | None = None  #: of the interface, for who asks for none
    zone: str = "Europe/Copenhagen"  #: of the clock, for who chose none
    #: Addresses of proxies whose X-Forwarded-For and -Proto are believed.
    proxies: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Where a browser finds the desk."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by TLS only."""
        return bool(self.public_url and self.public_url.lower().startswith("https://"))
