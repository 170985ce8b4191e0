"""PyTorch: `eager`, and `compiled`, the fastest of torch.compile's ways that work here."""

import os
import sys
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from call import Call

WAYS = ("default", "freezing", "max-autotune-no-cudagraphs")


class TrainingEngine:
    """Steps of training, which keep their state from run to run; see peer.py."""

    reads_onnx = False
    variant = ""
    first_call_s: float | None = None

    def __init__(self, call: Call, mode: str, variant: str) -> None:
        torch.set_num_threads(call.threads)
        if mode == "compiled":
            os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = str(call.threads)
            os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(call.folder / "inductor-step")
        self.step = call.family().TorchStep(call, mode == "compiled")
        self.detail = f"torch {torch.__version__}"
        self.repetition = 0

    def given(self, arrays: list[np.ndarray]) -> list[Tensor]:
        start = time.perf_counter()
        self.step.prepare(arrays, self.repetition)
        self.drawing_s = time.perf_counter() - start
        self.repetition += 1
        return [torch.from_numpy(array.astype(np.int64) if array.dtype == np.uint64 else array)
                for array in arrays]

    def run(self, given: list[Tensor]) -> list[Tensor]:
        return self.step(*given)

    def arrays(self, results: list[Tensor]) -> list[np.ndarray]:
        return [result.numpy() for result in self.step.outputs(results)]


def make(call: Call, mode: str, variant: str) -> Any:
    """The engine for the entry point of a call."""
    return (TrainingEngine if call.entry == "step" else Engine)(call, mode, variant)


class Engine:
    """A module in inference mode; see peer.py."""

    reads_onnx = False

    def __init__(self, call: Call, mode: str, variant: str) -> None:
        torch.set_num_threads(call.threads)
        self.module: nn.Module = call.family().torch_module(call)
        self.run_module: Any = self.module
        self.variant = variant
        self.first_call_s: float | None = None
        self.detail = f"torch {torch.__version__}"
        if mode == "compiled":
            os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = str(call.threads)
            self.choose(call, [variant] if variant else list(WAYS))
            self.detail += f", torch.compile {self.variant}"

    def choose(self, call: Call, ways: list[str]) -> None:
        """Compiles each way and keeps the one whose second or third run is the shortest."""
        given = self.given(call.inputs(0))
        best: tuple[float, str, float, Any] | None = None
        for way in ways:
            try:
                start = time.perf_counter()
                module = self.compiled(call, way)
                with torch.inference_mode():
                    module(*given)
                first = time.perf_counter() - start
                seconds = min(self.timed(module, given) for _ in range(2)) if len(ways) > 1 else 0
            except Exception as error:  # A way that does not work here; another may.
                print(f"torch.compile {way}: {error}", file=sys.stderr)
                failure = error
                continue
            if best is None or seconds < best[0]:
                best = (seconds, way, first, module)
        if best is None:
            raise failure
        _, self.variant, self.first_call_s, self.run_module = best

    def compiled(self, call: Call, way: str) -> Any:
        """The module compiled in one way, beside those before it."""
        import torch._inductor.config as inductor

        # Neither the user's cache nor that of another way: a first call compiles.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(call.folder / f"inductor-{way}")
        if way == "freezing":
            inductor.freezing = True
            return torch.compile(self.module)
        inductor.freezing = False
        return torch.compile(self.module, mode=way)

    def timed(self, module: Any, given: list[Tensor]) -> float:
        """Seconds of one run."""
        start = time.perf_counter()
        with torch.inference_mode():
            module(*given)
        return time.perf_counter() - start

    def given(self, arrays: list[np.ndarray]) -> list[Tensor]:
        return [torch.from_numpy(array) for array in arrays]

    def run(self, given: list[Tensor]) -> tuple[Tensor, ...]:
        with torch.inference_mode():
            return self.run_module(*given)

    def arrays(self, results: tuple[Tensor, ...]) -> list[np.ndarray]:
        return [result.numpy() for result in results]
