"""The program: a rehearsal, a browser, and the pictures in docs/screenshots."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tools.screenshots.pages import Rehearsal, Shot, shots
from tools.screenshots.small import small_png

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
CHROMIUM_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
PHONE, DESK = (390, 844), (1280, 800)


def main() -> None:
    """Write every picture, and say how large each is."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with rehearsal() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGS
        )
        for shot in shots(Rehearsal(browser, base)):
            body = small_png(taken(browser, base, shot))
            (PICTURES / f"{shot.name}.png").write_bytes(body)
            sys.stdout.write(f"{shot.name}.png  {len(body) // 1024} KB\n")
        browser.close()


@contextmanager
def rehearsal() -> Iterator[str]:
    """Give the address of `tracker demo`, which ends with the block."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tracker", "demo", "--folder", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            try:
                told = next(line for line in program.stdout if "http://" in line)
                yield told[told.index("http://") :].strip()
            finally:
                program.terminate()


def taken(browser: Browser, base: str, shot: Shot) -> bytes:
    """Return a page as PNG: what is in the window, at twice the pixels on a phone."""
    width, height = PHONE if shot.is_phone else DESK
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if shot.is_phone else 1,
        color_scheme="dark" if shot.is_dark else "light",
        reduced_motion="reduce",
        storage_state=shot.storage,
    )
    page = context.new_page()
    page.goto(base + shot.path)
    page.wait_for_load_state("load")
    page.wait_for_timeout(1_500)  # charts come into view and are drawn
    body = page.screenshot()
    context.close()
    return body


if __name__ == "__main__":
    main()
