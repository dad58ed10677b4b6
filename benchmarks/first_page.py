"""How soon the owner's first page is there on a slow line: Chromium, emulated slow 4G, no cache.

    PYTHONPATH=. python benchmarks/first_page.py [--visits 5]

Prints bytes, first paint and load of each visit, and the medians. No peer: there is none of the same
page; the floor printed beside it is what the line alone needs for these bytes and round trips.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser
from tests.e2e.browser import chromium
from tests.support.servers import Portal

LATENCY_MS = 150
DOWN_BITS = 1.6e6
SLOW_4G = {
    "offline": False,
    "latency": LATENCY_MS,
    "downloadThroughput": DOWN_BITS / 8,
    "uploadThroughput": 0.75e6 / 8,
}


def visit(browser: Browser, address: str) -> tuple[int, float, float]:
    """Open the page once with nothing cached; return (bytes, ms to first paint, ms to load)."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    sizes: list[int] = []
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(f"{address}/", wait_until="load")
    page.wait_for_function(
        "() => performance.getEntriesByName('first-contentful-paint').length > 0"
    )
    painted, loaded = page.evaluate(
        "() => [performance.getEntriesByName('first-contentful-paint')[0].startTime,"
        " performance.timing.loadEventEnd - performance.timing.navigationStart]"
    )
    context.close()
    return sum(sizes), painted, loaded


def main() -> None:
    """Visit and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--visits", type=int, default=5)
    visits = parser.parse_args().visits
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        portal = Portal(Path(folder), "up", "--no-browser")
        try:
            seen = [visit(browser, portal.address) for _ in range(visits)]
        finally:
            portal.stop()
    for size, painted, loaded in seen:
        # The page, then what it names: two turns of the line, and the bytes.
        floor = 2 * LATENCY_MS + size * 8 / DOWN_BITS * 1000
        print(
            f"{size} bytes, painted {painted:.0f} ms, loaded {loaded:.0f} ms, "
            f"line alone {floor:.0f} ms"
        )
    _, paints, loads = zip(*seen, strict=True)
    print(
        f"median: painted {statistics.median(paints):.0f} ms, loaded {statistics.median(loads):.0f} ms"
    )


if __name__ == "__main__":
    main()
