"""What the calls of one model share: the library, threads, weights, and memory to work in.

Each call that runs has a workspace to itself, taken from a list and put back. After `close` no call
can start, and the last one that runs frees everything.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
import weakref
from typing import Any, Iterator, List, NamedTuple, Optional

from . import _abi
from ._errors import Error, Status, WrongWeights
from ._library import Library, buffer
from ._tensors import Array, empty_bytes

_THREAD_LIMIT = 1024


def check_threads(threads: int) -> None:
    """Raises Error for a number of threads that no pool has."""
    if not 0 <= threads <= _THREAD_LIMIT:
        raise Error(Status.NO_THREADS, f"there can be 0 to {_THREAD_LIMIT} threads, not {threads}")


class Lease(NamedTuple):
    """What one call may use until it ends."""

    workspace: Array
    executor: Any
    weights: Optional[_abi.Buffer]


class Resources:
    """Freed by `close`, or when nobody refers to it any more."""

    def __init__(self, library: Library, threads: int) -> None:
        self.library = library
        self._lock = threading.RLock()  # a finalizer may run while it is held
        self._running = 0
        self._is_closed = self._is_freed = False
        self._workspaces: List[Array] = []
        self._pool: Optional[int] = None
        # Prepared weights: mapped from a file, or made here; else those inside the library.
        self._mapped: Optional[_abi.Buffer] = None
        self._prepared: Optional[Array] = None
        model = library.model
        self.threads: int = threads or min(_THREAD_LIMIT, model.allowed_processors())
        self.takes_parameters = bool(model.prepare)
        self._prepare_bytes: int = (
            model.prepare_workspace_bytes(self.threads) if self.takes_parameters else 0
        )
        _all.add(self)

    # -- One call -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def lease(self, byte_count: int) -> Iterator[Lease]:
        """A workspace of at least `byte_count` bytes, the threads and the weights, for one call."""
        with self._lock:
            if self._is_closed:
                raise Error(Status.CLOSED, f"'{self.library.path}' is closed")
            self._running += 1  # from here on close waits
        workspace = None
        try:
            with self._lock:
                executor = self._executor()
                prepared, weights = self._prepared, self._mapped
                workspace = self._workspaces.pop() if self._workspaces else None
            if workspace is None or workspace.nbytes < byte_count:
                workspace = None  # freed before the larger one is asked for
                workspace = empty_bytes(byte_count)
            yield Lease(workspace, executor, buffer(prepared) if prepared is not None else weights)
        finally:
            with self._lock:
                self._running -= 1
                if workspace is not None and not self._is_closed:
                    self._workspaces.append(workspace)
                self._free_if_done()

    def _executor(self) -> Any:
        """The pool's executor, or None: one thread needs no pool. Called with the lock held."""
        model = self.library.model
        if self.threads == 1:
            return None
        if self._pool is None:
            pool = model.pool_create(self.threads)
            if not pool:
                reason = os.strerror(ctypes.get_errno())
                raise Error(Status.NO_THREADS, f"cannot start {self.threads} threads: {reason}")
            self._pool = pool
        return model.pool_executor(self._pool)

    # -- Weights ------------------------------------------------------------------------------

    def open_weights(self, path: str) -> None:
        """Maps a file of prepared weights, for all calls. Once, before the first."""
        mapped = _abi.Buffer()
        model = self.library.model
        self.library.require(model.open_weights, os.fsencode(path), ctypes.byref(mapped))
        self._mapped = mapped

    def require_weights(self) -> None:
        """Raises WrongWeights if there are none and nothing in the library can prepare them."""
        model = self.library.model
        there = model.weights.pointer or self._mapped is not None or not model.prepared_byte_count
        if not there and not self.takes_parameters:
            raise WrongWeights(
                Status.NO_WEIGHTS,
                f"'{self.library.path}' has no weights inside; name the file that was written with "
                "it as weights",
            )

    def prepare(self, parameters: List[Array]) -> None:
        """Makes the weights of raw parameters; calls that run keep those they started with."""
        model = self.library.model
        with self.lease(self._prepare_bytes) as lease:
            block = empty_bytes(model.prepared_byte_count)
            self.library.execute(
                model.prepare,
                [buffer(array) for array in parameters],
                [buffer(block)],
                None,
                buffer(lease.workspace),
                lease.executor,
            )
        with self._lock:
            self._prepared = block

    # -- The end ------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def close(self) -> None:
        """Lets no call start any more, and frees everything as soon as none runs."""
        with self._lock:
            self._is_closed = True
            self._free_if_done()

    def _free_if_done(self) -> None:
        """Called with the lock held."""
        if not self._is_closed or self._running > 0 or self._is_freed:
            return
        self._is_freed = True
        self._workspaces.clear()
        self._prepared = None
        model = self.library.model
        if self._pool is not None:
            model.pool_free(self._pool)
        if self._mapped is not None:
            model.close_weights(ctypes.byref(self._mapped))
        self.library.close()

    def __del__(self) -> None:
        # At the end of the process the system is faster.
        if not sys.is_finalizing():
            self.close()

    def _forget_threads(self) -> None:
        """After a fork: the threads are the parent's, and so is whoever held the lock."""
        self._lock = threading.RLock()
        self._pool = None
        self._running = 0
        self._workspaces = []


_all: weakref.WeakSet[Resources] = weakref.WeakSet()


def _forget_all_threads() -> None:
    for resources in list(_all):
        resources._forget_threads()


os.register_at_fork(after_in_child=_forget_all_threads)
