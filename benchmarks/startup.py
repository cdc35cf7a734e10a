"""How long `kagglebot --help` takes against importing typer and rich: python benchmarks/startup.py."""

import json
import statistics
import subprocess
import sys
import time

RUNS = 7


def seconds(code: str) -> float:
    """Wall time of a new interpreter that runs ``code``."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Measure in turn, so that a machine's moods fall on both, and print JSON."""
    help_code = "import sys; from kagglebot.cli.main import run; sys.exit(run(['--help']))"
    pairs = [(seconds(help_code), seconds("import typer, rich")) for _ in range(RUNS + 1)][1:]
    ratio = statistics.median(ours / bare for ours, bare in pairs)
    help_seconds = statistics.median(ours for ours, _ in pairs)
    print(
        json.dumps({"help_seconds": round(help_seconds, 3), "ratio_to_importing_typer_and_rich": round(ratio, 2)})
    )


if __name__ == "__main__":
    main()
