"""The command line: a thin door on the library."""

from __future__ import annotations

import argparse
import glob
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import sagt
from sagt.errors import InputError, SagtError
from sagt.types import Reading, Report

_READ_EXAMPLES = """\
examples:
  sagt read story.txt                      the report, marked, and a table of who said what
  sagt read --json reports/ > out.jsonl    a JSON object a line, in the order given
  sagt read --html page.html a.txt b.html  one page to open in a browser
  xclip -o | sagt read -                   whatever is on the clipboard

exit status: 0 all read; 1 some reports had faults (they say which); 2 a wrong call
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
    read = commands.add_parser(
        "read", help="read reports and show who said what", description="Read reports and show who said what, through which hands.",
        epilog=_READ_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    read.add_argument("files", nargs="*", metavar="FILE", help="files, folders or patterns; - or nothing: standard input")
    output = read.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="one JSON object per report, a line each")
    output.add_argument("--html", metavar="OUT", type=Path, help="write one self-contained page to OUT")
    read.add_argument("--format", metavar="NAME", help="what the files are (text, html), if it should not be told from their content")
    read.add_argument("--language", metavar="CODE", help="the reports' language (da, en, nb, nn, sv, de), if it should not be detected")
    read.add_argument(
        "--published",
        metavar="TIME",
        help="when they were published, ISO 8601: 2026-03-03T06:12:00+01:00, or 2026-03-03T06:12 or 2026-03-03 in their zone",
    )
    read.add_argument("--zone", metavar="NAME", help="the zone that their clock runs in, as IANA calls it: Europe/Copenhagen")
    read.add_argument("--outlet", metavar="NAME", help="who published them")
    read.add_argument("--encoding", metavar="NAME", help="character encoding of the files, if it should not be detected")
    read.add_argument("--pack", metavar="FOLDER", type=Path, help="other weights than the ones that came with sagt")
    read.add_argument("--threads", metavar="N", type=_positive, help="processor threads to use (default: up to four)")
    read.add_argument("--colour", choices=["auto", "always", "never"], default="auto", help="colour in the terminal (default: auto)")
    read.set_defaults(run=_read)
    return parser


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
