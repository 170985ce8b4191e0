"""Models: a compiled file that is loaded, with all that its calls share."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple, Union

from . import _arrays
from ._entry import Entry
from ._errors import Status, WrongWeights
from ._file import read_file
from ._library import Library, Progress
from ._resources import Resources, check_threads
from ._tensors import Array, Tensor, tensors

Path = Union[str, "os.PathLike[str]"]


def load(
    path: Path,
    weights: Optional[Path] = None,
    threads: int = 0,
    *,
    parameters: Optional[Mapping[str, Any]] = None,
) -> Model:
    """Loads a shared library that Smalti compiled, once its checksum is seen to be right.

    `weights` is the file of its prepared weights, if they lie in one. `parameters` are the raw
    parameters, by name, of a file that was compiled without weights; see `Model.prepare`. `threads`
    0 means as many as this process can keep busy.

    Raises Unreadable, DamagedFile, NotLoaded, NoFeatures, WrongWeights.

        >>> import smalti
        >>> with smalti.load("simone.so", threads=2) as model:
        ...     print(model.name, *model.entries)
        simone encode decode decode_train whole
    """
    return Model(path, weights, threads, parameters=parameters)


class Model:
    """A compiled model, loaded. Call it, or one of its entry points by its name.

    A context manager; what it holds is freed by `close`, or when it and its entry points are gone.

        >>> import smalti
        >>> model = smalti.load("simone.so")
        >>> model.encode.outputs[0].name
        'object_mean'
        >>> model.description["model"]
        'simone:tiny frames=2 frames_decoded=1'
    """

    def __init__(
        self,
        path: Path,
        weights: Optional[Path] = None,
        threads: int = 0,
        *,
        parameters: Optional[Mapping[str, Any]] = None,
    ) -> None:
        check_threads(threads)
        self.path: str = os.fspath(path)
        file = read_file(self.path)
        self.description: Dict[str, Any] = file.description
        """What the file says of itself: `smalti inspect --json` shows it."""
        self._resources = Resources(Library(file), threads)
        try:
            self._read_table()
            if weights is not None:
                self._resources.open_weights(os.fspath(weights))
            if parameters is not None:
                self.prepare(parameters)
            self._resources.require_weights()
        except BaseException:
            self._resources.close()
            raise

    def _read_table(self) -> None:
        table = self._resources.library.model
        self.name: str = table.name.decode()
        """What the file's functions begin with."""
        self.level: str = table.level().decode()
        """The instruction set that runs here: "x86-64-v4"."""
        self.parameters: Tuple[Tensor, ...] = tensors(table.parameters, table.parameter_count)
        """What `prepare` reads; empty if the file's weights are prepared already."""
        entries = [
            Entry(self._resources, table.entries[index]) for index in range(table.entry_count)
        ]
        self.entries: Mapping[str, Entry] = MappingProxyType({own.name: own for own in entries})
        """Entry points by name, in their order."""
        self._whole = self.entries.get("whole", entries[-1])

    @property
    def threads(self) -> int:
        """How many threads a call runs on, its own being one."""
        return self._resources.threads

    def entry(self, name: str) -> Entry:
        """The entry point of this name, also where the name is no Python one.

        Raises WrongCall.
        """
        _arrays.check_names([name], list(self.entries), "entry point", f"'{self.path}'")
        return self.entries[name]

    def __getattr__(self, name: str) -> Entry:
        # Called for what is no attribute. While the model is made there are no entry points.
        entries = self.__dict__.get("entries", {})
        if name in entries:
            found: Entry = entries[name]
            return found
        raise AttributeError(
            f"'{self.__dict__.get('path')}' has no entry point '{name}'; it has "
            + ", ".join(entries)
        )

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self.entries]

    def __call__(
        self,
        inputs: Optional[Mapping[str, Any]] = None,
        /,
        *,
        out: Optional[Mapping[str, Array]] = None,
        outputs: Optional[Iterable[str]] = None,
        progress: Optional[Progress] = None,
        **named: Any,
    ) -> Dict[str, Array]:
        """Runs the model as a whole: the entry point `whole`, or else the last. See `Entry`."""
        return self._whole(inputs, out=out, outputs=outputs, progress=progress, **named)

    def prepare(self, parameters: Mapping[str, Any]) -> None:
        """Makes the weights of a file that was compiled without them (`--no-weights`).

        Takes every one of `self.parameters` by name, as safetensors holds them. May be called again
        with others; calls that run meanwhile keep the old ones.

        Raises WrongCall, WrongArray; WrongWeights if the file takes no parameters.
        """
        if not self._resources.takes_parameters:
            raise WrongWeights(
                Status.WRONG_WEIGHTS,
                f"'{self.path}' takes no parameters; compile it with --no-weights",
            )
        what = f"'{self.path}'"
        self._resources.prepare(_arrays.ordered(self.parameters, parameters, "parameter", what))

    def close(self) -> None:
        """Frees the library, threads, weights and workspaces, as soon as no call runs."""
        self._resources.close()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = ", closed" if self._resources.is_closed else ""
        return (
            f"<smalti model '{self.path}': {self.description.get('model')}, {self.level}, "
            f"threads {self.threads}, {', '.join(self.entries)}{state}>"
        )
