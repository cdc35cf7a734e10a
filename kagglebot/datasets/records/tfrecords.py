"""TFRecords: the length of each record, its bytes, and checksums; the bytes are a message ``tf.train.Example``.

https://www.tensorflow.org/tutorials/load_data/tfrecord describes both. No length is trusted, and checksums are not
compared, as NumPy has none of their kind: damage shows in the message or in the image.
"""

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from kagglebot.datasets.images.formats.image_formats import image_format
from kagglebot.datasets.records.record import Record
from kagglebot.datasets.tables.pixel_rows import LONGEST_TEXT

_HEAD, _FOOT = 12, 4  # bytes around a record: its length of 8 and a checksum, and another checksum
_LONGEST = 256 << 20  # bytes of a record: larger than any image
#: The fields of each message, in the order of their numbers; a map is a list of entries.
_MESSAGES = {
    "BytesList": {"value": "repeated bytes"},
    "FloatList": {"value": "repeated float"},
    "Int64List": {"value": "repeated int64"},
    "Feature": {"bytes_list": "BytesList", "float_list": "FloatList", "int64_list": "Int64List"},
    "Entry": {"key": "string", "value": "Feature"},
    "Features": {"feature": "repeated Entry"},
    "Example": {"features": "Features"},
}


def read_tfrecords(path: Path) -> Iterator[Record]:
    """Yield the records of a file.

    Raises:
        ValueError: A record is cut off or damaged, or holds no image.
    """
    with path.open("rb") as stream:
        for data in _contents(stream, path.stat().st_size):
            yield _record(data)


def _contents(stream: BinaryIO, size: int) -> Iterator[bytes]:
    while stream.tell() < size:
        head = stream.read(_HEAD)
        length = int.from_bytes(head[:8], "little")
        if length > min(_LONGEST, size - stream.tell() - _FOOT):
            raise ValueError(f"it claims {length:,} bytes")
        yield stream.read(length)
        stream.seek(_FOOT, io.SEEK_CUR)


def _record(data: bytes) -> Record:
    """Return the first feature that is an image file, those called so before others, and the other features."""
    from google.protobuf.message import DecodeError

    try:
        entries = _example().FromString(data).features.feature
    except DecodeError as error:
        raise ValueError("it is no tf.train.Example") from error
    features = {entry.key: entry.value for entry in sorted(entries, key=lambda entry: entry.key)}
    for name in sorted(features, key=lambda name: "image" not in name.lower()):
        image = b"".join(features[name].bytes_list.value[:1])
        if kind := image_format(io.BytesIO(image)):
            texts = {other: _text(feature) for other, feature in features.items() if other != name}
            return Record(image, f".{kind.lower()}", name, {other: text for other, text in texts.items() if text})
    raise ValueError(f"none of its features is an image file: {', '.join(features) or 'it has none'}")


def _text(feature: Any) -> str:
    """Return the values of a feature, with spaces between them; empty where a table would not hold them."""
    values = [value.decode(errors="replace") for value in feature.bytes_list.value[:LONGEST_TEXT]]
    values += [f"{value:.9g}" for value in feature.float_list.value[:LONGEST_TEXT]]
    values += map(str, feature.int64_list.value[:LONGEST_TEXT])
    text = " ".join(values)
    return text if len(text) <= LONGEST_TEXT and text.isprintable() else ""


@cache
def _example() -> Any:
    """Return the class of ``tf.train.Example``, of protobuf alone: TensorFlow would take seconds to import."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    described = descriptor_pb2.FileDescriptorProto(name="example.proto", package="kagglebot", syntax="proto3")
    kinds = descriptor_pb2.FieldDescriptorProto
    for message, fields in _MESSAGES.items():
        target = described.message_type.add(name=message)
        for number, (name, written) in enumerate(fields.items(), start=1):
            *repeated, kind = written.split()
            label = kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
            field = target.field.add(name=name, number=number, label=label)
            if kind in _MESSAGES:
                field.type_name = f".kagglebot.{kind}"
            else:
                field.type = getattr(kinds, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(described.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("kagglebot.Example"))
