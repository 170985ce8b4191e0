"""A compiled file as a loaded library: its table of functions, and how one is called."""

from __future__ import annotations

import ctypes
import os
import threading
from _ctypes import dlclose, dlopen, dlsym
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from . import _abi
from ._errors import Error, NotLoaded, Status, failure
from ._file import ArtefactFile
from ._tensors import Array, address

_TEXT_BYTES = 1024

# Called with how many steps are done and how many there are; may return True to cancel.
Progress = Callable[[int, int], Optional[bool]]


class Library:
    """The library and its `smalti_model`. Valid until `close`, which waits for nobody."""

    def __init__(self, file: ArtefactFile) -> None:
        file.require_loadable()
        self.path = file.path
        # A ctypes.CDLL is never closed, and makes a class for each library.
        try:
            self._handle: int = dlopen(_new_spelling(file), ctypes.RTLD_LOCAL)
        except OSError as error:
            raise NotLoaded(Status.NOT_LOADED, f"cannot load '{file.path}': {error}") from error
        try:
            self.model = self._table()
            self.require(self.model.check)
        except Error:
            self.close()
            raise

    def _table(self) -> Any:
        try:
            this_model = _abi.ThisModel(dlsym(self._handle, "smalti_this_model"))
        except OSError as error:
            raise NotLoaded(
                Status.NOT_LOADED, f"'{self.path}' is no shared library of Smalti"
            ) from error
        table = this_model()
        if (
            not table
            or table.contents.abi_version != _abi.ABI_VERSION
            or table.contents.byte_count < ctypes.sizeof(_abi.Model)
        ):
            raise NotLoaded(
                Status.WRONG_VERSION,
                f"'{self.path}' has another ABI version than {_abi.ABI_VERSION}; compile again",
            )
        return table.contents

    def close(self) -> None:
        """Unloads the library; nothing of it may be used or running."""
        dlclose(self._handle)

    def require(self, function: Any, *arguments: Any) -> None:
        """Calls a function that takes room for a sentence last; raises what it returns."""
        text = ctypes.create_string_buffer(_TEXT_BYTES)
        status = function(*arguments, text, _TEXT_BYTES)
        if status != Status.OK:
            raise self.failure(status, text)

    def failure(self, status: int, text: ctypes.Array[ctypes.c_char]) -> Error:
        """The exception for a status and the sentence that was left with it."""
        if status == Status.NO_WEIGHTS:
            return failure(
                status, f"'{self.path}' has no weights inside; call prepare(parameters) first"
            )
        sentence: bytes = text.value or self.model.status_text(status)
        return failure(status, sentence.decode("utf-8", "replace"))

    def execute(
        self,
        function: Any,
        inputs: Sequence[_abi.Buffer],
        outputs: Sequence[_abi.Buffer],
        weights: Optional[_abi.Buffer],
        workspace: _abi.Buffer,
        executor: Any,
        progress: Optional[Progress] = None,
    ) -> None:
        """One `smalti_call` of `function`. Whoever calls keeps the memory of the buffers."""
        text = ctypes.create_string_buffer(_TEXT_BYTES)
        call = _abi.Call(ctypes.sizeof(_abi.Call), _abi.ABI_VERSION)
        call.inputs, call.input_count = _array(inputs)
        call.outputs, call.output_count = _array(outputs)
        call.weights, call.weight_count = _array([] if weights is None else [weights])
        call.workspace = workspace
        call.executor = executor
        call.error_text, call.error_capacity = ctypes.addressof(text), _TEXT_BYTES
        raised: List[BaseException] = []
        if progress is not None:
            call.progress = _answering(progress, raised)
        status = function(call)
        if raised:
            raise raised.pop()  # kept nowhere else: its traceback keeps what this call used
        if status != Status.OK:
            raise self.failure(status, text)


def buffer(array: Array) -> _abi.Buffer:
    """The array's memory; does not keep it."""
    return _abi.Buffer(address(array), array.nbytes)


def _array(buffers: Sequence[_abi.Buffer]) -> Tuple[Any, int]:
    return (_abi.Buffer * len(buffers))(*buffers), len(buffers)


def _answering(progress: Progress, raised: List[BaseException]) -> Any:
    """`progress` as a C function. An exception, Ctrl-C among them, ends the run and is kept."""

    def answer(_: Any, done: int, count: int) -> int:
        try:
            return 1 if progress(done, count) else 0
        except BaseException as error:  # raised again by execute, outside of C
            raised.append(error)
            return 1

    return _abi.Progress(answer)


# For every path, the files that were loaded from it, in their order.
_versions: Dict[str, List[Tuple[int, int]]] = {}
_versions_lock = threading.Lock()


def _new_spelling(file: ArtefactFile) -> str:
    """The file's path, spelled so that the system's linker takes this very file.

    The linker takes two equal paths for one library. A file that was compiled again lies under the
    path of the old one, which may still be loaded; so the n-th file of a path gets n times "./".
    Equal files, however they are spelled, are loaded once.
    """
    folder, name = os.path.split(os.path.realpath(file.path))
    with _versions_lock:
        known = _versions.setdefault(os.path.join(folder, name), [])
        if file.identity not in known:
            known.append(file.identity)
        count = known.index(file.identity)
    return os.path.join(folder, "./" * count + name)
