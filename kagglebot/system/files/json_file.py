"""JSON files that kagglebot writes and reads."""

import json
from pathlib import Path
from typing import Any

from kagglebot.errors import DataError
from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.system.files.disk_errors import disk_errors


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON, atomically."""
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file that kagglebot wrote.

    Raises:
        DataError: The file is missing, unreadable or not JSON.
    """
    with disk_errors(f"read {path}"):
        content = path.read_bytes()
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is damaged: {error}.", "Delete it and run the same command again.") from error
