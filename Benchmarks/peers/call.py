"""What a peer is called with: the model, its weights, and where arrays lie as files."""

import importlib
import os
from pathlib import Path
import subprocess
import sys
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

TYPES = {
    "f64": np.float64,
    "f32": np.float32,
    "f16": np.float16,
    "i8": np.int8,
    "i16": np.int16,
    "i32": np.int32,
    "i64": np.int64,
    "u8": np.uint8,
    "u16": np.uint16,
    "u32": np.uint32,
    "u64": np.uint64,
    "bool": np.bool_,
}
MODELS = Path(__file__).resolve().parent / "models"


class Call:
    """The description that the command wrote: `model`, `entry`, `settings` (every option of the
    model, as text), `weights`, `folder`, `threads`, `inputs` and `outputs` (name, type, shape)."""

    def __init__(self, description: dict[str, Any]) -> None:
        self.model: str = description["model"]
        self.entry: str = description["entry"]
        self.settings: dict[str, str] = description["settings"]
        self.weights: str = description["weights"]
        self.folder = Path(description["folder"])
        self.threads: int = description["threads"]
        self.input_facts: list[dict[str, Any]] = description["inputs"]
        self.output_facts: list[dict[str, Any]] = description["outputs"]

    def unknown(self) -> str | None:
        """Why there is no such model here; None if there is one."""
        if not (MODELS / f"{self.model}.py").exists():
            known = sorted(path.stem for path in MODELS.glob("[a-z]*.py"))
            return f"{self.model} has no model there; those are {', '.join(known)}"
        return self.family().unknown(self)

    def family(self) -> ModuleType:
        """The file of the model's family: README.md says what it defines."""
        return importlib.import_module(f"models.{self.model}")

    def parameters(self) -> dict[str, NDArray[Any]]:
        """The model's parameters by path, in Smalti's layout."""
        return load_file(self.weights)

    def inputs(self, repetition: int) -> list[NDArray[Any]]:
        """The arrays of a repetition in the model's order; 0 is the first call."""
        folder = self.folder / "inputs" / str(repetition)
        return [
            np.fromfile(folder / str(number), TYPES[fact["type"]]).reshape(fact["shape"])
            for number, fact in enumerate(self.input_facts)
        ]

    def write(self, arrays: list[NDArray[Any]], folder: str) -> None:
        """Results as files of bare bytes, named by their numbers."""
        facts = self.output_facts
        if len(arrays) != len(facts):
            raise ValueError(f"the model gives {len(facts)} results, not {len(arrays)}")
        for number, (array, fact) in enumerate(zip(arrays, facts)):
            if list(array.shape) != fact["shape"]:
                raise ValueError(f"{fact['name']} is {fact['shape']}, not {list(array.shape)}")
            np.ascontiguousarray(array, TYPES[fact["type"]]).tofile(Path(folder) / str(number))

    def onnx(self) -> str:
        """The model as an ONNX file; made when it is first asked for, by a process of its own, so
        that PyTorch does not count as the memory of another engine."""
        path = self.folder / "model.onnx"
        if not path.exists():
            script = Path(__file__).resolve().parent / "export.py"
            description = self.folder / "call.json"
            done = subprocess.run(
                [sys.executable, script, description, path],
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
                env={**os.environ, "OMP_NUM_THREADS": str(self.threads)},
            )
            if done.returncode != 0:
                raise RuntimeError("torch.onnx could not export the model")
        return str(path)
