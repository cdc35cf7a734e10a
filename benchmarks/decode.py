"""How fast image files are decoded against Pillow alone: python benchmarks/decode.py [--images N] [--colour].

Real images, scikit-learn's digits enlarged to 32x32, are drawn into PNG files. Every side takes its start of
processes with it, in turn: `decode_files`, which writes one array to disk, and Pillow in one process and in two,
which decodes and throws away.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from kagglebot.datasets.images import decode_files

SIDE = 32
PILLOW = """
import sys
from pathlib import Path
import numpy as np
from PIL import Image
folder, first, step, count = Path(sys.argv[1]), *map(int, sys.argv[2:])
for number in range(first, count, step):
    with Image.open(folder / f"{number}.png") as image:
        np.asarray(image)
"""


def draw(folder: Path, count: int, *, colour: bool) -> list[Path]:
    """Write the digits as PNG files, each time around moved by a pixel so that no two are the same."""
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = (load_digits().images * (255 / 16)).astype(np.uint8)
    files = [folder / f"{number}.png" for number in range(count)]
    for number, file in enumerate(files):
        turn, digit = divmod(number, len(digits))
        image = Image.fromarray(digits[digit]).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        moved = Image.fromarray(np.roll(np.asarray(image), turn, axis=1))
        (moved.convert("RGB") if colour else moved).save(file)
    return files


def pillow(folder: Path, count: int, processes: int) -> float:
    """Wall seconds of that many interpreters that each decode their share."""
    started = time.perf_counter()
    running = [
        subprocess.Popen([sys.executable, "-c", PILLOW, str(folder), str(first), str(processes), str(count)])
        for first in range(processes)
    ]
    if max(process.wait() for process in running):
        sys.exit("Pillow could not decode what it wrote")
    return time.perf_counter() - started


def ours(files: list[Path], target: Path, channels: int) -> float:
    """Wall seconds of ``decode_files``."""
    started = time.perf_counter()
    decode_files(files, target, (SIDE, SIDE, channels), "stretch")
    return time.perf_counter() - started


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--colour", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    count = arguments.images
    rounds = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files = draw(folder, count, colour=arguments.colour)
        for number in range(arguments.runs + 1):  # the first one warms the disk cache and is not counted
            seconds = (
                ours(files, folder / "images.npy", 3 if arguments.colour else 1),
                pillow(folder, count, 1),
                pillow(folder, count, 2),
            )
            if number:
                rounds.append(seconds)
    result = {
        "images_a_second": round(count / statistics.median(ours for ours, _, _ in rounds)),
        "pillow_one_process": round(count / statistics.median(one for _, one, _ in rounds)),
        "pillow_two_processes": round(count / statistics.median(two for _, _, two in rounds)),
        "against_one_process": round(statistics.median(one / ours for ours, one, _ in rounds), 2),
        "against_two_processes": round(statistics.median(two / ours for ours, _, two in rounds), 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
