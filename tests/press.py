# ruff: noqa: E501
"""A small story of our own as its reports came, for tests of the ledger."""

from __future__ import annotations

import json

OUT: dict[str, tuple[str, str, str, str]] = {  # name: outlet, time, language, text
    "ap": (
        "AP", "2026-03-02T05:40:00Z", "en",
        "HAVNBY, Denmark (AP) — The harbour bridge will open again before Christmas, Mayor Karen Holt of Havnby told The Associated Press on Monday.\n\n"
        "\"We have waited eleven months. Now there is money on the table,\" Holt said.\n\n"
        "The Ministry of Transport declined to confirm the agreement.",
    ),
    "ritzau": (
        "Ritzau", "2026-03-02T08:10:00+01:00", "da",
        "Havnebroen i Havnby åbner igen inden jul.\n\nDet siger borgmester Karen Holt ifølge nyhedsbureauet AP.\n\n"
        "- Vi har ventet i elleve måneder. Nu er der penge på bordet, siger hun.\n\n"
        "Transportministeriet vil ikke bekræfte aftalen.\n\n/ritzau/",
    ),
    "nordposten": (
        "Nordposten", "2026-03-02T10:30:00+01:00", "da",
        "Havnebroen i Havnby åbner igen inden jul, siger borgmester Karen Holt ifølge Ritzau.\n\n"
        "- Vi har ventet i elleve måneder. Nu er der penge på bordet, siger hun.\n\n"
        "En fisker på kajen, Jens Krog, er ikke imponeret.\n\n- Jeg tror på det, når jeg kører over, siger han til Nordposten.",
    ),
    "sydposten": (
        "Sydposten", "2026-03-02T12:00:00+01:00", "da",
        "- Vi har ventet i elleve måneder. Nu er der penge på bordet, siger borgmester Karen Holt.\n\n/ritzau/",
    ),
    "later": (
        "Ritzau", "2026-03-04T09:00:00+01:00", "da",
        "Transportministeriet bekræfter, at staten betaler halvdelen af reparationen af havnebroen i Havnby.\n\n"
        "- Aftalen er på plads, siger transportminister Lars Vang.\n\n/ritzau/",
    ),
}  # fmt: skip


def row(name: str, **more: str) -> bytes:
    """A report as a row of a corpus."""
    outlet, date, language, text = OUT[name]
    record = {
        "id": f"{name}-1",
        "outlet": outlet,
        "date": date,
        "language": language,
        "text": text,
        "title": "",
        "url": f"https://{name}.example/1",
    }
    return json.dumps(record | more, ensure_ascii=False).encode()
