"""A competition's decoded data on its way to machines that have not fetched it: sent once, kept under its key."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kagglebot.datasets.cache import array_files
from kagglebot.datasets.cache.locks import locked, temporary_folder
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import Schema, read_schema, save_schema
from kagglebot.errors import DataError
from kagglebot.system.files import disk_errors

if TYPE_CHECKING:
    import grpc

_SERVICE, _METHOD = "kagglebot.Data", "Read"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class DataBundle:
    """What a worker needs of a competition's data, by name and size in bytes.

    Attributes:
        schema: What was learned about it, as JSON values.
        files: Sizes of the files by their path below ``data/COMPETITION``.
    """

    schema: Mapping[str, Any]
    files: Mapping[str, int]

    @property
    def key(self) -> str:
        """Names the data on the disk of whoever keeps it: by its content, and by what was learned about it."""
        learned = json.dumps(self.schema, sort_keys=True, default=str)
        return f"{self.schema['digest']}-{hashlib.sha256(learned.encode()).hexdigest()[:8]}"


def make_bundle(data: Path, rule: ImageRule) -> DataBundle:
    """List the arrays that a search under this rule reads; they are there, as somebody has loaded them.

    Args:
        data: ``data/COMPETITION``.
        rule: How the images were brought to one shape.
    """
    schema = read_schema(data)
    arrays = array_files.cache_folder(data, schema.digest)
    kept = {path.name: path for path in arrays.iterdir() if path.is_file()}
    if (ruled := arrays / rule.key).is_dir():
        kept = {
            name: path
            for name, path in kept.items()
            if name not in (array_files.TRAIN_IMAGES, array_files.TEST_IMAGES)
        }
        kept |= {f"{rule.key}/{path.name}": path for path in ruled.iterdir()}
    sizes = {path.relative_to(data).as_posix(): path.stat().st_size for path in kept.values()}
    return DataBundle(schema.to_json(), sizes)


def offer(data: Path, bundle: DataBundle) -> "grpc.GenericRpcHandler":
    """Make what answers for the files of a parcel, and for no others."""
    import grpc

    def read(name: bytes, context: "grpc.ServicerContext") -> Iterator[bytes]:
        if name.decode() not in bundle.files:
            context.abort(grpc.StatusCode.NOT_FOUND, "no file of the data in use")
        with (data / name.decode()).open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    return grpc.method_handlers_generic_handler(_SERVICE, {_METHOD: grpc.unary_stream_rpc_method_handler(read)})


def receive(bundle: DataBundle, address: str, root: Path) -> Path:
    """Give the folder with the data of a parcel, after fetching it where it is not there yet.

    Args:
        bundle: What is wanted.
        address: host:port of who offers it.
        root: Where data is kept, for all searches and all processes of this machine.

    Returns:
        What is ``data/COMPETITION`` on the other machine.

    Raises:
        DataError: It did not arrive whole, or the disk refuses it.
    """
    folder = root / bundle.key / str(bundle.schema["competition"])
    schema = Schema.from_json(json.loads(json.dumps(bundle.schema)))
    with disk_errors(f"keep the data in {folder}"), locked(folder, wait_forever=True):
        if _is_whole(folder, bundle):
            return folder
        with temporary_folder(folder) as temporary:
            _fetch(bundle, address, temporary)
            for name in bundle.files:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (temporary / name).replace(folder / name)
        save_schema(folder, schema)
    return folder


def _is_whole(folder: Path, bundle: DataBundle) -> bool:
    paths = {folder / name: size for name, size in bundle.files.items()}
    return all(path.is_file() and path.stat().st_size == size for path, size in paths.items())


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
                        f"{name} did not arrive whole.", "Was it fetched anew? Start the search again."
                    )
