"""The command line: a thin door on the library."""

from __future__ import annotations

import argparse
import glob
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import sagt
from sagt.errors import InputError, SagtError
from sagt.types import Act, Reading, Report, Status

_READ_EXAMPLES = """\
examples:
  sagt read story.txt                      the report, marked, and a table of who said what
  sagt read --json reports/ > out.jsonl    a JSON object a line, in the order given
  sagt read --html page.html a.txt b.html  one page to open in a browser
  xclip -o | sagt read -                   whatever is on the clipboard

exit status: 0 all read; 1 some reports had faults (they say which); 2 a wrong call
"""

_ADD_EXAMPLES = """\
examples:
  sagt add wire/                           every file in the folder, whatever format it is in
  curl -s https://example.org/rss | sagt add -
  sagt add --json corpus.jsonl             what became of each item, a line each, once it is safe

exit status: 0 all stored or known already; 1 some could not be read (they are kept: sagt faults); 2 a wrong call
"""
_WATCH_EXAMPLES = """\
examples:
  sagt watch https://example.org/rss       from now on; ^C stops, and the next `sagt watch` goes on where it stood
  sagt watch ~/wire --every 5              a folder into which an agency's files fall
  sagt watch ritzau                        its queue; name and password from SAGT_RITZAU_USER and SAGT_RITZAU_PASSWORD, or the keyring
  sagt watch 'https://example.org/rss?key=${MY_KEY}'    the key stays in the environment
  sagt watch --once                        from cron: each source once
"""
_SEARCH_EXAMPLES = """\
examples:
  sagt search havnebro regning
  sagt search '"den lukkede bro"' --since 7d
  sagt search --actor Holt --act denies
  sagt search --agency Ritzau bro -- -færge
"""


_LEDGER_EXAMPLES = """examples:
  sagt statements --actor Holt
  sagt statements --story t1a2b3c4d5e6 --at 2026-03-03T22:00+01:00
  sagt statements --json | jq 'select(.origins | length == 1)'
"""
_JUDGE_EXAMPLES = """examples:
  sagt judge same s1a2b3c4d5e6 s6f5e4d3c2b1
  sagt judge different 3f9a:a2 77c0:a5 --note "two people of one name"
  sagt judge kept s1a2b3c4d5e6
  sagt judge no 3f9a:a2
  sagt judge source 3f9a:a2 Karen Holt
  sagt judge merge t1a2b3c4d5e6 t6f5e4d3c2b1
  sagt judge move 3f9a t1a2b3c4d5e6
  sagt judge apart 3f9a --note "another bridge"
  sagt judge undo 3
"""
_EXPORT_EXAMPLES = """examples:
  sagt export csv -o statements.csv                       a row for each statement; --passages, --reports: for each of those
  sagt export jsonl --query havnebro --since 7d           the reports as they were read
  sagt export graphml --story t1a2b3c4d5e6 -o hands.graphml
  sagt export atom --actor Holt --limit 50

formats: jsonl, csv, parquet, annotations (W3C Web Annotation), schema-org, prov, ninjs, graphml, ics, atom
"""
_MCP_EXAMPLES = """examples:
  sagt mcp --db sqlite:///press.db         what a client's configuration has as its command; it is not meant for typing
"""
_GAZETTEER_EXAMPLES = """examples:
  sagt gazetteer add query.csv --language da          what query.wikidata.org gave (docs/ledger.md has a query)
  zcat entities.json.gz | sagt gazetteer add -        a part of Wikidata's dump, an entity a line
  sagt gazetteer list "European Commission"

exit status: 0 all taken in; 1 some lines could not be read (they are told); 2 a wrong call
"""
#: How a claim may stand (sagt.standing, which takes time to load).
_STANDINGS = ("withdrawn", "disputed", "denied", "confirmed", "corroborated", "unconfirmed", "single origin", "open")
_SERVE_EXAMPLES = """examples:
  sagt serve                               on this machine only: http://127.0.0.1:8420
  sagt serve --watch --lang da             reads what the watched feeds bring, in the same process
  sagt serve --host 0.0.0.0 --public-url https://desk.example.org    for a newsroom; needs accounts (sagt users add)

file of settings (TOML): host, port, public_url, language, zone, proxies, accounts; tables [limits] and [oidc].
"""
_USERS_EXAMPLES = """examples:
  sagt users add Karen --role admin        the first account; from then on everybody logs in
  sagt users token Karen --label newsletter --scope read
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = _parser()
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except SagtError as error:
        print(f"sagt: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`| head`): no traceback, and nothing more to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sagt", description="Who said that, and on whose word? Reads news reports, offline.",
        epilog="example: sagt read story.txt", formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"sagt {sagt.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_read(commands)
    _add_store(commands)
    _add_ledger(commands)
    _add_gazetteer(commands)
    _add_serve(commands)
    _add_users(commands)
    _add_export(commands)
    _add_mcp(commands)
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], help: str, examples: str = "") -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=help, description=help[0].upper() + help[1:] + ".", epilog=examples, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command.set_defaults(run=run)
    return command


def _add_read(commands: Any) -> None:
    read = _command(commands, "read", _read, "read reports and show who said what, through which hands", _READ_EXAMPLES)
    read.add_argument("files", nargs="*", metavar="FILE", help="files, folders or patterns; - or nothing: standard input")
    output = read.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="one JSON object per report, a line each")
    output.add_argument("--html", metavar="OUT", type=Path, help="write one self-contained page to OUT")
    _given(read)
    _reading(read)
    read.add_argument("--colour", choices=["auto", "always", "never"], default="auto", help="colour in the terminal (default: auto)")


def _given(command: argparse.ArgumentParser) -> None:
    """Options that say what the payloads do not."""
    command.add_argument(
        "--format", metavar="NAME", help="what the files are (text, html, ritzau, …), if it should not be told from their content"
    )
    command.add_argument("--language", metavar="CODE", help="the reports' language (da, en, nb, nn, sv, de), if it should not be detected")
    command.add_argument(
        "--published",
        metavar="TIME",
        help="when they were published, ISO 8601: 2026-03-03T06:12:00+01:00, or 2026-03-03T06:12 or 2026-03-03 in their zone",
    )
    command.add_argument("--zone", metavar="NAME", help="the zone that their clock runs in, as IANA calls it: Europe/Copenhagen")
    command.add_argument("--outlet", metavar="NAME", help="who published them")
    command.add_argument("--encoding", metavar="NAME", help="character encoding of the files, if it should not be detected")


def _reading(command: argparse.ArgumentParser) -> None:
    command.add_argument("--pack", metavar="FOLDER", type=Path, help="other weights than the ones that came with sagt")
    command.add_argument("--threads", metavar="N", type=_positive, help="processor threads to use (default: up to four)")


def _db(command: argparse.ArgumentParser, *also: str) -> None:
    """The option that names the store; `also`: other names of the option."""
    where = "sqlite:///path or postgresql://user@host/name (default: $SAGT_DB, or a file in your data folder)"
    command.add_argument("--db", *also, metavar="URL", help=f"the store: {where}")


def _store(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Options of all commands over the store."""
    _db(command)
    command.add_argument("--json", action="store_true", help="a JSON object a line")
    return command


def _add_store(commands: Any) -> None:
    add = _store(_command(commands, "add", _add, "store reports of any format for good, and read them", _ADD_EXAMPLES))
    add.add_argument("files", nargs="+", metavar="FILE", help="files, folders or patterns; -: standard input")
    _given(add)
    _reading(add)
    add.add_argument("--no-read", action="store_true", help="store only; the next add, watch or rebuild reads them")

    find = _store(_command(commands, "search", _stored("find"), "find stored reports, newest arrivals first", _SEARCH_EXAMPLES))
    find.add_argument("words", nargs="*", metavar="WORD", help='words in any form, "phrases", beginnings*; after -- also -without')
    find.add_argument("--actor", metavar="NAME", help="somebody whom the report passes on")
    find.add_argument("--act", choices=[act.value for act in Act], help="what kind of saying (together with --actor: theirs)")
    find.add_argument("--outlet", metavar="NAME", help="who published it")
    find.add_argument("--agency", metavar="NAME", help="an agency or paper credited in it, or that carried a statement")
    find.add_argument("--language", metavar="CODE", help="da, en, nb, nn, sv, de")
    find.add_argument("--status", choices=[status.value for status in Status], help="how it stands with its publisher")
    find.add_argument("--since", metavar="TIME", help="published at or after: 2026-03-03, 2026-03-03T06:12+01:00, or 7d, 36h")
    find.add_argument("--until", metavar="TIME", help="published before (a day is counted in)")
    find.add_argument("--limit", metavar="N", type=_limit, default=20, help="how many, up to 1000 (default: 20)")
    find.add_argument("--before", metavar="NUMBER", type=int, help="older arrivals than the report of that number: the next page")

    show = _store(_command(commands, "show", _stored("show"), "show a stored report with its reading"))
    show.add_argument("report", metavar="REPORT", help="its id or the beginning of it, #number, address, or the outlet's name for it")
    show.add_argument("--payload", action="store_true", help="the original bytes instead")
    show.add_argument("--colour", choices=["auto", "always", "never"], default="auto", help="colour in the terminal (default: auto)")
    _reading(show)

    takes = _store(_command(commands, "versions", _stored("versions"), "show the takes of an item, and what changed from each to the next"))
    takes.add_argument("report", metavar="REPORT", help="any of the takes: its id, #number, address, or the outlet's name for it")

    watch = _store(_command(commands, "watch", _stored("watch"), "watch feeds, folders and Ritzau's queue", _WATCH_EXAMPLES))
    watch.add_argument("sources", nargs="*", metavar="SOURCE", help="feeds, folders, or ritzau; without any: what is watched already")
    watch.add_argument("--once", action="store_true", help="ask each source once and stop (those that asked to be left alone are)")
    watch.add_argument(
        "--every", metavar="SECONDS", type=_seconds, help="time between two tries of the sources given here (default: 600 for feeds)"
    )
    watch.add_argument("--allow-private", action="store_true", help="fetch from private and loopback addresses, too")
    watch.add_argument("--no-read", action="store_true", help="store only")
    _reading(watch)

    feeds = _store(_command(commands, "feeds", _stored("feeds"), "list what is watched, and how it stands with it"))
    feeds.add_argument("--import", dest="import_", metavar="FILE", help="watch the feeds of an OPML list, too; -: standard input")
    feeds.add_argument("--export", metavar="FILE", help="write the feeds as an OPML list; -: standard output")
    feeds.add_argument("--remove", metavar="ADDRESS", help="watch this one no longer; its reports stay")
    feeds.add_argument("--retry", action="store_true", help="ask again also those that are gone or left alone after failures")

    check = _store(_command(commands, "check", _stored("check"), "look whether everything in the store is as it should be"))
    check.add_argument("--fast", action="store_true", help="do not parse the payloads again")

    backup = _store(_command(commands, "backup", _stored("backup"), "copy the store into a file, while others go on writing"))
    backup.add_argument("file", metavar="FILE", type=Path, help="a new file; it is a store of its own, on SQLite")
    restore = _store(_command(commands, "restore", _stored("restore"), "fill an empty store from a backup"))
    restore.add_argument("file", metavar="FILE", type=Path)

    rebuild = _store(_command(commands, "rebuild", _stored("rebuild"), "derive everything again from what is kept"))
    rebuild.add_argument("--no-read", action="store_true", help="keep the readings as they are")
    _reading(rebuild)

    faults = _store(_command(commands, "faults", _stored("faults"), "list what is kept but could not be read or linked"))
    faults.add_argument("--retry", action="store_true", help="try again first")
    _reading(faults)


def _add_ledger(commands: Any) -> None:
    """The commands that ask what was said over all reports."""

    def command(name: str, help: str, examples: str = "") -> argparse.ArgumentParser:
        found = _store(_command(commands, name, _asked(name), help, examples))
        if name not in ("diff", "why", "judge"):
            found.add_argument("--at", metavar="TIME", help="as it was known then: 2026-03-03, 2026-03-03T22:00+01:00, or 7d, 36h back")
        return found

    said = command("statements", "list what was said, by whom, through how many independent origins, and how it stands", _LEDGER_EXAMPLES)
    said.add_argument("--actor", metavar="NAME", help="only what somebody of that name said")
    said.add_argument("--story", metavar="ID", help="only what a story's reports pass on")
    said.add_argument("--limit", metavar="N", type=_limit, help="how many (default: all)")

    story = command("story", "list the stories, or show one: its claims and how they stand")
    story.add_argument("story", nargs="?", metavar="ID")
    story.add_argument("--limit", metavar="N", type=_limit, default=20, help="how many stories (default: 20)")

    command("who", "show all that somebody said, claim by claim, and how it changed").add_argument("name", metavar="NAME")
    command("claim", "show a claim: who says it, who denies it, how it stood when, how true the quotations are").add_argument(
        "claim", metavar="ID", help="of a claim, or of a statement of it"
    )
    command("origins", "show by how many independent ways a statement reached print").add_argument("statement", metavar="ID")

    promised = command("promises", "list what is promised or announced, when it is due, and what became of it")
    promised.add_argument("--actor", metavar="NAME")
    promised.add_argument("--story", metavar="ID")
    promised.add_argument("--outcome", choices=["upcoming", "due", "overdue", "kept", "broken", "moved", "unknown"])
    promised.add_argument("--ics", metavar="FILE", help="write those still to come, or overdue, as a calendar; -: standard output")
    promised.add_argument(
        "--auto", metavar="SCORE", type=_share, help="let the program decide outcomes that are at least so likely (0 to 1)"
    )

    asked = command("open", "list what reports say is not known, and what later reports answer")
    asked.add_argument("--story", metavar="ID")
    either = asked.add_mutually_exclusive_group()
    either.add_argument("--answered", dest="answered", action="store_true", default=None, help="only those with an answer")
    either.add_argument("--unanswered", dest="answered", action="store_false", help="only those without")

    changed = command(
        "diff", "show what became of statements from one report to another: added, dropped, a hedge or a hand lost, a number changed"
    )
    changed.add_argument("before", metavar="A", help="a report: its id, #number, address, or the outlet's name for it")
    changed.add_argument("after", metavar="B")

    command("why", "say why a statement or claim is held to be one, down to the characters").add_argument("id", metavar="ID")

    verdict = command("judge", "record a decision of yours, undo one, or list them", _JUDGE_EXAMPLES)
    verdict.add_argument(
        "verdict", nargs="?", metavar="VERDICT",
        choices=["same", "different", "unsure", "kept", "broken", "moved", "unknown", "answered", "open", "no", "source", "merge", "move",
                 "apart", "undo"],
        help="same, different, unsure (of two statements); kept, broken, moved, unknown (of a promise); answered, open (of a question); "
        "no (a place is no attribution); source (of a place: who speaks there); merge (two stories are one); move (a report is of that "
        "story); apart (a report begins a story of its own); undo (of a judgement)",
    )  # fmt: skip
    verdict.add_argument(
        "of", nargs="*", metavar="ID", help="statements, stories, reports, or places REPORT:ATTRIBUTION; for undo a judgement's number"
    )
    verdict.add_argument("--claim", action="store_true", help="same or different as claims, not as statements")
    verdict.add_argument("--by", metavar="NAME", help="who decides (default: who is logged in)")
    verdict.add_argument("--note", metavar="WORDS")
    verdict.add_argument("--list", action="store_true", help="list the judgements that count")


def _add_gazetteer(commands: Any) -> None:
    """Names that stand for one actor in all languages."""
    names = _command(
        commands, "gazetteer", _stored("gazetteer"), "take in names that stand for one actor in all languages", _GAZETTEER_EXAMPLES
    )
    whats = names.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="what")

    def what(name: str, help: str) -> argparse.ArgumentParser:
        return _store(_command(whats, name, _stored("gazetteer"), help))

    add = what("add", "take in the names of a file, beside those that are there; the next add, watch or rebuild links by them")
    add.add_argument("file", metavar="FILE", help="Wikidata's JSON or a table item,label,lang,human; plain or .gz; -: standard input")
    codes = ["da", "en", "nb", "nn", "sv", "de"]
    add.add_argument(
        "--language", metavar="CODE", choices=codes, default="en", help=f"of the names that are shown: {', '.join(codes)} (default: en)"
    )
    what("list", "list its entities with their names").add_argument(
        "name", nargs="?", metavar="NAME", help="only those that it is a name of"
    )
    what("clear", "let go of all names")


def _add_export(commands: Any) -> None:
    """The record for other programs."""
    export = _command(commands, "export", _export, "write a part of the record in another format", _EXPORT_EXAMPLES)
    export.add_argument("format", metavar="FORMAT", help="one of those below")
    export.add_argument("-o", "--output", metavar="FILE", type=Path, help="write there (default: standard output)")
    _db(export)
    export.add_argument("--query", metavar="WORDS", help='words in any form, "phrases", beginnings*, -without')
    export.add_argument("--story", metavar="ID", help="a story's reports and what they pass on")
    export.add_argument("--claim", metavar="ID", help="a claim, by its id or that of a statement of it")
    export.add_argument("--actor", metavar="NAME", help="what somebody of that name said")
    export.add_argument("--act", choices=[act.value for act in Act], help="what kind of saying")
    export.add_argument("--outlet", metavar="NAME", help="who published it")
    export.add_argument("--agency", metavar="NAME", help="an agency or paper credited in it, or that carried a statement")
    export.add_argument("--language", metavar="CODE", help="da, en, nb, nn, sv, de")
    export.add_argument("--status", choices=[status.value for status in Status], help="how a report stands with its publisher")
    export.add_argument("--standing", metavar="HOW", choices=_STANDINGS, help=f"how its claim stands: {', '.join(_STANDINGS)}")
    export.add_argument("--since", metavar="TIME", help="published at or after: 2026-03-03, 2026-03-03T06:12+01:00, or 7d, 36h")
    export.add_argument("--until", metavar="TIME", help="published before (a day is counted in)")
    export.add_argument("--at", metavar="TIME", help="as it was known then")
    export.add_argument("--limit", metavar="N", type=_number, help="reports, the newest arrivals (default: all)")
    rows = export.add_mutually_exclusive_group()
    for name in ("reports", "statements", "passages"):
        rows.add_argument(
            f"--{name}", dest="rows", action="store_const", const=name, help=f"a row or line for each of the {name} (jsonl, csv, parquet)"
        )


def _export(args: argparse.Namespace) -> int:
    from sagt import exporting

    return exporting.export(args)


def _number(value: str) -> int:
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number from 1")
    return number


def _add_mcp(commands: Any) -> None:
    """The record for programs that speak the Model Context Protocol."""
    served = _command(commands, "mcp", _mcp, "let a program ask the record over MCP, on standard input and output", _MCP_EXAMPLES)
    _db(served, "--store")


def _mcp(args: argparse.Namespace) -> int:
    from sagt import config

    try:
        from sagt import mcp
    except ModuleNotFoundError as error:
        if error.name not in ("mcp", "mcp_types"):
            raise
        raise InputError("the MCP SDK is not installed; get it with: pip install 'sagt[mcp]'") from None
    mcp.run(config.store_address(args.db))
    return 0


def _add_serve(commands: Any) -> None:
    """The desk: pages and API."""
    serve = _command(commands, "serve", _serve, "open the desk: pages for a browser, and the API", _SERVE_EXAMPLES)
    _db(serve, "--store")
    serve.add_argument("--host", metavar="ADDRESS", help="where to listen (default: 127.0.0.1, this machine only)")
    serve.add_argument("--port", metavar="N", type=int, help="default: 8420; 0: any that is free")
    serve.add_argument("--public-url", metavar="URL", help="how browsers reach the desk, where a proxy stands before it")
    serve.add_argument("--lang", metavar="CODE", choices=["en", "da"], help="of the interface, for browsers that ask for none: en, da")
    serve.add_argument("--zone", metavar="NAME", help="of the clock, for who chose none (default: Europe/Copenhagen)")
    serve.add_argument("--watch", action="store_true", help="also watch what `sagt watch` watches, in the same process")
    serve.add_argument("--allow-private", action="store_true", help="with --watch: fetch from private and loopback addresses, too")
    serve.add_argument("--settings", metavar="FILE", type=Path, help="settings in TOML; what is said here goes before it")
    _reading(serve)


def _serve(args: argparse.Namespace) -> int:
    try:
        from sagt.desk import serve
    except ModuleNotFoundError as error:
        if (error.name or "sagt").partition(".")[0] == "sagt":
            raise
        raise InputError(f"the desk is not installed ({error.name} is missing); get it with: pip install 'sagt[desk]'") from None
    return serve.serve(args)


def _add_users(commands: Any) -> None:
    """Who may enter the desk."""
    users = _command(commands, "users", _users, "make and change the accounts of the desk", _USERS_EXAMPLES)
    whats = users.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="what")

    def what(name: str, help: str) -> argparse.ArgumentParser:
        found = _store(_command(whats, name, _users, help))
        if name != "list":
            found.add_argument("name", metavar="NAME")
        return found

    what("add", "make an account; its password is asked for, or a line of standard input").add_argument(
        "--role", choices=["reader", "editor", "admin"], default="reader", help="what it may do (default: reader; the first is an admin)"
    )
    what("list", "list the accounts")
    what("role", "give an account another role").add_argument("role", choices=["reader", "editor", "admin"])
    what("disable", "shut an account out; its sessions end and its tokens open nothing")
    what("enable", "let an account in again")
    what("password", "give an account another password; its sessions end")
    token = what("token", "make a token, by which a program asks in an account's name; it is shown once")
    token.add_argument("--label", metavar="WORDS", required=True, help="what it is for")
    token.add_argument("--scope", choices=["read", "write", "admin"], default="read", help="what may be done with it (default: read)")
    token.add_argument("--days", metavar="N", type=int, default=90, help="how long it lives (default: 90, at most 366)")


def _users(args: argparse.Namespace) -> int:
    try:
        from sagt import users
    except ModuleNotFoundError as error:
        if error.name != "argon2":
            raise
        raise InputError("accounts need the desk; get it with: pip install 'sagt[desk]'") from None
    return users.run(args)


def _asked(name: str) -> Callable[[argparse.Namespace], int]:
    """A command of `sagt.inquiries`, which is imported only when it is called."""

    def run(args: argparse.Namespace) -> int:
        from sagt import inquiries

        if args.json:
            sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        return int(getattr(inquiries, {"open": "questions"}.get(name, name))(args))

    return run


def _share(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number from 0 to 1")
    return number


def _stored(name: str) -> Callable[[argparse.Namespace], int]:
    """A command of `sagt.commands`, which is imported only when it is called: databases take time to load."""

    def run(args: argparse.Namespace) -> int:
        from sagt import commands

        if args.json:
            sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        return int(getattr(commands, name)(args))

    return run


def _add(args: argparse.Namespace) -> int:
    from sagt import commands

    _check_published(args.published)
    _check_zone(args.zone)
    return commands.add(args, commands.files(args, list(_paths(args.files))))


def _seconds(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 1 <= number <= 604_800:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number of seconds from 1 to a week")
    return number


def _limit(value: str) -> int:
    number = int(value) if value.isascii() and value.isdigit() else 0
    if not 1 <= number <= 1000:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number from 1 to 1000")
    return number


def _positive(value: str) -> int:
    number = int(value) if value.isascii() and value.isdigit() else 0
    if not 1 <= number <= 256:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number from 1 to 256")
    return number


def _read(args: argparse.Namespace) -> int:
    paths = list(_paths(args.files))
    reports = _reports(paths, args)
    readings = sagt.Reader(args.pack, threads=args.threads).read_all(reports)
    faulty: set[bool] = set()
    noted = _noted(_watched(readings, len(paths)), faulty)
    if args.html:
        _write_page(args.html, noted)
    elif args.json:
        _print_json(noted)
    else:
        _print_terminal(noted, args.colour)
    return 1 if True in faulty else 0


def _paths(given: Sequence[str]) -> Iterator[Path | None]:
    """The files meant, in the order given; None is standard input. Raises InputError for one that isn't there."""
    for name in given or ["-"]:
        path = Path(name)
        if name == "-":
            yield None
        elif path.is_dir():
            found = [
                p for p in sorted(path.rglob("*")) if p.is_file() and not any(part.startswith(".") for part in p.relative_to(path).parts)
            ]
            if not found:
                raise InputError(f"no files in the folder {name}")
            yield from found
        elif path.exists():
            yield path
        elif glob.has_magic(name) and (matched := sorted(glob.glob(name, recursive=True))):
            yield from (Path(m) for m in matched if Path(m).is_file())
        else:
            raise InputError(f"no such file: {name}")


def _reports(paths: Sequence[Path | None], args: argparse.Namespace) -> Iterator[Report]:
    from sagt import ingest

    _check_published(args.published)
    _check_zone(args.zone)
    for path in paths:
        try:
            payload = sys.stdin.buffer.read() if path is None else path.read_bytes()
        except OSError as error:
            raise InputError(f"{path} can't be read: {error.strerror}") from None
        yield from ingest.parse(
            payload, format=args.format, language=args.language, published=args.published, zone=args.zone, outlet=args.outlet,
            encoding=args.encoding, name="-" if path is None else str(path),
        )  # fmt: skip


def _check_published(value: str | None) -> None:
    from datetime import datetime

    try:
        if value is not None:
            datetime.fromisoformat(value)
    except ValueError:
        raise InputError(f"--published {value}: give ISO 8601, such as 2026-03-03T06:12:00+01:00 or 2026-03-03") from None


def _check_zone(name: str | None) -> None:
    from zoneinfo import ZoneInfo

    try:
        if name is not None:
            ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        raise InputError(f"--zone {name}: no such zone; give one that IANA knows, such as Europe/Copenhagen") from None


def _noted(readings: Iterator[Reading], faulty: set[bool]) -> Iterator[Reading]:
    """The same readings, with a note in `faulty` whether any had a fault: the exit status is known when all are out."""
    for reading in readings:
        faulty.add(bool(reading.faults or reading.report.faults))
        yield reading


def _watched(readings: Iterator[Reading], count: int) -> Iterator[Reading]:
    """With a progress bar on standard error when there are many and somebody is watching."""
    if count < 10 or not sys.stderr.isatty():
        yield from readings
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(readings, "reading", total=count, console=Console(stderr=True), transient=True)


def _print_json(readings: Iterator[Reading]) -> None:
    from sagt.export import json

    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for reading in readings:
        print(json.line(reading), flush=sys.stdout.isatty())


def _print_terminal(readings: Iterator[Reading], colour: str) -> None:
    import shutil

    from sagt.export import terminal

    if (sys.stdout.encoding or "").lower() not in ("utf-8", "utf8"):
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    on = colour == "always" or (colour == "auto" and sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    width = max(40, shutil.get_terminal_size((100, 24)).columns)
    for reading in readings:
        sys.stdout.write(terminal.show(reading, width, on))
        sys.stdout.flush()


def _write_page(out: Path, readings: Iterator[Reading]) -> None:
    from sagt.export import page

    text = page.page(list(readings))
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"{out} can't be written: {error.strerror}") from None
    print(f"wrote {out}", file=sys.stderr)
