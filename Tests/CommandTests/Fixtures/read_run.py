"""Prints what TensorBoard finds in the folder of a run, as JSON: scalars as [step, value], pictures and
histograms as steps."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0, "histograms": 0})
events.Reload()
tags = events.Tags()
print(json.dumps({
    "scalars": {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]},
    "images": {tag: [e.step for e in events.Images(tag)] for tag in tags["images"]},
    "histograms": {tag: [e.step for e in events.Histograms(tag)] for tag in tags["histograms"]},
}))
