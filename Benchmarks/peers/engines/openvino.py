"""OpenVINO on the CPU, for the shortest run, computing in f32: by default it takes bf16 where the
machine has it."""

import numpy as np
import openvino

from call import Call


class Engine:
    """A compiled model with one request; see peer.py."""

    reads_onnx = True
    variant = ""
    first_call_s = None

    def __init__(self, call: Call, mode: str, variant: str) -> None:
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": str(call.threads),
            "NUM_STREAMS": "1",
        }
        compiled = openvino.Core().compile_model(call.onnx(), "CPU", settings)
        self.request = compiled.create_infer_request()
        self.count = len(call.output_facts)
        self.detail = f"openvino {openvino.__version__.split('-')[0]}"

    def given(self, arrays: list[np.ndarray]) -> list[openvino.Tensor]:
        return [openvino.Tensor(array, shared_memory=True) for array in arrays]

    def run(self, given: list[openvino.Tensor]) -> None:
        self.request.infer(given)

    def arrays(self, results: None) -> list[np.ndarray]:
        return [self.request.get_output_tensor(number).data for number in range(self.count)]
