"""What can go wrong: one class for all of it, and a subclass wherever a program would tell apart.

>>> import smalti
>>> try:
...     smalti.load("simone.h")
... except smalti.Error as error:
...     print(error.code, error.status, type(error).__name__)
107 DAMAGED_FILE DamagedFile
"""

from __future__ import annotations

import enum
from typing import Dict, Tuple, Type


class Status(enum.IntEnum):
    """Numbers that never change their meaning.

    Those below 100 are `smalti_status` of the C ABI, those from 100 on the runtime's in Swift, and
    those from 200 on belong to Python.
    """

    OK = 0
    NULL_ARGUMENT = 1
    WRONG_VERSION = 2
    WRONG_COUNT = 3
    WRONG_BYTES = 4
    MISALIGNED = 5
    OVERLAP = 6
    SMALL_WORKSPACE = 7
    BAD_EXECUTOR = 8
    TASK_TWICE = 9
    TASK_MISSING = 10
    TASK_UNKNOWN = 11
    WORKER_BUSY = 12
    NO_FEATURES = 13
    BAD_PLAN = 14
    SHORT_TIMES = 15
    CANCELLED = 16
    NO_WEIGHTS = 17
    WRONG_WEIGHTS = 18
    DAMAGED_WEIGHTS = 19
    UNREADABLE = 20
    UNKNOWN_NAME = 103
    MISSING_BUFFER = 104
    NO_THREADS = 105
    DAMAGED_FILE = 107
    NOT_LOADED = 108
    WRONG_ARRAY = 200
    CLOSED = 201
    COMPILE_FAILED = 202
    COMPILE_MISTAKE = 203
    NO_LIBRARY = 204


class Error(Exception):
    """Something that Smalti cannot do, as a sentence for people and a number for programs."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = int(code)

    @property
    def status(self) -> str:
        """The name of `code`: "OVERLAP"; "UNKNOWN" for a number of a later version."""
        known = {int(status): status.name for status in Status}
        return known.get(self.code, "UNKNOWN")

    def __reduce__(self) -> Tuple[Type[Error], Tuple[int, str]]:
        # An exception is pickled by its arguments, and ours are not those of Exception.
        return type(self), (self.code, str(self))


class WrongCall(Error, TypeError):
    """An input that is missing, or a name that the model does not have."""


class WrongArray(Error, ValueError):
    """An array of the wrong type, shape or layout, or one that shares memory with another."""


class Cancelled(Error):
    """The progress function asked for the end; what outputs hold is undefined."""


class Unreadable(Error):
    """A file that cannot be opened."""


class DamagedFile(Error):
    """A file that is cut off or changed, or that Smalti did not write."""


class NotLoaded(Error):
    """A whole file that this process cannot load: of another machine, form or version."""


class NoFeatures(Error):
    """This processor lacks what the file was compiled for."""


class WrongWeights(Error):
    """Weights of another model, version or layout; or none where some are needed."""


class CompileError(Error):
    """The compiler refused. `code` tells a failure (202) from a mistake in the call (203)."""


class LibraryNotFound(CompileError):
    """There is no libsmalti where it was looked for."""


_CLASSES: Dict[int, Type[Error]] = {
    Status.WRONG_VERSION: NotLoaded,
    Status.WRONG_BYTES: WrongArray,
    Status.MISALIGNED: WrongArray,
    Status.OVERLAP: WrongArray,
    Status.NO_FEATURES: NoFeatures,
    Status.CANCELLED: Cancelled,
    Status.NO_WEIGHTS: WrongWeights,
    Status.WRONG_WEIGHTS: WrongWeights,
    Status.DAMAGED_WEIGHTS: DamagedFile,
    Status.UNREADABLE: Unreadable,
    Status.UNKNOWN_NAME: WrongCall,
    Status.MISSING_BUFFER: WrongCall,
    Status.DAMAGED_FILE: DamagedFile,
    Status.NOT_LOADED: NotLoaded,
    Status.WRONG_ARRAY: WrongArray,
    Status.COMPILE_FAILED: CompileError,
    Status.COMPILE_MISTAKE: CompileError,
    Status.NO_LIBRARY: LibraryNotFound,
}


def failure(code: int, sentence: str) -> Error:
    """The exception for a status, of the class that belongs to it."""
    return _CLASSES.get(code, Error)(code, sentence)
