"""Take docs/images/screen.png: run the demonstration, wait for its earthquake, photograph the page.

    python scripts/take_screenshot.py [--out docs/images/screen.png] [--seconds 75]

Needs Debian's chromium.
"""

import argparse
import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

_CHROMIUM = "/usr/bin/chromium"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_PORT = 8971
_STATIONS = 7
"""So many have seen the earthquake when the photograph is taken."""


def _stations_of_event() -> int:
    url = f"http://127.0.0.1:{_PORT}/api/v1/events"
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            events = json.load(answer)
    except OSError:
        return 0
    return max((len(event["stations"]) for event in events), default=0)


def main() -> None:
    """Run, wait, photograph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images/screen.png"))
    parser.add_argument("--seconds", type=float, default=120.0)
    options = parser.parse_args()
    command = [Path(sys.executable).parent / "cloud-aggregator", "demo", "--port", str(_PORT)]
    demo = subprocess.Popen(command)  # noqa: S603 - our own command
    try:
        deadline = time.monotonic() + options.seconds
        while _stations_of_event() < _STATIONS:
            if time.monotonic() > deadline:
                sys.exit("no event of seven stations came")
            time.sleep(0.5)
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
            page = browser.new_page(viewport={"width": 1600, "height": 900})
            page.goto(f"http://127.0.0.1:{_PORT}/")
            page.wait_for_timeout(4000)
            page.screenshot(path=options.out)
            browser.close()
    finally:
        demo.terminate()
        demo.wait()


if __name__ == "__main__":
    main()
