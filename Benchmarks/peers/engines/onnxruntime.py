"""ONNX Runtime on its CPU provider, every graph optimisation on."""

from typing import Any

import numpy as np
import onnxruntime

from call import Call


class Engine:
    """An inference session; see peer.py."""

    reads_onnx = True
    variant = ""
    first_call_s = None

    def __init__(self, call: Call, mode: str, variant: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = call.threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(
            call.onnx(), options, providers=["CPUExecutionProvider"]
        )
        self.names = [fact["name"] for fact in call.input_facts]
        self.detail = f"onnxruntime {onnxruntime.__version__}"

    def given(self, arrays: list[np.ndarray]) -> dict[str, np.ndarray]:
        return dict(zip(self.names, arrays))

    def run(self, given: dict[str, np.ndarray]) -> list[Any]:
        return self.session.run(None, given)

    def arrays(self, results: list[Any]) -> list[np.ndarray]:
        return results
