"""Features of images: what a frozen backbone makes of them, computed once and kept beside the images.

The features of the array ``train_images.npy`` are in ``train_images.KEY.npy``, float16, one row an image. Until
all are computed, blocks of them are in the folder ``train_images.KEY.blocks``: each process that needs them
computes other blocks, and what a killed one has done is kept.
"""

import math
import os
import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.files.space import check_space
from kagglebot.training.learner import Images, OnShare, ignore_share

Features = NDArray[np.float16]  #: ``(n, features)``
#: Computes the features of a batch of uint8 images, ``(n, features)``.
Backbone = Callable[[Images], NDArray[Any]]
#: Batches in a block; one that is not whole is lost where its process ends.
_BLOCK = 8
#: Seconds between two looks at the clock while another process computes a block.
WAIT_SECONDS = 1.0
#: Features that are kept of one array; those that were used last stay.
MOST_BYTES = 10_000_000_000
#: Pixels of the images that are read at once, 25 MB of colour.
MOST_PIXELS = 1 << 23


def features_of(
    images: Images,
    backbone: Callable[[], Backbone],
    *,
    key: str,
    width: int,
    batch: int,
    on_share: OnShare = ignore_share,
) -> Features:
    """Return the features of all images, after computing those that are missing.

    Args:
        images: ``(n, height, width, channels)`` uint8. The features of an array that is mapped from a file are
            kept beside that file, those of any other are not kept.
        backbone: Returns what computes features; called only if some are missing.
        key: Tells the features of one backbone from those of another.
        width: Number of features of an image.
        batch: Images to compute at once; fewer if they are large.
        on_share: Called after each batch with the share of the blocks that are there; may raise to stop, and they
            are kept.

    Raises:
        DataError: The disk refused.
    """
    batch, path = _fitting(batch, images), _path(images, key)
    if path is None:
        return _computed(images, backbone(), width, batch, lambda: on_share(0.0))
    if not path.is_file():
        _compute(path, images, backbone, width=width, batch=batch, on_share=on_share)
    with disk_errors(f"read {path}"):
        features: Features = np.load(path, mmap_mode="r", allow_pickle=False)
    with suppress(OSError):  # the disk may be read-only
        os.utime(path)  # when they were used last
    return features


def share_kept(images: Images, *, key: str, batch: int) -> float:
    """Return the share of the images whose features are kept; the arguments are those of ``features_of``."""
    path = _path(images, key)
    if path is None or path.is_file():
        return float(path is not None)
    return _share(_blocks(path, len(images), _fitting(batch, images)).values())


def _fitting(batch: int, images: Images) -> int:
    """Return how many images to compute at once: ``batch``, or fewer if they are large."""
    return max(1, min(batch, MOST_PIXELS // math.prod(images.shape[1:3])))


def _path(images: Images, key: str) -> Path | None:
    """Return where the features of images are kept; None if they are not."""
    source = getattr(images, "filename", None)
    return Path(source).with_suffix(f".{key}.npy") if source is not None else None


def _blocks(path: Path, images: int, batch: int) -> dict[int, Path]:
    """Return the file of each block of features, by its first image."""
    folder = path.with_suffix(".blocks")
    return {start: folder / f"{start}.npy" for start in range(0, images, _BLOCK * batch)}


def _share(blocks: Collection[Path]) -> float:
    return sum(block.is_file() for block in blocks) / len(blocks) if blocks else 1.0


def _make_room(path: Path, size: int) -> None:
    """Remove the features of the same array that were not used for longest, so that ``size`` more bytes fit."""
    array = path.name.partition(".")[0]
    others = sorted(path.parent.glob(f"{array}.*.npy"), key=lambda each: each.stat().st_mtime)
    while others and size + sum(other.stat().st_size for other in others) > MOST_BYTES:
        with suppress(PermissionError):  # on Windows, where another process reads it
            others.pop(0).unlink(missing_ok=True)


def mirrored(backbone: Backbone) -> Backbone:
    """Return what computes the features of images mirrored left to right."""
    return lambda images: backbone(images[:, :, ::-1])


def _compute(
    path: Path, images: Images, backbone: Callable[[], Backbone], *, width: int, batch: int, on_share: OnShare
) -> None:
    """Write the features of all images to ``path``, together with other processes that do the same."""
    from filelock import FileLock

    folder, step = path.with_suffix(".blocks"), _BLOCK * batch
    size = len(images) * width * np.dtype(np.float16).itemsize
    with disk_errors(f"write {path}"):
        if not folder.is_dir():
            _make_room(path, size)
            # The blocks, and the one file that they become.
            check_space(path.parent, 2 * size, f"the features of {len(images):,} images")
        blocks = _blocks(path, len(images), batch)

        def look() -> None:
            on_share(1.0 if path.is_file() else _share(blocks.values()))

        for wait in (False, True):  # first the blocks that no other process computes, then what it has left
            for start, block in blocks.items():
                part = images[start : start + step]

                def compute(part: Images = part) -> Features:
                    return _computed(part, backbone(), width, batch, look)

                while not _write_block(block, compute, patience=WAIT_SECONDS if wait else 0) and wait:
                    look()
                look()
        with FileLock(path.with_suffix(".lock")):
            if not path.is_file():
                with atomic_write(path) as temporary, temporary.open("wb") as stream:
                    header = {"descr": "<f2", "fortran_order": False, "shape": (len(images), width)}
                    np.lib.format.write_array_header_1_0(stream, header)
                    for block in blocks.values():
                        stream.write(np.load(block, allow_pickle=False).data)
                shutil.rmtree(folder, ignore_errors=True)


def _write_block(block: Path, compute: Callable[[], Features], *, patience: float) -> bool:
    """Write the features of a block unless they are there; return whether they are.

    They are not if another process computes them and is not done after ``patience`` seconds.
    """
    from filelock import FileLock, Timeout

    merged = block.parent.with_suffix(".npy")
    if merged.is_file():
        return True
    try:
        block.parent.mkdir(exist_ok=True)
        with FileLock(block.with_suffix(".lock"), timeout=patience):
            if not block.is_file() and not merged.is_file():
                with atomic_write(block) as temporary:
                    np.save(temporary, compute(), allow_pickle=False)
    except Timeout:
        return False
    except OSError:
        if not merged.is_file():  # else another process has merged the blocks meanwhile, and removed them
            raise
    return True


def _computed(images: Images, backbone: Backbone, width: int, batch: int, look: Callable[[], None]) -> Features:
    """Return the features of images; ``look`` is called after each batch, and may raise to stop."""
    features = np.empty((len(images), width), np.float16)
    for start in range(0, len(images), batch):
        part = images[np.arange(start, min(start + batch, len(images)))]
        # Always of one shape, so that nothing is traced twice.
        padded = part if len(part) == batch else np.resize(part, (batch, *part.shape[1:]))
        features[start : start + batch] = np.asarray(backbone(padded))[: len(part)]
        look()
    return features
