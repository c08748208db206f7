"""Pushes what the airport zone has to its remote panels; nothing but Python itself is needed.

    python push.py http://127.0.0.1:8600 --key cc_plugin_...

It replays sample.json, which is made up. A zone that has numbers of its own puts them in `steps`.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

SAMPLE = Path(__file__).with_name("sample.json")
SECONDS = 30.0
LATER = (429, 503)
"""What the server answers when the same put is to be tried again."""
Panels = dict[str, dict[str, Any]]


def steps(now: float) -> Iterator[Panels]:
    """Yield the values of each step of the sample by panel; the instants of flights begin now."""
    for step in json.loads(SAMPLE.read_text("utf-8"))["steps"]:
        for row in step.get("airport_zone.flights", {}).get("next", {}).get("rows", []):
            row["at"] = round((now + row.pop("in_minutes") * 60) * 1000)
        yield step


def put(server: str, key: str, panel: str, values: dict[str, Any]) -> dict[str, Any]:
    """Put the values of a panel and return the answer; tries again while the server asks for it.

    Raises HTTPError for what the server refuses.
    """
    # The instant stands in the put: a second try does not make old numbers young.
    body = {"values": values, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = Request(
        f"{server}/api/v1/panels/{panel}", json.dumps(body).encode(), headers, method="PUT"
    )
    while True:
        wait = 5.0
        try:
            with urlopen(request, timeout=10) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except HTTPError as refused:
            if refused.code not in LATER:
                raise
            wait = float(refused.headers.get("Retry-After", wait))
            refused.close()
        except (OSError, HTTPException) as error:
            print(f"{panel}: {error}; trying again", file=sys.stderr)
        time.sleep(wait)


def main(words: list[str] | None = None) -> int:
    """Push until stopped, or each step once; returns 1 when the server refuses something."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("server", help="as http://127.0.0.1:8600")
    asked.add_argument("--key", default=os.environ.get("COMMANDCENTER_KEY", ""))
    asked.add_argument("--seconds", type=float, default=SECONDS, help="between two steps")
    asked.add_argument("--once", action="store_true", help="push all steps once")
    given = asked.parse_args(words)
    while True:
        for step in steps(time.time()):
            for panel, values in step.items():
                try:
                    print(panel, put(given.server.rstrip("/"), given.key, panel, values)["status"])
                except HTTPError as refused:
                    print(f"{panel}: {refused.code} {refused.read().decode()}", file=sys.stderr)
                    return 1
            time.sleep(given.seconds)
        if given.once:
            return 0


if __name__ == "__main__":
    sys.exit(main())
