"""Take the pictures of the documentation anew, from `rejoinder demo` in a headless chromium.

    .venv/bin/python docs/images/take.py

Needs what the browser tests need. The pictures are 1280 pixels wide, those of a phone 390.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

HERE = Path(__file__).parent
PORT = 8000
WIDE = (1280, 860)
PHONE = (390, 844)
SHADOW = "document.querySelector('rejoinder-thread').shadowRoot"
DISGUISED = "st.up1d"
INSULT = "Only complete idiots would pay for that stupid ramp."


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """Run the demo in a folder of its own; gives the page and the link into the dashboard."""
    folder = tempfile.mkdtemp(prefix="rejoinder-pictures-")
    command = [str(Path(sys.executable).with_name("rejoinder")), "demo", "--port", str(PORT)]
    process = subprocess.Popen(  # noqa: S603
        command,
        env=os.environ | {"REJOINDER_DATA_DIR": folder, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = ""
        for line in process.stdout or ():
            said += line
            if "good once" in line:
                break
        page, _, link = re.findall(r"http://\S+", said)
        yield page, link
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        shutil.rmtree(folder)


class Camera:
    """A browser that takes pictures of what it shows."""

    def __init__(self) -> None:
        options = Options()
        options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
        for flag in ("headless=new", "no-sandbox", "hide-scrollbars", "force-color-profile=srgb"):
            options.add_argument(f"--{flag}")
        options.add_argument("--force-prefers-reduced-motion")
        driver = shutil.which("chromedriver") or "/usr/bin/chromedriver"
        self.browser = Chrome(options=options, service=Service(driver))

    def look(self, size: tuple[int, int], scheme: str = "light") -> None:
        width, height = size
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700},
        )
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def until(self, expression: str) -> None:
        wait = WebDriverWait(self.browser, 20, 0.1)
        wait.until(lambda browser: browser.execute_script(f"return {expression}"))

    def run(self, script: str) -> None:
        self.browser.execute_script(script)

    def press(self, keys: str) -> None:
        ActionChains(self.browser).send_keys(keys).perform()

    def take(self, name: str) -> None:
        time.sleep(0.5)  # fonts and last paints
        picture = self.browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        path = HERE / f"{name}.png"
        path.write_bytes(base64.b64decode(picture["data"]))
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def widget(camera: Camera, page: str) -> None:
    """The thread under the article, with an insult that its author has just sent."""
    camera.look(WIDE)
    camera.browser.get(page)
    camera.until(f"{SHADOW}?.querySelector('article')")
    camera.run(f"{SHADOW}.querySelector('.write textarea').focus()")
    camera.press(INSULT)
    camera.run(f"{SHADOW}.querySelector('.write button.primary').click()")
    # Its words are shown first; the author posts it all the same.
    camera.until(f"{SHADOW}.querySelector('mark')")
    camera.run(f"{SHADOW}.querySelector('.write button.primary').click()")
    camera.until(f"{SHADOW}.querySelector('.badge:not([hidden])')")
    for name, size, scheme in (
        ("widget-light", WIDE, "light"),
        ("widget-dark", WIDE, "dark"),
        ("widget-phone", PHONE, "light"),
    ):
        camera.look(size, scheme)
        camera.run(
            f"{SHADOW}.activeElement?.blur();"
            "const top = document.querySelector('rejoinder-thread').getBoundingClientRect().top;"
            "scrollTo(0, scrollY + top - 24)"
        )
        camera.take(name)


def dashboard(camera: Camera, link: str) -> None:
    """The queue with a case open whose words are disguised."""
    camera.look(WIDE)
    camera.browser.get(link)
    camera.until("document.querySelector('.rows .row')")
    camera.run(
        "[...document.querySelectorAll('.row-link')]"
        f".find((row) => row.textContent.includes('{DISGUISED}')).click()"
    )
    camera.until("document.querySelector('.around[aria-busy=false]')")
    for name, size, scheme in (
        ("dashboard-light", WIDE, "light"),
        ("dashboard-dark", WIDE, "dark"),
        ("dashboard-phone", PHONE, "light"),
    ):
        camera.look(size, scheme)
        camera.take(name)


def main() -> None:
    camera = Camera()
    try:
        with demo() as (page, link):
            widget(camera, page)
            dashboard(camera, link)
    finally:
        camera.browser.quit()


if __name__ == "__main__":
    main()
