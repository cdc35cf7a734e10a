"""The tensors of a PyTorch checkpoint, read without PyTorch and without running anything in the file.

A checkpoint describes its tensors in the pickle format. Unpickling can run code, so the description is read as
data: each opcode is looked at, and only those that describe a dictionary of tensors are understood.
"""

import math
import pickletools
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from kagglebot.errors import DataError
from kagglebot.system.files.disk_errors import damage_errors

#: The number that begins a file of ``torch.save`` before version 1.6.
_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_TYPES = {"FloatStorage": "<f4", "HalfStorage": "<f2", "DoubleStorage": "<f8", "LongStorage": "<i8"}
_CALLS = {"collections OrderedDict", "torch._utils _rebuild_tensor_v2"}


@dataclass(frozen=True)
class _Call:
    """A function that the file wants to be called, and is not."""

    function: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class _Storage:
    key: str
    kind: str
    length: int


@dataclass(frozen=True)
class _Function:
    name: str


_MARK = object()


class _Unreadable(ValueError):
    """A file that is no checkpoint of plain tensors."""


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Read all tensors of a checkpoint by their names.

    Raises:
        DataError: The file is missing, is cut short, or holds something other than a dictionary of tensors.
    """
    with damage_errors(path, partial(_damaged, path)), path.open("rb") as stream:
        return _read_zip(path) if zipfile.is_zipfile(stream) else _read_legacy(stream)


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(
        f"{path} is not a PyTorch checkpoint that can be read: {reason}.",
        "Install the package or download the file again.",
    )


def _read_zip(path: Path) -> dict[str, NDArray[Any]]:
    with zipfile.ZipFile(path) as archive:
        description = next((name for name in archive.namelist() if name.endswith("/data.pkl")), None)
        if description is None:
            raise _Unreadable("it is a zip file without data.pkl")
        with archive.open(description) as stream:
            state = _describe(stream)
        root = description.removesuffix("data.pkl")

        def read(storage: _Storage) -> NDArray[Any]:
            return _numbers(archive.read(f"{root}data/{storage.key}"), storage)

        return _tensors(state, read)


def _read_legacy(stream: BinaryIO) -> dict[str, NDArray[Any]]:
    stream.seek(0)
    if _describe(stream) != _MAGIC or _describe(stream) != _VERSION:
        raise _Unreadable("it does not begin as one")
    system = _describe(stream)
    if not (isinstance(system, dict) and system.get("little_endian")):
        raise _Unreadable("its numbers are big-endian")
    state, keys = _describe(stream), _describe(stream)
    storages = {each.key: each for each in _storages(state)}
    arrays = {}
    for key in keys:
        storage = storages[key]
        if int.from_bytes(stream.read(8), "little") != storage.length:
            raise _Unreadable("the file is damaged")
        size = storage.length * np.dtype(_TYPES[storage.kind]).itemsize
        arrays[key] = _numbers(stream.read(size), storage)
    return _tensors(state, lambda storage: arrays[storage.key])


def _describe(stream: Any) -> Any:
    """Return the object that the next pickle in the stream describes, with ``_Call`` in place of every call."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            if opcode.name == "STOP":
                return stack.pop()
            _apply(opcode.name, argument, stack, memo)
    except ValueError as error:
        raise error if isinstance(error, _Unreadable) else _Unreadable("the file is cut short") from error
    raise _Unreadable("the file is cut short")


#: Opcodes that put their argument on the stack, those that put a new object there, and those of no meaning here.
_PUSHED = {"BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE", "SHORT_BINUNICODE", "BINFLOAT"}
_NEW: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "MARK": lambda: _MARK,
}
_IGNORED = {"PROTO", "FRAME"}


def _apply(name: str, argument: Any, stack: list[Any], memo: dict[int, Any]) -> None:
    """Do what an opcode asks for, with ``_Call`` for a call."""
    if name in _IGNORED:
        return
    if name in _PUSHED:
        stack.append(argument)
    elif name in _NEW:
        stack.append(_NEW[name]())
    elif name in {"BINPUT", "LONG_BINPUT", "MEMOIZE"}:
        memo[len(memo) if argument is None else argument] = stack[-1]
    elif name in {"BINGET", "LONG_BINGET"}:
        stack.append(memo[argument])
    else:
        _combine(name, argument, stack)


def _combine(name: str, argument: Any, stack: list[Any]) -> None:
    """Do what an opcode asks for that makes one object of others on the stack."""
    match name:
        case "TUPLE1" | "TUPLE2" | "TUPLE3":
            stack.append(tuple(_take(stack, int(name[-1]))))
        case "TUPLE":
            stack.append(tuple(_to_mark(stack)))
        case "APPENDS":
            values = _to_mark(stack)
            stack[-1].extend(values)
        case "SETITEM" | "SETITEMS":
            values = _take(stack, 2) if name == "SETITEM" else _to_mark(stack)
            stack[-1].update(zip(values[::2], values[1::2], strict=True))
        case "GLOBAL":
            stack.append(_function(argument))
        case "REDUCE":
            function, arguments = _take(stack, 2)
            stack.append({} if function.name.endswith("OrderedDict") else _Call(function.name, arguments))
        case "BINPERSID":
            _, kind, key, _, length, *_ = stack.pop()
            stack.append(_Storage(key, kind.name.removeprefix("torch "), length))
        case "BUILD":  # the state of an OrderedDict: its metadata, of no use here
            stack.pop()
        case _:
            raise _Unreadable(f"it holds more than tensors ({name})")


def _function(name: str) -> _Function:
    if name not in _CALLS and name.removeprefix("torch ") not in _TYPES:
        raise _Unreadable(f"it holds code, {name.replace(' ', '.')}, which is not run")
    return _Function(name)


def _take(stack: list[Any], count: int) -> list[Any]:
    taken = stack[-count:]
    del stack[-count:]
    return taken


def _to_mark(stack: list[Any]) -> list[Any]:
    values = []
    while (value := stack.pop()) is not _MARK:
        values.append(value)
    return values[::-1]


def _storages(state: Any) -> Iterable[_Storage]:
    return (call.arguments[0] for call in state.values())


def _numbers(raw: bytes, storage: _Storage) -> NDArray[Any]:
    kind = np.dtype(_TYPES[storage.kind])
    if len(raw) != storage.length * kind.itemsize:
        raise _Unreadable("the file is cut short")
    return np.frombuffer(raw, kind)


def _tensors(state: Any, read: Callable[[_Storage], NDArray[Any]]) -> dict[str, NDArray[Any]]:
    if not isinstance(state, dict) or not state or not all(isinstance(each, _Call) for each in state.values()):
        raise _Unreadable("it is not a dictionary of tensors")
    return {name: _tensor(call, read) for name, call in state.items()}


def _tensor(call: _Call, read: Callable[[_Storage], NDArray[Any]]) -> NDArray[Any]:
    storage, offset, shape, strides, *_ = call.arguments
    last = offset + sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True))
    if (
        min((offset, *shape, *strides), default=0) < 0
        or math.prod(shape) > storage.length
        or last >= storage.length
    ):
        raise _Unreadable("a tensor reaches beyond its numbers")
    numbers = read(storage)[offset:]
    steps = tuple(stride * numbers.itemsize for stride in strides)
    return np.ascontiguousarray(np.lib.stride_tricks.as_strided(numbers, shape, steps, writeable=False))
