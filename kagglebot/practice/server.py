"""The practice server: Kaggle's protocol on the loopback, for the real client."""

import os
import secrets
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from kagglebot.practice.api import Api
from kagglebot.practice.competition import PracticeCompetition
from kagglebot.practice.faults import Faults
from kagglebot.practice.handlers import HOST, ApiHandler, LoopbackServer, StorageHandler
from kagglebot.practice.storage import Storage


class PracticeServer:
    """Serves competitions on the loopback inside a ``with`` block, in threads of this process.

    It takes two ports: one for the API, one for the files, which Kaggle keeps on another host.

    Args:
        competitions: The competitions to serve.
        faults: Faults to show; may be changed while the server runs.
        port: Port of the API; 0 takes a free one.

    Attributes:
        faults: The faults that are shown.
        competitions: The competitions by name; may be changed.
        submissions: The submissions so far, oldest first.
        datasets: The user's datasets by name.
        notebooks: The user's notebooks by name.
        calls: How often each call was made, with ``download`` and ``upload`` for the storage.
        ranges: Byte range of each download: the first byte, and the one after the last.
        token: The access token that calls need which run a notebook, so that nobody else has one run here.
        leaked_credentials: How often the file storage received an ``Authorization`` header.
    """

    def __init__(
        self, competitions: Sequence[PracticeCompetition], *, faults: Faults | None = None, port: int = 0
    ) -> None:
        self.faults = faults or Faults()
        self.calls: Counter[str] = Counter()
        self.ranges: list[tuple[int, int]] = []
        self.leaked_credentials = 0
        self.token = f"practice-{secrets.token_urlsafe(16)}"
        self.storage = Storage()
        self.api = Api(competitions, self.faults, self.storage, lambda: self.storage_url)
        self.competitions = self.api.competitions
        self.submissions = self.api.submissions
        self.datasets = self.api.datasets.by_slug
        self.notebooks = self.api.notebooks.by_slug
        self._port = port
        self._servers: list[LoopbackServer] = []
        self._threads: list[threading.Thread] = []
        self._config_folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        """The address for KAGGLEBOT_KAGGLE_URL."""
        return f"http://{HOST}:{self._servers[0].server_port}"

    @property
    def storage_url(self) -> str:
        """The address of the file storage."""
        return f"http://{HOST}:{self._servers[1].server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that send kagglebot here, with credentials that work only here."""
        assert self._config_folder is not None, "the server has not been started"
        direct = ",".join(filter(None, [os.environ.get("NO_PROXY", ""), HOST]))
        return {
            "KAGGLEBOT_KAGGLE_URL": self.url,
            "KAGGLE_API_TOKEN": self.token,
            "KAGGLE_CONFIG_DIR": self._config_folder.name,
            "NO_PROXY": direct,
            "no_proxy": direct,
        }

    def __enter__(self) -> Self:
        self._config_folder = tempfile.TemporaryDirectory(prefix="kagglebot-practice-")
        self._servers = [LoopbackServer(ApiHandler, self, self._port), LoopbackServer(StorageHandler, self, 0)]
        for server in self._servers:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()
        self._threads = []
        self.api.notebooks.close()
        if self._config_folder is not None:
            self._config_folder.cleanup()
