"""Takes the pictures of docs/images anew: ``python tools/screenshots.py [FOLDER]``.

The demo runs in a folder of its own with its sample data and simulated hardware, and Debian's Chromium walks through
the main pages as people at the desk and shoppers do. Nothing outside this machine is asked for anything.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

CHROMIUM = "/usr/bin/chromium"
SIZE = {"width": 1024, "height": 600}
FLAGS = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def main(folder: Path) -> None:
    """Write the pictures into *folder*."""
    from tests.fakes.world import World

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state, World(Path(state), seeded=True) as world, sync_playwright() as playwright:
        flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        for visit in (shopper, clerk, manager):
            context = browser.new_context(viewport=SIZE, has_touch=True, locale="zh-CN", timezone_id="Asia/Shanghai")
            context.add_cookies([{"name": "lang", "value": "zh", "url": world.url}])
            visit(world.url, context.new_page(), folder)
            context.close()
        browser.close()


def shopper(url: str, page: Page, folder: Path) -> None:
    """Look at the kiosk, tap a face, and look at the reasons."""
    page.goto(f"{url}/feedback")
    page.locator("#tools [data-key='*']").click()  # the demo of the tests begins in English
    picture(page, folder / "kiosk.png")
    page.locator("[data-key='2']").first.click()
    page.locator("html[data-screen=more]").wait_for(state="attached")
    picture(page, folder / "reasons.png")


def clerk(url: str, page: Page, folder: Path) -> None:
    """Log in, look at the board, take three pieces in, see the ticket on the bench, open the release of another one."""
    log_in(url, page, 0)
    page.goto(f"{url}/desk/bags")
    picture(page, folder / "board.png")
    page.goto(f"{url}/desk/bags/new")
    page.locator("button.count[value='3']").click()
    page.wait_for_url(re.compile(r"/desk/bags/\d+$"))
    page.locator(".progress--good").wait_for()
    picture(page, folder / "take-in.png")
    bench = page.context.new_page()
    bench.set_viewport_size({"width": 1280, "height": 1100})
    bench.goto(f"{url}/bench")
    bench.locator("img, svg").nth(8).wait_for(state="attached")
    bench.wait_for_timeout(1000)  # the paper is a picture of its own
    shrunk(bench, folder / "bench.png")
    bench.close()
    page.goto(f"{url}/desk/bags/release")
    page.locator("#code").fill(oldest_code(page, url))
    page.locator("form.split .button--go").click()
    page.locator(".button--huge").wait_for()
    picture(page, folder / "release.png")


def manager(url: str, page: Page, folder: Path) -> None:
    """The open cases, and what shoppers tapped in the last week."""
    log_in(url, page, 3)
    page.goto(f"{url}/desk/cases")
    picture(page, folder / "cases.png")
    page.goto(f"{url}/manage/feedback")
    page.get_by_role("link", name=re.compile("7")).first.click()
    page.wait_for_url(re.compile("from="))
    picture(page, folder / "numbers.png")


def log_in(url: str, page: Page, number: int) -> None:
    """Log in as the demo's person *number*."""
    from kiosk.demo.people import PEOPLE

    person = PEOPLE[number]
    page.goto(f"{url}/login")
    page.get_by_role("link", name=person.name).click()
    for digit in person.pin:
        page.locator(f"[data-key='{digit}']").click()
    page.locator("form.pin .button--go").click()
    page.wait_for_url(re.compile(r"/desk"))


def oldest_code(page: Page, url: str) -> str:
    """The code of a sample ticket, as the test bench lists it."""
    bench = page.context.new_page()
    bench.goto(f"{url}/bench")
    codes = re.findall(r'value="(8\d{13})"', bench.content())
    bench.close()
    return codes[0]


def picture(page: Page, path: Path) -> None:
    """Keep what the screen shows once it follows the station."""
    page.locator("html[data-following=yes]").wait_for(state="attached")
    shrunk(page, path)


def shrunk(page: Page, path: Path) -> None:
    """Keep the picture in 256 colours: a third of the size, and nobody sees it."""
    page.screenshot(path=path, animations="disabled")
    Image.open(path).convert("RGB").quantize(256).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images")
