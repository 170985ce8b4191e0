#!/usr/bin/env python3
"""Times the fixtures' PyTorch SIMONe, eager, f32: one JSON object on standard output.

    torch_simone.py --part encoder --threads 2
    torch_simone.py --part decoder --frames 2 --threads 2
"""

import argparse
import json
from pathlib import Path
import statistics
import sys
import time

FIXTURES = Path(__file__).resolve().parents[2] / "tools" / "fixtures"
sys.path.insert(0, str(FIXTURES))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from simone_sizes import PUBLISHED, seed_made  # noqa: E402
from torch_simone import made  # noqa: E402


def main() -> None:
    """Runs one part a few times and prints its times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=["encoder", "decoder"], required=True)
    parser.add_argument("--frames", type=int, default=2, help="frames that the decoder decodes")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = made(PUBLISHED, seed_made(PUBLISHED, 7), torch.float32)
    video = torch.from_numpy(np.random.default_rng(1).random((1, 16, 64, 64, 3), np.float32))
    seconds: list[float] = []
    with torch.inference_mode():
        latents = model.encode(video)
        indices = torch.arange(options.frames)
        for repetition in range(options.repetitions + 1):
            start = time.perf_counter()
            if options.part == "encoder":
                model.encode(video)
            else:
                model.decode(latents, indices, 1)
            # The first run allocates and warms caches.
            if repetition > 0:
                seconds.append(time.perf_counter() - start)
    result = {
        "engine": "torch",
        "version": torch.__version__,
        "part": options.part,
        "threads": options.threads,
        "median_s": statistics.median(seconds),
        "min_s": min(seconds),
        "max_s": max(seconds),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
