"""A server of one file of weights on the loopback, with the faults of real ones."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class WeightsServer:
    """What is served, how, and what was asked for."""

    content: bytes
    status: int = 200
    #: Bytes of an answer after which the connection is closed; the next answer is whole.
    cut: int | None = None
    #: Seconds before an answer begins.
    wait: float = 0.0
    url: str = ""
    #: The Range header of each request, empty for all of the file.
    asked: list[str] = field(default_factory=list)


@contextmanager
def serve_weights(content: bytes) -> Iterator[WeightsServer]:
    """Serve ``content`` while the block runs."""
    served = WeightsServer(content)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            served.asked.append(wanted)
            time.sleep(served.wait)
            start = int(wanted.removeprefix("bytes=").removesuffix("-") or 0)
            body = served.content[start:]
            partial = 206 if wanted else 200
            beyond = 416 if wanted and not body else partial
            self.send_response(served.status if served.status != 200 else beyond)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            cut, served.cut = served.cut, None
            with suppress(ConnectionError):  # who asked has gone
                self.wfile.write(body[:cut])

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}/net.h5"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
