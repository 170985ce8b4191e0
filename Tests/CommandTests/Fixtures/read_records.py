"""What Google's libraries find in records that `smalti data make` wrote.

    python read_records.py RECORDS ARRAYS

Unpacks every file of the folder RECORDS by Python's own gzip and zlib, reads it with TensorBoard's reader,
which compares the checks, and parses each record by protobuf, whose messages are defined here as
TensorFlow's example.proto and feature.proto define them. Pictures and labels must be those of the npz files
in ARRAYS. Prints a line for each feature of the first record: how many values, of which kind and range.
"""

from pathlib import Path
import sys
import tempfile
from typing import Any
import zlib

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
import numpy as np
from tensorboard.compat.tensorflow_stub import errors
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New

# Frames, height, width, entities, and whether masks come before pixels.
LAYOUTS = {
    "sprites": (33, 64, 64, 11, True), "multi-dsprites": (1, 64, 64, 5, False),
    "tetrominoes": (1, 35, 35, 4, True), "objects-room": (1, 64, 64, 7, True),
}


def example_class() -> Any:
    """tensorflow.Example, as published."""
    types = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="example.proto", package="tensorflow", syntax="proto3")

    def message(name: str, *fields: tuple[str, int, str], label: int = types.LABEL_OPTIONAL) -> Any:
        made = file.message_type.add(name=name)
        for field, number, kind in fields:
            added = made.field.add(name=field, number=number, label=label)
            if kind.startswith("."):
                added.type, added.type_name = types.TYPE_MESSAGE, ".tensorflow" + kind
            else:
                added.type = types.Type.Value("TYPE_" + kind)
        return made

    for name, kind in [("BytesList", "BYTES"), ("FloatList", "FLOAT"), ("Int64List", "INT64")]:
        message(name, ("value", 1, kind), label=types.LABEL_REPEATED)
    feature = message(
        "Feature", ("bytes_list", 1, ".BytesList"), ("float_list", 2, ".FloatList"),
        ("int64_list", 3, ".Int64List"))
    feature.oneof_decl.add(name="kind")
    for field in feature.field:
        field.oneof_index = 0
    features = message("Features", ("feature", 1, ".Features.FeatureEntry"), label=3)
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, label=1, type=types.TYPE_STRING)
    entry.field.add(
        name="value", number=2, label=1, type=types.TYPE_MESSAGE, type_name=".tensorflow.Feature")
    message("Example", ("features", 1, ".Features"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tensorflow.Example"))


def records(path: Path) -> list[bytes]:
    """Every record, its checks compared."""
    packed = path.read_bytes()
    stream = zlib.decompressobj(wbits=32 + 15)
    plain = stream.decompress(packed) + stream.flush()
    assert stream.eof and not stream.unused_data, "one stream of zlib or gzip"
    found = []
    with tempfile.NamedTemporaryFile() as file:
        file.write(plain)
        file.flush()
        reader = PyRecordReader_New(file.name)
        while True:
            try:
                reader.GetNext()
            except errors.OutOfRangeError:
                return found
            found.append(reader.curr_event)


def main() -> None:
    """Compares everything and prints the first record."""
    folder, arrays = Path(sys.argv[1]), Path(sys.argv[2])
    example = example_class()
    paths = sorted(folder.iterdir())
    name = paths[0].name.rsplit("-", 1)[0]
    frames, height, width, entities, is_first = LAYOUTS[name]
    found = [example.FromString(record) for path in paths for record in records(path)]
    pixels, labels = [], []
    for path in sorted(arrays.iterdir()):
        with np.load(path) as archive:
            pixels += list(archive["video" if "video" in archive else "image"])
            labels += list(archive["labels"])
    assert len(found) == len(pixels)
    for one, picture, label in zip(found, pixels, labels):
        image, mask = (
            np.frombuffer(b"".join(one.features.feature[key].bytes_list.value), np.uint8)
            for key in ("image", "mask"))
        assert np.array_equal(image, picture.reshape(-1))
        shape = [frames, entities, height, width] if is_first else [height, width, entities]
        masks = np.moveaxis(mask.reshape(shape), 1 if is_first else 2, -1)
        expected = 255 * (label.reshape(masks.shape[:-1])[..., None] == np.arange(entities))
        assert np.array_equal(masks, expected)
    print(f"{len(found)} records")
    for key, feature in sorted(found[0].features.feature.items()):
        values = getattr(feature, feature.WhichOneof("kind")).value
        size = f" of {len(values[0])} bytes" if isinstance(values[0], bytes) else ""
        print(f"{key}: {feature.WhichOneof('kind')}, {len(values)} values{size}")


if __name__ == "__main__":
    main()
