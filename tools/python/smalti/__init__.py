"""Runs neural networks that Smalti compiled, on numpy arrays.

    >>> import numpy, smalti
    >>> model = smalti.load("simone.so")
    >>> video = numpy.zeros((1, 2, 32, 32, 3), numpy.float32)
    >>> model(video=video)["reconstruction"].shape
    (1, 2, 32, 32, 3)
    >>> sorted(model.encode(video=video))
    ['frame_log_std', 'frame_mean', 'object_log_std', 'object_mean']
    >>> model.close()

`load` needs the compiled file and numpy, nothing else. `compile` makes such files and needs the
compiler's library, libsmalti.
"""

from __future__ import annotations

from ._compile import compile
from ._entry import Entry
from ._errors import (
    Cancelled,
    CompileError,
    DamagedFile,
    Error,
    LibraryNotFound,
    NoFeatures,
    NotLoaded,
    Status,
    Unreadable,
    WrongArray,
    WrongCall,
    WrongWeights,
)
from ._model import Model, load
from ._tensors import Signature, Tensor
from ._version import __version__

__all__ = [
    "Cancelled",
    "CompileError",
    "DamagedFile",
    "Entry",
    "Error",
    "LibraryNotFound",
    "Model",
    "NoFeatures",
    "NotLoaded",
    "Signature",
    "Status",
    "Tensor",
    "Unreadable",
    "WrongArray",
    "WrongCall",
    "WrongWeights",
    "__version__",
    "compile",
    "load",
]

# In tracebacks and help they are named as programs name them.
for _name in __all__:
    if isinstance(globals()[_name], type):
        globals()[_name].__module__ = __name__
