"""Coverage-guided fuzzing of the parsers, with atheris (libFuzzer): `python -m evaluation.fuzz FORMAT CORPUS_FOLDER [libFuzzer options]`.

A parser may refuse what it is given, by the exception that says so or by faults; anything else that it raises, takes too long over
or needs too much memory for is a failure. Atheris is no dependency of sagt's: `pip install atheris`. What was run is in fuzz.md."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["sagt"]):
    from sagt import ingest
    from sagt.export import ninjs
    from sagt.formats import Given

#: Any: the format is told from the content.
ANY = "any"


def one(format: str | None) -> object:
    """The function that libFuzzer calls with bytes."""

    def run(payload: bytes) -> None:
        for parsed in ingest.items(payload, Given(url="https://example.org/feed"), format):
            report = parsed.report
            assert all(0 <= p.span.start <= p.span.end <= len(report.text) for p in report.parts), "a part lies outside the text"
            assert all(report.text[p.span.start : p.span.end].strip() for p in report.parts), "a part without words"
            report.text.encode("utf-8")
            ninjs.line(report)

    return run


def main() -> None:
    """Fuzz one format."""
    format = sys.argv[1]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], one(None if format == ANY else format))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
