"""sagt reads news reports and keeps the record of who said what, on whose word.

>>> from sagt import Reader, parse
>>> reading = Reader().read(parse(b"Broen lukker fredag, siger borgmester Karen Holt.")[0])
"""

from sagt.errors import InputError, PackError, SagtError
from sagt.ingest import parse
from sagt.read import Reader
from sagt.types import Attribution, Reading, Report, Span

__version__ = "0.1.0"
__all__ = ["Attribution", "InputError", "PackError", "Reader", "Reading", "Report", "SagtError", "Span", "parse"]
