"""JAX: the model in jax.numpy, compiled whole by jax.jit for the CPU."""

import os

# Read when jax is loaded; the number of its threads follows the affinity that peer.py has set.
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy as np

from call import Call


class Engine:
    """A compiled function; see peer.py."""

    reads_onnx = False
    variant = ""
    first_call_s = None

    def __init__(self, call: Call, mode: str, variant: str) -> None:
        jax.config.update("jax_default_matmul_precision", "highest")
        function = call.family().jax_function(call)
        self.parameters = jax.device_put(call.parameters())
        given = self.given(call.inputs(0))
        self.compiled = jax.jit(function).lower(self.parameters, *given).compile()
        self.detail = f"jax {jax.__version__}"

    def given(self, arrays: list[np.ndarray]) -> list[jax.Array]:
        return jax.block_until_ready([jax.device_put(array) for array in arrays])

    def run(self, given: list[jax.Array]) -> tuple[jax.Array, ...]:
        return jax.block_until_ready(self.compiled(self.parameters, *given))

    def arrays(self, results: tuple[jax.Array, ...]) -> list[np.ndarray]:
        return [np.asarray(result) for result in results]
