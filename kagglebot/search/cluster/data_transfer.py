"""A competition's decoded data, sent to machines that have not fetched it; each keeps it under its key."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kagglebot.datasets.dataset_copy import list_files, save_copy
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import Schema, read_schema
from kagglebot.errors import DataError

if TYPE_CHECKING:
    import grpc

_SERVICE, _METHOD = "kagglebot.Data", "Read"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class DataBundle:
    """The files of a competition's data that a worker needs.

    Attributes:
        schema: What is known about the data, as JSON values.
        files: Size in bytes of each file, by its path below ``data/COMPETITION``.
    """

    schema: Mapping[str, Any]
    files: Mapping[str, int]

    @property
    def key(self) -> str:
        """Name of the folder that keeps the data: a hash of its content and of its schema."""
        known = json.dumps(self.schema, sort_keys=True, default=str)
        return f"{self.schema['digest']}-{hashlib.sha256(known.encode()).hexdigest()[:8]}"


def make_bundle(data: Path, rule: ImageRule) -> DataBundle:
    """List the arrays in ``data/COMPETITION`` that a search reads; the dataset must have been loaded before."""
    return DataBundle(read_schema(data).to_json(), list_files(data, rule))


def make_handler(data: Path, bundle: DataBundle) -> "grpc.GenericRpcHandler":
    """Return a gRPC handler that serves the files of a bundle, and no others."""
    import grpc

    def read(name: bytes, context: "grpc.ServicerContext") -> Iterator[bytes]:
        if name.decode() not in bundle.files:
            context.abort(grpc.StatusCode.NOT_FOUND, "not a file of this search's data")
        with (data / name.decode()).open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    return grpc.method_handlers_generic_handler(_SERVICE, {_METHOD: grpc.unary_stream_rpc_method_handler(read)})


def receive(bundle: DataBundle, address: str, root: Path) -> Path:
    """Return the copy of the other machine's ``data/COMPETITION``; download it from host:port if it is not there.

    ``root`` is the folder for the data of all searches on this machine.

    Raises:
        DataError: A file did not arrive whole, or the disk refuses it.
    """
    folder = root / bundle.key / str(bundle.schema["competition"])
    schema = Schema.from_json(json.loads(json.dumps(bundle.schema)))
    save_copy(folder, schema, bundle.files, partial(_fetch, bundle, address))
    return folder


def _fetch(bundle: DataBundle, address: str, into: Path) -> None:
    import grpc

    with grpc.insecure_channel(address) as channel:
        read: Callable[[bytes], Iterator[bytes]] = channel.unary_stream(f"/{_SERVICE}/{_METHOD}")
        for name, size in bundle.files.items():
            path = into / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                for chunk in read(name.encode()):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
                if file.tell() != size:
                    raise DataError(
                        f"{name} did not arrive whole.",
                        "If it was fetched again meanwhile, start the search again.",
                    )
