"""A real chromium, as the tests and the benchmarks drive it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service as Driver

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    "--window-size=1000,1400",
)


@contextmanager
def chromium(*, network: bool = False) -> Iterator[Chrome]:
    """Run a chromium with a profile of its own, which is thrown away.

    With `network`, its log "performance" has what went over the wire.
    """
    profile = tempfile.mkdtemp(prefix="rejoinder-browser-")
    options = Options()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    logs = {"browser": "ALL"} | ({"performance": "ALL"} if network else {})
    options.set_capability("goog:loggingPrefs", logs)
    driver = Driver(shutil.which("chromedriver") or "/usr/bin/chromedriver")
    browser = Chrome(options=options, service=driver)
    browser.set_script_timeout(20)
    try:
        yield browser
    finally:
        browser.quit()
        shutil.rmtree(profile, ignore_errors=True)
