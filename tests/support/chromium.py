"""The distribution's Chromium, headless, with a record of its requests."""

import json
import os
import shutil
import time
from collections.abc import Callable
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

_PATIENCE_SECONDS = 30.0


class Browser:
    """One page at a time; see ``start``."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, address: str, *, width: int = 1280, dark: bool = False) -> None:
        """Open a page in a window of that width, with what the system says of light and dark."""
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        features = {"prefers-color-scheme": "dark" if dark else "light", "prefers-reduced-motion": "reduce"}
        media = [{"name": name, "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
        self.driver.get(address)

    def ask(self, script: str, *arguments: Any) -> Any:
        """Run a script's lines in the page and give what it returns."""
        return self.driver.execute_script(script, *arguments)

    def until(self, script: str) -> None:
        """Wait until an expression holds in the page."""
        wait_for(lambda: bool(self.ask(f"return {script}")), script)

    def complaints(self) -> list[str]:
        """Warnings and errors of the console since the page was opened."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Everything the page asked for since it was opened."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]


def wait_for(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds; fails after half a minute."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, f"this never came: {what}"
        time.sleep(0.05)


def start() -> Browser:
    """Start Chromium; without one the test is skipped, and fails where CI is set: there it must be."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        reason = "needs Chromium: apt-get install chromium chromium-driver"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    # The sandbox and shared memory are refused in many containers, and the pages are our own.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return Browser(webdriver.Chrome(options=options, service=Service(driver)))
