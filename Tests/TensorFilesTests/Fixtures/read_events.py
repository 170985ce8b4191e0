"""What TensorBoard finds in the event files of a folder.

    python read_events.py FOLDER OUTPUT

Writes a line of text for everything that its accumulator reads, and then what its server answers to
the addresses that its pages ask. The last event in the folder must have a scalar named `last`. Logs go to
the standard outputs.
"""

import io
import sys
import time
import urllib.request

from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.program import TensorBoard

ADDRESSES = [
    "scalars/tags", "scalars/scalars?run=.&tag=loss/train", "images/tags",
    "histograms/tags", "histograms/histograms?run=.&tag=weights",
]


def accumulated(folder: str) -> list[str]:
    """Every tag and event, as the accumulator has them."""
    # 0: all of them, not a sample.
    events = EventAccumulator(folder, size_guidance={"scalars": 0, "images": 0, "histograms": 0})
    events.Reload()
    lines = [f"version {events.file_version}"]
    tags = events.Tags()
    for tag in tags["scalars"]:
        for event in events.Scalars(tag):
            lines.append(f"scalar {tag}: {event.value} at step {event.step}, {event.wall_time}")
    for tag in tags["images"]:
        for event in events.Images(tag):
            picture = Image.open(io.BytesIO(event.encoded_image_string))
            pixels = list(picture.tobytes())
            stated = f"{event.height} x {event.width}"
            found = f"{picture.height} x {picture.width} {picture.mode} {pixels}"
            lines.append(f"image {tag}: {stated}, {found} at step {event.step}, {event.wall_time}")
    for tag in tags["histograms"]:
        for event in events.Histograms(tag):
            values = event.histogram_value
            summary = f"{values.min} to {values.max}, {values.num} values, sum {values.sum}"
            buckets = f"limits {list(values.bucket_limit)}, counts {list(values.bucket)}"
            lines.append(
                f"histogram {tag}: {summary}, squares {values.sum_squares}, {buckets} "
                f"at step {event.step}, {event.wall_time}")
    return lines


def served(folder: str) -> list[str]:
    """The server's answers; it reads the folder in a thread of its own."""
    board = TensorBoard()
    board.configure(
        argv=[None, "--logdir", folder, "--host", "127.0.0.1", "--port", "0", "--load_fast", "false"])
    address = board.launch() + "data/plugin/"
    end = time.monotonic() + 60
    # It answers before it has read everything.
    while b'"last"' not in urllib.request.urlopen(address + ADDRESSES[0]).read():
        if time.monotonic() > end:
            raise TimeoutError("the server has not read everything after a minute")
        time.sleep(0.05)
    return [
        f"{path}: {urllib.request.urlopen(address + path).read().decode()}" for path in ADDRESSES]


def main() -> None:
    """Writes the output."""
    folder, output = sys.argv[1:]
    lines = accumulated(folder) + served(folder)
    with open(output, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


main()
