"""Capture a study's HTML page and dashboard for the documentation: python docs/capture_page.py [STUDY].

Opens them in the distribution's Chromium (apt-get install chromium chromium-driver) and writes PNG files beside
this one. The study is `cnn` by default, in the current folder or the one given with --workspace.
"""

import argparse
import base64
import io
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from typing import cast

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from kagglebot.workspace import Workspace

HERE = Path(__file__).parent
#: Time for the browser to paint.
_SETTLED_SECONDS = 5.0


@dataclass(frozen=True)
class Picture:
    """A picture: the element at its top, the size of the window in pixels, dark mode or not."""

    name: str
    top: str
    width: int = 1240
    height: int = 900
    dark: bool = False


_PAGE = (
    Picture("page", "h1"),
    Picture("page-plots", "#plots", dark=True),
    Picture("page-trials", "#trials", height=760),
    Picture("page-mistakes", "#mistakes"),
    Picture("page-phone", "h1", width=360, height=780, dark=True),
)


def open_browser() -> webdriver.Chrome:
    """Start headless Chromium."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def take(driver: webdriver.Chrome, address: str, picture: Picture) -> None:
    """Write a screenshot of the window, scrolled to the picture's element."""
    sides = {"width": picture.width, "height": picture.height}
    metrics = {**sides, "deviceScaleFactor": 1, "mobile": picture.width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = {"prefers-color-scheme": "dark" if picture.dark else "light", "prefers-reduced-motion": "reduce"}
    media = [{"name": name, "value": value} for name, value in features.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    driver.get(address)
    time.sleep(_SETTLED_SECONDS)
    driver.execute_script(f"document.querySelector('{picture.top}').scrollIntoView()")
    time.sleep(_SETTLED_SECONDS)
    shot = base64.b64decode(cast(str, driver.execute_cdp_cmd("Page.captureScreenshot", {})["data"]))
    # The page has few colours, and a palette makes the file a third of the size.
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(128).save(HERE / f"{picture.name}.png", optimize=True)


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", nargs="?", default="cnn")
    parser.add_argument("--workspace", type=Path, default=Path())
    options = parser.parse_args()
    driver = open_browser()
    try:
        with tempfile.TemporaryDirectory() as folder:
            page = Workspace(options.workspace).report(options.study, to=Path(folder).resolve() / "report.html")
            for picture in _PAGE:
                take(driver, page.as_uri(), picture)
        command = [sys.executable, "-c", "from kagglebot.cli.main import main; main()"]
        arguments = [
            "--workspace",
            str(options.workspace),
            "dashboard",
            options.study,
            "--port",
            "0",
            "--no-browser",
        ]
        with Popen([*command, *arguments], stdout=PIPE, text=True) as dashboard:
            assert dashboard.stdout is not None
            take(driver, dashboard.stdout.readline().strip(), Picture("dashboard", "body"))
            dashboard.terminate()
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
