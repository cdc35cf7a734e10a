"""Optuna's gRPC proxy: one process opens the storage, and many workers reach it through that process."""

import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import optuna
from optuna.storages import BaseStorage, GrpcStorageProxy, get_storage

from kagglebot.errors import StudyError

if TYPE_CHECKING:
    import grpc

#: Requests that are answered at the same time.
THREADS = 16
#: Seconds that a client waits for the proxy to answer at all.
READY_SECONDS = 10


def serve(
    storage: BaseStorage, host: str, port: int, *, handlers: Sequence["grpc.GenericRpcHandler"] = ()
) -> tuple["grpc.Server", int]:
    """Serve ``storage`` in threads until the server is stopped.

    The protocol has no password: anyone who reaches the port can read and write the studies.

    Args:
        storage: The storage.
        host: Name or address to listen on.
        port: Port to listen on; 0 for any that is free.
        handlers: Further gRPC handlers to serve.

    Returns:
        The server, and the port it listens on.

    Raises:
        StudyError: The port is taken, or this user may not listen on it.
    """
    import grpc
    from optuna.storages._grpc.auto_generated.api_pb2_grpc import (
        add_StorageServiceServicer_to_server as add_service,
    )
    from optuna.storages._grpc.servicer import OptunaStorageProxyService

    # Without the option a second server could take the same port, and half of the requests.
    server = grpc.server(ThreadPoolExecutor(max_workers=THREADS), options=[("grpc.so_reuseport", 0)])
    service = OptunaStorageProxyService(get_storage(storage))  # with Optuna's cache in front of a database
    add_service(service, server)  # type: ignore[no-untyped-call]
    server.add_generic_rpc_handlers(tuple(handlers))
    try:
        bound = server.add_insecure_port(f"{host}:{port}")
    except RuntimeError as error:
        raise StudyError(
            f"Cannot listen on {host}:{port}.", "Choose another --port, or end what listens there."
        ) from error
    server.start()
    return server, bound


def connect(host: str, port: int) -> BaseStorage:
    """Open the storage behind a proxy.

    Raises:
        StudyError: Nothing answers there.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        storage = GrpcStorageProxy(host=host, port=port)
    try:
        storage.wait_server_ready(timeout=READY_SECONDS)
    except ConnectionError:
        storage.close()
        raise StudyError(
            f"No storage proxy answers at {host}:{port}.", "Start it there with: kagglebot proxy --host ADDRESS"
        ) from None
    return storage
