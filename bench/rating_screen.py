"""The kiosk's screen in headless Chromium at a sixth of its speed: weight, first paint, tap to paint, tap to durable.

A page of the floor (bench/floor_page.py) is measured in turns with it, in the same browser.
"""

import gzip
import os
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Response, sync_playwright

from bench.floor_page import FloorPage
from bench.report import Row, median, percentile
from bench.station import StationUnderTest

CHROMIUM = "/usr/bin/chromium"
_FLAGS = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
_SCREEN = {"width": 1024, "height": 600}
_THROTTLE = 6
_LOADS = 7
_TAPS = 50
# Milliseconds; the page takes no tap sooner after a new screen.
_SETTLE_MS = 450

# Notes when the first face is painted, and of each tap: until the next frame is painted, until the press is said to be saved.
_WATCH = """
(() => {
  const painted = (note) => requestAnimationFrame(() => { const channel = new MessageChannel();
    channel.port1.onmessage = () => note(performance.now()); channel.port2.postMessage(0); });
  window.taps = []; let open;
  const look = () => {
    if (window.usable === undefined && document.querySelector('.face')) { window.usable = 0; painted((at) => { window.usable = at; }); }
    if (open && open.saved === undefined && document.querySelector('[data-state=saved]')) { open.saved = performance.now() - open.began; }
  };
  new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ['data-state']});
  addEventListener('click', (event) => { if (!event.target.closest?.('.face')) return;
    open = {began: event.timeStamp}; window.taps.push(open);
    const one = open; painted((at) => { one.painted = at - one.began; }); }, {capture: true});
})();
"""


def run() -> list[Row]:
    with (
        tempfile.TemporaryDirectory() as name,
        StationUnderTest(Path(name)) as station,
        FloorPage(Path(name)) as floor,
        sync_playwright() as playwright,
    ):
        flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else _FLAGS
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        ours, theirs = f"http://127.0.0.1:{station.port}/feedback", f"http://127.0.0.1:{floor.port}/"
        weight, files = _weight(browser, ours)
        floor_weight, _ = _weight(browser, theirs)
        loads: dict[str, list[dict[str, float]]] = {ours: [], theirs: []}
        for _ in range(_LOADS):
            for url, noted in loads.items():
                noted.append(_load(browser, url))
        taps: dict[str, list[dict[str, float]]] = {ours: [], theirs: []}
        pages = {url: _open(browser, url) for url in taps}
        for page in pages.values():
            page.locator(".face").first.wait_for()
        for number in range(_TAPS):
            for url, page in pages.items():
                taps[url].append(_tap(page, number % 5 + 1, ours=url == ours))
        browser.close()

    def of(noted: dict[str, list[dict[str, float]]], what: str) -> tuple[list[float], list[float]]:
        return [one[what] for one in noted[ours]], [one[what] for one in noted[theirs]]

    paint, floor_paint = of(loads, "paint")
    usable, floor_usable = of(loads, "usable")
    painted, floor_painted = of(taps, "painted")
    saved, floor_saved = of(taps, "saved")
    return [
        Row("rating screen compressed (gzip), both languages", weight / 1000, "kB", 20, floor_weight / 1000, f"{files} files"),
        Row("first paint, median", median(paint), "ms", 800, median(floor_paint)),
        Row("faces painted, median", median(usable), "ms", 800, median(floor_usable)),
        Row("tap to paint, median", median(painted), "ms", 20, median(floor_painted)),
        Row("tap to visible answer, p99", percentile(painted, 99), "ms", 100, percentile(floor_saved, 99), "floor: its thanks"),
        Row("press durable, p99", percentile(saved, 99), "ms", 150, percentile(floor_saved, 99)),
        Row("press durable, median", median(saved), "ms", None, median(floor_saved)),
    ]


def _open(browser: Browser, url: str, *, worker: bool = True) -> Page:
    # The waiting of this bench evaluates text, which the policy of the page forbids.
    context = browser.new_context(viewport=_SCREEN, has_touch=True, bypass_csp=True, service_workers="allow" if worker else "block")
    context.add_init_script(_WATCH)
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": _THROTTLE})
    page.goto(url)
    return page


def _weight(browser: Browser, url: str) -> tuple[int, int]:
    """Bytes of everything that a cold browser fetches for the page, each answer compressed alone; and how many answers."""
    context = browser.new_context(viewport=_SCREEN, service_workers="block")
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response) if "/events" not in response.url else None)
    page.goto(url, wait_until="load")
    page.locator(".face").first.wait_for()
    size = sum(len(gzip.compress(answer.body(), 6)) for answer in answers if answer.status == 200)
    context.close()
    return size, len(answers)


def _load(browser: Browser, url: str) -> dict[str, float]:
    """One load with an empty cache."""
    page = _open(browser, url, worker=False)
    page.wait_for_function("window.usable > 0 && performance.getEntriesByName('first-contentful-paint').length")
    noted: dict[str, float] = page.evaluate(
        "({paint: performance.getEntriesByName('first-contentful-paint')[0].startTime, usable: window.usable})"
    )
    page.context.close()
    return noted


def _tap(page: Page, rating: int, *, ours: bool) -> dict[str, float]:
    """One tap by finger on the face of *rating*, and what followed; then back to the faces."""
    page.wait_for_timeout(_SETTLE_MS)
    page.locator(f"[data-rating='{rating}']").tap()
    page.wait_for_function("window.taps.length && window.taps.at(-1).saved !== undefined && window.taps.at(-1).painted !== undefined")
    noted: dict[str, Any] = page.evaluate("window.taps.at(-1)")
    if ours:
        for _ in ("done", "goodbye"):
            page.wait_for_timeout(_SETTLE_MS)
            page.keyboard.press("0")
    else:
        page.reload()
    page.locator(".face").first.wait_for()
    return noted
