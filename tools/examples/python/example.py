"""Runs a compiled model from Python: arrays in, arrays out.

    smalti compile simone:tiny -o simone.so
    python3 example.py

Needs NumPy, and the package `smalti` of tools/python. A damaged file is refused before it is
loaded; a mistake in the call is an exception that names both values.
"""

import numpy
import smalti

model = smalti.load("simone.so")

# A yellow square that moves to the right over a grey ground; colours are in [0, 1].
video = numpy.full([1, 6, 32, 32, 3], 0.3, numpy.float32)
for frame in range(6):
  video[0, frame, 8:16, 3 * frame : 3 * frame + 8] = [0.9, 0.8, 0.1]

outputs = model(video=video)

# A pixel belongs to the slot that has the largest weight there.
owners = outputs["weights"].argmax(axis=2)
for slot, count in zip(*numpy.unique(owners, return_counts=True)):
  print(f"slot {slot:2} owns {count} of {owners.size} pixels")
