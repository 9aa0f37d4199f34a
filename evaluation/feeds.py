"""`python -m evaluation.feeds [N]`: N feeds of every misbehaviour (tests/feeds.py), three rounds, what came of each kind."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from sagt import keeping
from sagt.fetch import Fetcher, Limits
from sagt.ledger import Ledger, parser
from sagt.store import Store
from sagt.watch import Watcher

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


def main() -> None:
    """Print a table; exit 1 if anything came out wrong."""
    from feeds import KINDS, ROUNDS, FeedServer

    server = FeedServer(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
    stored: dict[str, list[int]] = {address: [] for address in server.addresses()}
    with tempfile.TemporaryDirectory() as folder, Store(f"sqlite:///{folder}/feeds.db") as store:
        watcher = Watcher(Ledger(store), Fetcher(Limits(private=True, seconds=3.0, size=4_000_000)))
        for address in stored:
            watcher.add(address)
        for server.now in range(ROUNDS):
            begun = time.monotonic()
            outcomes = {one.address: one.stored for one in watcher.round(all_due=True)}
            print(
                f"round {server.now + 1}: {len(outcomes)} asked, {sum(outcomes.values())} reports stored, {time.monotonic() - begun:.1f} s"
            )
            for address, counts in stored.items():
                counts.append(outcomes.get(address, 0))
        problems = {one.address: one.problem for one in store.sources()}
        found = [fault.what for fault in keeping.check(store, parser(), again=False)]
    kinds: defaultdict[str, list[list[str]]] = defaultdict(list)
    for number, address in enumerate(server.addresses()):
        kinds[server.kind(number)].append(server.wrong(number, stored[address], problems[address]))
    for kind, results in kinds.items():
        right = sum(not result for result in results)
        print(f"{kind:28} {right:3} of {len(results):3} right", *(result[0] for result in results if result), sep="  ")
        found += [fault for result in results for fault in result]
    print(f"{len(server.addresses())} feeds of {len(KINDS)} kinds: {'all right' if not found else f'{len(found)} wrong'}")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
