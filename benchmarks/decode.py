"""Time decoding of image files against Pillow alone: python benchmarks/decode.py [--images N] [--colour].

The images are scikit-learn's digits enlarged to 32x32, as PNG files. `decode_files`, which writes one array to
disk, runs beside Pillow in one and in two processes, which decode and discard. The start of the processes counts.
"""

import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from reporting import make_parser
from side_by_side import report_rounds, run_python, run_rounds

SIDE = 32
OURS = f"""
import sys
from pathlib import Path
from kagglebot.datasets.images.decode import decode_files
folder, count, channels = Path(sys.argv[1]), *map(int, sys.argv[2:])
files = [folder / f"{{number}}.png" for number in range(count)]
decode_files(files, folder / "images.npy", ({SIDE}, {SIDE}, channels), "stretch")
"""
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
SHARES = """
import subprocess, sys
code, folder, count, processes = sys.argv[1:]
running = [
    subprocess.Popen([sys.executable, "-c", code, folder, str(first), processes, count])
    for first in range(int(processes))
]
sys.exit(max(process.wait() for process in running))
"""


def draw(folder: Path, count: int, *, colour: bool) -> None:
    """Write ``count`` digits as PNG files; repeats are shifted by a pixel so that no two are equal."""
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = (load_digits().images * (255 / 16)).astype(np.uint8)
    for number in range(count):
        turn, digit = divmod(number, len(digits))
        image = Image.fromarray(digits[digit]).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        moved = Image.fromarray(np.roll(np.asarray(image), turn, axis=1))
        (moved.convert("RGB") if colour else moved).save(folder / f"{number}.png")


def main() -> None:
    """Run the benchmark; print the table, write JSON and a plot."""
    parser = make_parser(__doc__, "decode", archive=False)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--colour", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    count, channels = arguments.images, 3 if arguments.colour else 1
    with tempfile.TemporaryDirectory() as location:
        folder = Path(location)
        draw(folder, count, colour=arguments.colour)
        programs = {
            "decode_files": partial(run_python, OURS, folder, count, channels),
            "Pillow, 1 process": partial(run_python, SHARES, PILLOW, folder, count, 1),
            "Pillow, 2 processes": partial(run_python, SHARES, PILLOW, folder, count, 2),
        }
        rounds = run_rounds(programs, arguments.runs)
    title = f"{count} PNG files of {SIDE}x{SIDE}, {'colour' if arguments.colour else 'grey'}"
    report_rounds({title: rounds}, arguments.output, images=count, colour=arguments.colour)


if __name__ == "__main__":
    main()
