"""Entry points of a model: one run of one of them."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

from . import _arrays
from ._abi import ALIGNMENT, Buffer
from ._library import Progress, buffer
from ._resources import Resources
from ._tensors import Array, Signature, Tensor, address, signatures


class Entry:
    """A function of a model. Several threads may call it at the same time.

    >>> import numpy, smalti
    >>> encode = smalti.load("simone.so").encode
    >>> print(encode.inputs[0])
    video: f32[1, 2, 32, 32, 3]
    >>> encode(video=encode.inputs[0].empty())["frame_mean"].dtype
    dtype('float32')
    """

    def __init__(self, resources: Resources, own: Any) -> None:
        self.name: str = own.name.decode()
        self.signatures: Tuple[Signature, ...] = signatures(own.signatures, own.signature_count)
        self._resources = resources
        self._run = own.run  # valid as long as the library, which a lease keeps
        self._workspace_bytes: int = own.workspace_bytes(resources.threads)

    @property
    def inputs(self) -> Tuple[Tensor, ...]:
        """What it reads; of several specialisations, the first."""
        return self.signatures[0].inputs

    @property
    def outputs(self) -> Tuple[Tensor, ...]:
        """What it writes; of several specialisations, the first."""
        return self.signatures[0].outputs

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
        """Runs it once and returns its outputs by name.

        Inputs come by name, or in a dictionary where a name is no Python one. They are read where
        they lie if they can be. Their shapes choose the specialisation.

        `out` holds arrays to write into, which are returned. `outputs` says which ones to return;
        all are computed. `progress` is called before each step and after the last with how many are
        done and how many there are; if it returns True, or raises, the run ends there. Ctrl-C is
        heard between steps if there is a `progress`, else after the run.

        Raises WrongCall, WrongArray, WrongWeights, Cancelled. After Cancelled the contents of `out`
        are undefined.
        """
        what = f"'{self.name}'"
        given = {**(inputs or {}), **named}
        signature, arrays = _arrays.choose(self.signatures, given, what)
        out = _arrays.check_outputs(signature.outputs, out, what)
        wanted = self._wanted(signature, outputs)

        results = {
            tensor.name: out[tensor.name] if tensor.name in out else tensor.empty()
            for tensor in signature.outputs
            if tensor.name in out or tensor.name in wanted
        }
        unwanted = sum(
            _whole_lines(tensor.bytes) for tensor in signature.outputs if tensor.name not in results
        )
        start = _whole_lines(self._workspace_bytes)
        with self._resources.lease(start + unwanted) as lease:
            base = address(lease.workspace)
            self._resources.library.execute(
                self._run,
                [buffer(array) for array in arrays],
                _placed(signature, results, base + start),
                lease.weights,
                Buffer(base, self._workspace_bytes),
                lease.executor,
                progress,
            )
        return {name: results[name] for name in wanted}

    def _wanted(self, signature: Signature, outputs: Optional[Iterable[str]]) -> List[str]:
        known = [tensor.name for tensor in signature.outputs]
        if outputs is None:
            return known
        wanted = [outputs] if isinstance(outputs, str) else list(outputs)
        _arrays.check_names(wanted, known, "output", f"'{self.name}'")
        return wanted

    def __repr__(self) -> str:
        return f"<entry {self.name}{' | '.join(map(str, self.signatures))}>"


def _whole_lines(byte_count: int) -> int:
    return (byte_count + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT


def _placed(signature: Signature, results: Mapping[str, Array], spare: int) -> List[Buffer]:
    """The outputs' memory in order; those that have no array lie from the address `spare` on."""
    buffers = []
    for tensor in signature.outputs:
        if tensor.name in results:
            buffers.append(buffer(results[tensor.name]))
        else:
            buffers.append(Buffer(spare, tensor.bytes))
            spare += _whole_lines(tensor.bytes)
    return buffers
