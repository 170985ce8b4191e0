"""SIMONe as the peers run it: the fixtures' PyTorch model, and the same in jax.numpy.

Both decode as the reference system does: a row of features for every (frame, slot, pixel) goes
through the perceptron whole. Images lie channels last at the boundary, as the model states.
"""

from dataclasses import dataclass
import math
from pathlib import Path
import sys
from typing import TYPE_CHECKING, Callable

import numpy as np

FIXTURES = Path(__file__).resolve().parents[3] / "tools" / "fixtures"
sys.path.append(str(FIXTURES))

from simone_sizes import Sizes  # noqa: E402

from call import Call  # noqa: E402

if TYPE_CHECKING:
    import jax
    import torch

ENCODED = ["object_mean", "object_log_std", "frame_mean", "frame_log_std"]
NORM_EPSILON = 1e-5


@dataclass(frozen=True)
class PeerSizes(Sizes):
    """A decoder alone may have any number of slots."""

    slot_count: int = 16

    @property
    def slots(self) -> int:
        return self.slot_count


def unknown(call: Call) -> str | None:
    """What of a call these models cannot do; None if they can."""
    if call.entry not in ("encode", "decode", "decode_train", "whole", "step"):
        return f"simone has no entry point {call.entry} there"
    fixed = [("latents", "mean"), ("mask_ln_affine", "false")]
    if call.entry == "step":
        fixed += [("noise", "drawn"), ("sigma_x", "0.08"), ("alpha", "0.2"), ("beta_o", "1e-05")]
        fixed += [("beta_f", "0.0001"), ("mixture", "per_channel"), ("lr", "0.0002")]
        fixed += [("grad_clip", "5")]
    for key, value in fixed:
        if call.settings[key] != value:
            return f"simone has only {key}={value} there, got {call.settings[key]}"
    return None


def sizes(call: Call) -> PeerSizes:
    """The model's sizes from its options."""

    def number(key: str) -> int:
        return int(call.settings[key])

    low, high = call.settings["log_std_clamp"].split(",")
    return PeerSizes(
        size=number("size"),
        frames=number("frames"),
        conv_layers=number("conv_layers"),
        conv_channels=number("conv_channels"),
        width=number("width"),
        heads=number("heads"),
        transformer_layers=number("transformer_layers"),
        feed_forward=number("feed_forward"),
        head_hidden=number("head_hidden"),
        latent=number("latent_channels"),
        decoder_width=number("decoder_width"),
        decoder_layers=number("decoder_layers"),
        frames_decoded=number("frames_decoded"),
        pixel_stride=number("pixel_stride"),
        slot_count=number("slots"),
        log_std_clamp=(float(low), float(high)),
    )


def torch_module(call: Call) -> "torch.nn.Module":
    """Inputs of the entry point in order -> its outputs in order."""
    import torch

    import torch_simone

    class Part(torch.nn.Module):
        """One entry point of the model."""

        def __init__(self, model: torch_simone.Simone) -> None:
            super().__init__()
            self.model = model
            self.register_buffer("frames", torch.arange(model.sizes.frames))

        def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
            if call.entry == "encode":
                return self.encoded(self.model.encode(*inputs))
            if call.entry == "whole":
                latents = self.model.encode(*inputs)
                return self.decoded(latents, self.frames, 1) + self.encoded(latents)
            latents = torch_simone.Latents(*inputs[:4])
            if call.entry == "decode":
                return self.decoded(latents, self.frames, 1)
            return self.decoded(latents, inputs[4], model.sizes.pixel_stride)

        def encoded(self, latents: torch_simone.Latents) -> tuple[torch.Tensor, ...]:
            return tuple(getattr(latents, name) for name in ENCODED)

        def decoded(
            self, latents: torch_simone.Latents, frames: torch.Tensor, stride: int
        ) -> tuple[torch.Tensor, ...]:
            made = self.model.decode(latents, frames, stride)
            return made.reconstruction, made.weights, made.logits, made.pixels

    model = torch_simone.Simone(sizes(call))
    # The weights are those of the entry point alone.
    if call.entry == "encode":
        del model.decoder
    elif call.entry != "whole":
        del model.encoder
    model.load_parameters(call.parameters())
    return Part(model).eval().requires_grad_(False)


class TorchStep:
    """A step of training: inputs of the entry point in order -> its outputs in order.

    The first step has the frames and the noise of the model's own streams, so that losses and
    gradients can be compared; they are drawn before the clock starts. Later ones draw with PyTorch.
    """

    def __init__(self, call: Call, compiled: bool) -> None:
        import torch_training

        self.call, self.sizes, self.own = call, sizes(call), torch_training
        self.training = torch_training.Training(self.sizes, call.parameters(), compiled)
        self.streams: "torch_training.Draws | None" = None
        names = [fact["name"] for fact in call.input_facts]
        self.video, self.key = names.index("video"), names.index("key")

    def prepare(self, arrays: list[np.ndarray], repetition: int) -> None:
        """Draws the first step's streams."""
        if repetition == 0:
            batch, key = len(arrays[self.video]), int(arrays[self.key])
            self.streams = self.own.draws(self.sizes, batch, key, 0)

    def __call__(self, *inputs: "torch.Tensor") -> "list[torch.Tensor]":
        video = inputs[self.video]
        draws, self.streams = self.streams, None
        found = self.training.step(video, draws or self.own.fresh_draws(self.sizes, len(video)))
        return found

    def outputs(self, found: "list[torch.Tensor]") -> "list[torch.Tensor]":
        """The results, then Adam's means in the order that the call names them."""
        import torch

        results = found + [torch.tensor(self.own.RATE)]
        means = self.training.first_means()
        names = [fact["name"] for fact in self.call.output_facts[len(results) :]]
        return results + [means[name.removeprefix("optimizer.first.")] for name in names]


def jax_function(call: Call) -> "Callable[..., tuple[jax.Array, ...]]":
    """Parameters by path, then inputs of the entry point in order -> its outputs in order."""
    import jax
    from jax import lax, nn
    import jax.numpy as jnp

    own = sizes(call)
    Parameters = dict[str, jax.Array]

    def dense(p: Parameters, path: str, x: jax.Array) -> jax.Array:
        return x @ p[f"{path}.weight"] + p[f"{path}.bias"]

    def perceptron(p: Parameters, path: str, x: jax.Array) -> jax.Array:
        return dense(p, f"{path}.output", nn.relu(dense(p, f"{path}.hidden", x)))

    def normal(x: jax.Array, axes: tuple[int, ...]) -> jax.Array:
        centred = x - x.mean(axes, keepdims=True)
        return centred * lax.rsqrt((centred**2).mean(axes, keepdims=True) + NORM_EPSILON)

    def norm(p: Parameters, path: str, x: jax.Array) -> jax.Array:
        return normal(x, (-1,)) * p[f"{path}.weight"] + p[f"{path}.bias"]

    def attention(p: Parameters, path: str, x: jax.Array) -> jax.Array:
        qkv = dense(p, f"{path}.qkv", x)
        qkv = qkv.reshape(*x.shape[:2], 3, own.heads, -1)
        mixed = jax.nn.dot_product_attention(qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2])
        return dense(p, f"{path}.output", mixed.reshape(x.shape))

    def transformer(p: Parameters, path: str, x: jax.Array) -> jax.Array:
        shape = x.shape
        x = x.reshape(shape[0], -1, shape[-1])
        for layer in range(own.transformer_layers):
            here = f"{path}.{layer}"
            x = x + attention(p, f"{here}.attention", norm(p, f"{here}.norm1", x))
            x = x + perceptron(p, f"{here}.mlp", norm(p, f"{here}.norm2", x))
        return x.reshape(shape)

    def encode(p: Parameters, video: jax.Array) -> tuple[jax.Array, ...]:
        batch, grid, half = video.shape[0], own.grid, own.grid // 2
        x = video.reshape(-1, *video.shape[2:])
        for layer in range(own.conv_layers):
            path = f"encoder.conv.{layer}"
            x = lax.conv_general_dilated(
                x,
                p[f"{path}.weight"],
                window_strides=(2, 2),
                padding=((1, 1), (1, 1)),
                dimension_numbers=("NHWC", "HWIO", "NHWC"),
            )
            x = nn.relu(x + p[f"{path}.bias"])
        x = x @ p["encoder.projection.weight"]
        x = x.reshape(batch, own.frames, grid, grid, own.width)
        x = transformer(p, "encoder.transformer1", x + encoding(own, grid))
        x = x.reshape(batch, own.frames, half, 2, half, 2, own.width)
        # The sum of four times 1/2 keeps the variance.
        x = 0.5 * x.sum((3, 5))
        x = transformer(p, "encoder.transformer2", x + encoding(own, half))
        x = x.reshape(batch, own.frames, own.slots, own.width)
        results = []
        for path, pooled in (("object_head", x.mean(1)), ("frame_head", x.mean(2))):
            made = perceptron(p, f"encoder.{path}", pooled)
            results += [made[..., 0::2], jnp.clip(made[..., 1::2], *own.log_std_clamp)]
        return tuple(results)

    def decode(
        p: Parameters, latents: tuple[jax.Array, ...], frames: jax.Array | None, stride: int
    ) -> tuple[jax.Array, ...]:
        objects, _, frame, _ = latents
        times = jnp.linspace(0.0, 1.0, own.frames)
        if frames is not None:
            frame, times = frame[:, frames], times[frames]
        line = jnp.linspace(-1.0, 1.0, own.size)[::stride]
        lead = (objects.shape[0], len(times), own.slots, len(line), len(line))
        rows = [
            objects[:, None, :, None, None],
            frame[:, :, None, None, None],
            times[None, :, None, None, None, None],
            line[None, None, None, :, None, None],
            line[None, None, None, None, :, None],
        ]
        x = jnp.concatenate([jnp.broadcast_to(r, (*lead, r.shape[-1])) for r in rows], -1)
        for layer in range(own.decoder_layers):
            x = nn.relu(dense(p, f"decoder.hidden.{layer}", x))
        x = dense(p, "decoder.output", x)
        pixels, logits = x[..., :3], normal(x[..., 3], (1, 2, 3, 4))
        weights = nn.softmax(logits, axis=2)
        return (weights[..., None] * pixels).sum(2), weights, logits, pixels

    def run(p: Parameters, *inputs: jax.Array) -> tuple[jax.Array, ...]:
        if call.entry == "encode":
            return encode(p, *inputs)
        if call.entry == "decode":
            return decode(p, inputs, None, 1)
        if call.entry == "decode_train":
            return decode(p, inputs[:4], inputs[4], own.pixel_stride)
        latents = encode(p, *inputs)
        return decode(p, latents, None, 1) + latents

    return run


def encoding(own: PeerSizes, grid: int) -> np.ndarray:
    """The sinusoidal code [frames, grid, grid, width]: per axis sines, then cosines."""
    axis_width = 2 * math.ceil(own.width / 6)
    frequencies = 10000.0 ** (-np.arange(0, axis_width, 2) / axis_width)
    shape = (own.frames, grid, grid)
    parts = []
    for positions in np.indices(shape):
        angles = positions[..., None] * frequencies
        parts += [np.sin(angles), np.cos(angles)]
    return np.concatenate(parts, -1)[..., : own.width].astype(np.float32)
