"""Networks into files, by the compiler's library."""

from __future__ import annotations

import os
from typing import Any, List, Mapping, Optional, Sequence, Union

from ._compiler import compiler, new_options
from ._errors import NoFeatures
from ._file import read_file
from ._model import Model, Path

# One text, or the parts of one.
Texts = Union[str, Sequence[Any]]


def compile(
    model: str,
    output: Path,
    *,
    weights: Optional[Path] = None,
    settings: Union[Mapping[str, Any], Sequence[str], None] = None,
    seed: int = 0,
    emit: Optional[str] = None,
    entry: Optional[str] = None,
    target: Optional[Texts] = None,
    name: Optional[str] = None,
    specialise: Union[str, Mapping[str, Sequence[Any]], None] = None,
    no_weights: bool = False,
    weights_file: Optional[Path] = None,
    threads: int = 0,
    cc: Optional[str] = None,
) -> Union[Model, str]:
    """Compiles a model of the zoo, or a file of graph text, into the file `output`.

    Returns the file as a loaded model if it is a shared library that runs here, else its path. The
    options are those of `smalti compile`, whose help says more: `weights` is a safetensors file,
    without it weights are made from `seed`; `threads` are those that compile, and run the model
    after.

    Raises CompileError, and LibraryNotFound if there is no libsmalti; see the README.

        >>> import smalti
        >>> model = smalti.compile(  # doctest: +SKIP
        ...     "simone:tiny", "simone.so", settings={"frames": 4}, specialise={"batch": [1, 8]})
    """
    path = os.fspath(output)
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed is {seed}, it is a number from 0 to 2^64 - 1")
    if not 0 <= threads < 2**32:
        raise ValueError(f"threads is {threads}, it is a number from 0 on")
    options = new_options(
        emit=_bytes(emit),
        entry=_bytes(entry),
        target=_bytes(None if target is None else _joined(target)),
        name=_bytes(name),
        specialise=_bytes(_specialisation(specialise)),
        weights_file=None if weights_file is None else os.fsencode(weights_file),
        has_no_weights=int(no_weights),
        threads=threads,
        c_compiler=_bytes(cc),
    )
    compiler().compile(
        model,
        _settings(settings),
        None if weights is None else os.fsencode(weights),
        seed,
        os.fsencode(path),
        options,
    )
    return _loaded(path, emit, weights_file, threads)


def _loaded(
    path: str, emit: Optional[str], weights_file: Optional[Path], threads: int
) -> Union[Model, str]:
    """The file as a model if this machine runs it, else its path."""
    is_library = emit == "so" if emit else path.endswith(".so")
    if not is_library or not read_file(path).is_for_this_machine:
        return path
    try:
        return Model(path, weights_file, threads)
    except NoFeatures:
        return path


def _settings(settings: Union[Mapping[str, Any], Sequence[str], None]) -> List[str]:
    """Settings as the compiler reads them: "key=value"."""
    if settings is None:
        return []
    if isinstance(settings, Mapping):
        return [f"{key}={_value(value)}" for key, value in settings.items()]
    if isinstance(settings, str):
        raise TypeError(
            f"settings is the text '{settings}', write {{key: value}} or [{settings!r}]"
        )
    return list(settings)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _joined(value) if isinstance(value, (list, tuple)) else str(value)


def _joined(parts: Texts) -> str:
    return parts if isinstance(parts, str) else ",".join(map(str, parts))


def _specialisation(specialise: Union[str, Mapping[str, Sequence[Any]], None]) -> Optional[str]:
    if specialise is None or isinstance(specialise, str):
        return specialise
    if len(specialise) != 1:
        raise ValueError(f"specialise names {len(specialise)} options, it takes one: batch=1,8")
    return "".join(f"{key}={_joined(values)}" for key, values in specialise.items())


def _bytes(text: Optional[str]) -> Optional[bytes]:
    return None if text is None else text.encode()
