"""HTTP of the practice server: requests become calls, faults are shown, bytes are sent."""

import json
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from kagglebot.errors import UsageError
from kagglebot.practice.api import Redirect
from kagglebot.practice.records import Refusal
from kagglebot.practice.storage import StoredFile, wanted_bytes

if TYPE_CHECKING:
    from kagglebot.practice.server import PracticeServer

HOST = "127.0.0.1"
_CHUNK_BYTES = 1 << 20
#: Calls that run a notebook: other users of this machine, and pages in a browser, do not know the token.
_RUN_CODE = {"SaveKernel", "CreateCodeSubmission"}


class LoopbackServer(ThreadingHTTPServer):
    """One port of the practice server."""

    daemon_threads = True  # a connection that the client keeps open must not hold up the end

    def __init__(self, handler: type["_Handler"], practice: "PracticeServer", port: int) -> None:
        self.practice = practice
        super().__init__((HOST, port), handler)

    def server_bind(self) -> None:
        """Take the port; raise UsageError beyond the loopback, as the server trusts everybody who reaches it."""
        if not ip_address(HOST).is_loopback:
            raise UsageError(f"The practice server listens on the loopback only, not on {HOST}.")
        super().server_bind()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore it: clients that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: LoopbackServer

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: requests are counted."""

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _send_json(self, status: int, answer: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(answer).encode(), {"Content-Type": "application/json"} | (headers or {}))

    def _refuse(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        body: dict[str, Any] = {"code": status, "message": message}
        nested = self.server.practice.faults.nested_errors
        self._send_json(status, {"error": body} if nested else body, headers)


class ApiHandler(_Handler):
    """The API."""

    def do_POST(self) -> None:
        """Answer a call, or show the fault that is due."""
        practice = self.server.practice
        method = urlsplit(self.path).path.rsplit("/", 1)[-1]
        body = self._body()
        practice.calls[method] += 1
        if self._show_fault(method):
            return
        authorised = self.headers.get("Authorization")
        if not authorised or (method in _RUN_CODE and authorised != f"Bearer {practice.token}"):
            self._refuse(401, "Unauthenticated")
            return
        if method == "CreateSubmission" and practice.faults.take("hollow_answers"):
            self._send_json(200, {"message": "Could not submit to competition"})
            return
        try:
            answer = practice.api.answer(method, json.loads(body or b"{}"))
        except Refusal as refusal:
            self._refuse(refusal.status, refusal.message)
            return
        practice.faults.wait_while_stalled(method)
        if practice.faults.loses_answer(method):
            self.close_connection = True  # carried out, but never answered
        elif isinstance(answer, Redirect):
            self._send(302, b"", {"Location": answer.location})
        else:
            self._send_json(200, answer)

    def do_GET(self) -> None:
        """Send what the newest run of a notebook prints, as events, while it lasts."""
        practice = self.server.practice
        notebook = practice.notebooks.get(urlsplit(self.path).path.rsplit("/", 1)[-1])
        if "/kernels/logs/stream/" not in self.path or notebook is None or not self.headers.get("Authorization"):
            self._refuse(403, "Permission 'kernels.get' was denied")
            return
        run, sent = notebook.versions[-1].run, 0
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with suppress(ConnectionError):
            while not (ended := run.ended) or sent < len(run.printed):
                for name, at, text in run.printed[sent:]:
                    self._send_event(json.dumps({"stream_name": name, "time": at, "data": text}))
                    sent += 1
                time.sleep(0 if ended else 0.05)
            self._send_event("END_OF_LOG")
            self.wfile.write(b"0\r\n\r\n")

    def _send_event(self, data: str) -> None:
        event = f"data: {data}\n\n".encode()
        self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))

    def _show_fault(self, method: str) -> bool:
        faults = self.server.practice.faults
        if not faults.concern(method):
            return False
        if faults.unauthorised:
            self._refuse(401, "Unauthenticated")
        elif faults.refusal:
            self._refuse(faults.refusal_status, faults.refusal)
        elif faults.take("dropped_calls"):
            self.close_connection = True
        elif faults.take("too_many_requests"):
            headers = {"Retry-After": faults.retry_after} if faults.retry_after else {}
            self._send_json(429, {"error": {"code": 429, "message": "Too many requests"}}, headers)
        elif faults.take("server_errors"):
            self._refuse(500, "Internal error")
        elif (blocked := faults.take("block_pages")) or faults.take("unreadable_answers"):
            page = b"<html>Welcome to this hotel's network</html>"
            self._send(403 if blocked else 200, page, {"Content-Type": "text/html; charset=utf-8"})
        else:
            return False
        return True


class StorageHandler(_Handler):
    """The file storage."""

    def do_GET(self) -> None:
        """Send a file, or the requested range of it, to a client with the signed address."""
        practice = self.server.practice
        practice.calls["download"] += 1
        signature = parse_qs(urlsplit(self.path).query).get("signature", [""])[0]
        file = practice.storage.files.get(signature)
        if self.headers.get("Authorization"):  # on top of a signature: the real storage refuses that
            practice.leaked_credentials += 1
            self._refuse(400, "Only one auth mechanism allowed")
        elif file is None:
            self._refuse(403, "SignatureDoesNotMatch")
        elif not practice.faults.take("storage_successes") and practice.faults.take("storage_errors"):
            self._refuse(503, "Slow down")
        else:
            self._send_file(file)

    def _send_file(self, file: StoredFile) -> None:
        size = file.size()
        same = self.headers.get("If-Range") in (None, file.etag(), file.last_modified())
        wanted = wanted_bytes(self.headers.get("Range") if same else None, size)
        if wanted is None:
            self._refuse(416, "Range not satisfiable", {"Content-Range": f"bytes */{size}"})
            return
        start, stop = wanted
        self.server.practice.ranges.append(wanted)
        whole = (start, stop) == (0, size)
        self.send_response(200 if whole else 206)
        if not whole:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{size}")
        self.send_header("Content-Type", "application/zip")
        self.send_header("Content-Length", str(stop - start + self.server.practice.faults.surplus_bytes))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", file.etag())
        self.send_header("Last-Modified", file.last_modified())
        self.end_headers()
        self._send_bytes(file, start, stop)

    def _send_bytes(self, file: StoredFile, start: int, stop: int) -> None:
        practice = self.server.practice
        if practice.faults.take("cut_downloads"):
            stop = min(stop, start + practice.faults.cut_after_bytes)
            self.close_connection = True
        if surplus := practice.faults.surplus_bytes:  # a lie about the size
            stop = max(start, stop + min(0, surplus))
            self.close_connection = True
        for offset in range(start, stop, _CHUNK_BYTES):
            self.wfile.write(file.read(offset, min(offset + _CHUNK_BYTES, stop)))

    def do_PUT(self) -> None:
        """Receive a file that StartSubmissionUpload announced."""
        practice = self.server.practice
        practice.calls["upload"] += 1
        if practice.faults.take("cut_uploads"):
            self.rfile.read(1)
            self.close_connection = True
            return
        content = self._body()
        if practice.faults.take("failed_uploads"):
            self._refuse(500, "Internal error")
        elif (token := self.path.rsplit("/", 1)[-1]) in practice.storage.uploads:
            practice.storage.uploads[token] = content
            practice.faults.wait_while_stalled("upload")
            self._send_json(200, {})
        else:
            self._refuse(404, "NotFound")
