"""TFRecords written byte by byte, as https://protobuf.dev/programming-guides/encoding describes their messages."""

import struct
from collections.abc import Iterable, Mapping, Sequence

Value = bytes | int | float
Features = Mapping[str, Value | Sequence[Value]]


def tfrecords(records: Iterable[Features]) -> bytes:
    """Return a file of records; its checksums are zeros."""
    return b"".join(map(frame, map(example, records)))


def frame(data: bytes) -> bytes:
    """Return a record of these bytes."""
    return struct.pack("<Q", len(data)) + bytes(4) + data + bytes(4)


def example(features: Features) -> bytes:
    """Return a ``tf.train.Example``."""
    entries = (_field(1, name.encode()) + _field(2, _feature(value)) for name, value in features.items())
    return _field(1, b"".join(_field(1, entry) for entry in entries))


def _feature(value: Value | Sequence[Value]) -> bytes:
    values = [value] if isinstance(value, bytes | int | float) else value
    if all(isinstance(each, bytes) for each in values):
        return _field(1, b"".join(_field(1, each) for each in values if isinstance(each, bytes)))
    if all(isinstance(each, int) for each in values):
        return _field(3, _field(1, b"".join(_varint(each) for each in values if isinstance(each, int))))
    return _field(2, _field(1, struct.pack(f"<{len(values)}f", *values)))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    digits, value = b"", value % (1 << 64)
    while value > 0x7F:
        digits, value = digits + bytes([value & 0x7F | 0x80]), value >> 7
    return digits + bytes([value])
