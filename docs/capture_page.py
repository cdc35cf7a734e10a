"""Capture a study's HTML page for the documentation: python docs/capture_page.py [STUDY] [--workspace FOLDER].

Opens the page in the Chromium of the distribution (apt-get install chromium chromium-driver) and writes page.png
beside this file. The study is `cnn` by default.
"""

import argparse
import base64
import io
import shutil
import tempfile
import time
from pathlib import Path
from typing import cast

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from kagglebot.workspace import Workspace

PICTURE = Path(__file__).with_name("page.png")
WIDTH, HEIGHT = 1240, 900
#: Time for the browser to paint.
_PAINT_SECONDS = 5.0


def open_browser() -> webdriver.Chrome:
    """Start headless Chromium."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def capture(driver: webdriver.Chrome, address: str) -> None:
    """Write a screenshot of the top of the page."""
    metrics = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.get(address)
    time.sleep(_PAINT_SECONDS)
    shot = base64.b64decode(cast(str, driver.execute_cdp_cmd("Page.captureScreenshot", {})["data"]))
    # The page has few colours, and a palette makes the file a third of the size.
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(128).save(PICTURE, optimize=True)


def main() -> None:
    """Write the page of the study to a temporary folder and capture it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", nargs="?", default="cnn")
    parser.add_argument("--workspace", type=Path, default=Path())
    options = parser.parse_args()
    driver = open_browser()
    try:
        with tempfile.TemporaryDirectory() as folder:
            page = Workspace(options.workspace).report(options.study, to=Path(folder).resolve() / "report.html")
            capture(driver, page.as_uri())
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
