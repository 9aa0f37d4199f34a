"""One reader for the whole session: opening the pack is the slow part."""

import pytest

from sagt import Reader


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader()
