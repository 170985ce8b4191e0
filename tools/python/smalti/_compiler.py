"""`smalti.h` for ctypes: the compiler as a library, and where it is looked for."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import threading
from ctypes import (
    POINTER,
    Structure,
    byref,
    c_char_p,
    c_int32,
    c_uint32,
    c_uint64,
    c_void_p,
)
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

from . import _abi
from ._errors import CompileError, LibraryNotFound, Status

VARIABLE = "SMALTI_LIBRARY"
_NAME = "libsmalti.so"
_TEXT_BYTES = 1 << 16  # one line for each weight that does not fit

# smalti_outcome; 1 is a failure.
_DONE, _MISTAKE = 0, 2


class CompileOptions(Structure):
    """smalti_compile_options"""

    _fields_ = [
        ("byte_count", c_uint32),
        ("abi_version", c_uint32),
        ("emit", c_char_p),
        ("entry", c_char_p),
        ("target", c_char_p),
        ("name", c_char_p),
        ("specialise", c_char_p),
        ("weights_file", c_char_p),
        ("has_no_weights", c_int32),
        ("threads", c_uint32),
        ("c_compiler", c_char_p),
    ]


# What a function takes before its room for the sentence of an error.
_FALLIBLE: Dict[str, Sequence[Any]] = {
    "smalti_load": (c_char_p, POINTER(c_char_p), c_uint64, POINTER(c_void_p)),
    "smalti_read_weights": (c_void_p, c_char_p),
    "smalti_compile": (c_void_p, c_char_p, POINTER(CompileOptions)),
}


class Compiler:
    """libsmalti, loaded; it stays so until the process ends."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        for name, parameters in _FALLIBLE.items():
            function = getattr(library, name)
            function.argtypes = [*parameters, c_char_p, c_uint64]
            function.restype = c_int32
        library.smalti_make_weights.argtypes = [c_void_p, c_uint64]
        library.smalti_make_weights.restype = None
        library.smalti_free.argtypes = [c_void_p]
        library.smalti_free.restype = None

    def compile(
        self,
        model: str,
        settings: Sequence[str],
        weights: Optional[bytes],
        seed: int,
        output: bytes,
        options: CompileOptions,
    ) -> None:
        """Loads the network, gives it weights, compiles it into `output`, frees it."""
        network = c_void_p()
        texts = (c_char_p * len(settings))(*(setting.encode() for setting in settings))
        self._require("smalti_load", os.fsencode(model), texts, len(settings), byref(network))
        try:
            if weights is not None:
                self._require("smalti_read_weights", network, weights)
            elif seed != 0:
                self._library.smalti_make_weights(network, seed)
            self._require("smalti_compile", network, output, byref(options))
        finally:
            self._library.smalti_free(network)

    def _require(self, name: str, *arguments: Any) -> None:
        text = ctypes.create_string_buffer(_TEXT_BYTES)
        outcome = getattr(self._library, name)(*arguments, text, _TEXT_BYTES)
        if outcome != _DONE:
            code = Status.COMPILE_MISTAKE if outcome == _MISTAKE else Status.COMPILE_FAILED
            sentence = text.value.decode("utf-8", "replace")
            raise CompileError(code, sentence or f"{name} failed and left no sentence")


def new_options(**values: Any) -> CompileOptions:
    """Options of this version, in which all but `values` are the defaults."""
    return CompileOptions(ctypes.sizeof(CompileOptions), _abi.ABI_VERSION, **values)


_compiler: Optional[Compiler] = None
_compiler_lock = threading.Lock()


def compiler() -> Compiler:
    """libsmalti, looked for until it is found once.

    Raises LibraryNotFound, which says where it was looked for and what was wrong there.
    """
    global _compiler
    with _compiler_lock:
        if _compiler is None:
            _compiler = _found()
        return _compiler


def _found() -> Compiler:
    tried = []
    for place, path in _places():
        try:
            return Compiler(ctypes.CDLL(path))
        except (OSError, AttributeError) as error:
            tried.append(f"{place}: {error}")
    raise LibraryNotFound(
        Status.NO_LIBRARY,
        f"cannot find the compiler's library, libsmalti; tried {'; '.join(tried)}; "
        f"set {VARIABLE} to its path (running compiled files needs no library)",
    )


def _places() -> Iterator[Tuple[str, str]]:
    """Where libsmalti may be, as words and as a path."""
    named = os.environ.get(VARIABLE)
    if named:
        # Who names a library wants that one, and no other in its stead.
        yield VARIABLE, os.path.abspath(named)
        return
    yield f"{VARIABLE} (not set), beside the package", str(Path(__file__).parent / _NAME)
    found = ctypes.util.find_library("smalti")
    if found:
        yield "the linker's list", found
    yield "the linker's path", _NAME
