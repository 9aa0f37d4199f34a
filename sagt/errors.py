"""What can go wrong by a wrong call or a broken installation. An unreadable report is not an error but a fault (types.Fault)."""


class SagtError(Exception):
    """Base of all errors of sagt; its text says what to do."""


class PackError(SagtError):
    """The weights are missing, damaged, or made for another version."""


class InputError(SagtError):
    """A file or argument that cannot be used at all."""


class StoreError(SagtError):
    """The store can't be opened or written: a wrong address, a full disk, a database that is gone."""


#: For these no report is to blame: whoever goes on without it would lose all others, too.
NOT_OF_A_REPORT = (SagtError, MemoryError)


def unforeseen(done: str, error: Exception) -> str:
    """What a fault says of an error that should not be, while a report was read or linked."""
    return f"could not be {done}: {type(error).__name__}: {str(error)[:200]}"
