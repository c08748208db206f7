"""Tabs of a browser into which nothing is put.

Playwright makes a world of its own for its scripts in every page as it begins, and one that is to
run before all others makes the page's, which on a slow machine costs more than what is measured. A
tab of these is led by the browser's own protocol, and asked when what is measured is over.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from playwright.sync_api import Browser

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.02
FIRST_PAINT = "firstContentfulPaint"


class Tab:
    """One tab; what the browser tells of it is kept in `told`, by the names of its events."""

    def __init__(self, tabs: "Tabs", target: str, session: str) -> None:
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self._tabs = tabs
        self._target = target
        self._session = session

    def send(self, method: str, **given: Any) -> Mapping[str, Any]:
        """Give a command of the protocol and return its answer; raises RuntimeError if refused."""
        return self._tabs.send(self._session, method, given)

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression, awaited if it is a promise."""
        asked = {"expression": script, "returnByValue": True, "awaitPromise": True}
        answer = self.send("Runtime.evaluate", **asked)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def until(self, script: str) -> Any:
        """Ask until the answer is true, and return it."""
        deadline = monotonic() + PATIENCE_SECONDS
        while not (answer := self.evaluate(script)):
            if monotonic() > deadline:
                raise TimeoutError(f"after {PATIENCE_SECONDS:g} s still {answer!r}: {script}")
            self._tabs.hear()
        return answer

    def paint(self, url: str) -> None:
        """Go to an address and return after the first frame of it that shows something."""
        self.told.clear()
        self.send("Page.navigate", url=url)
        deadline = monotonic() + PATIENCE_SECONDS
        while not any(event.get("name") == FIRST_PAINT for _, event in self.told):
            if monotonic() > deadline:
                raise TimeoutError(f"after {PATIENCE_SECONDS:g} s nothing is seen of {url}")
            self._tabs.hear()

    def close(self) -> None:
        """Close it."""
        self._tabs.close(self._target)


class Tabs:
    """What opens tabs in a browser that Playwright has started, beside those of Playwright."""

    def __init__(self, browser: Browser) -> None:
        self._protocol = browser.new_browser_cdp_session()
        self._protocol.on("Target.receivedMessageFromTarget", self._take)
        self._answers: dict[int, Mapping[str, Any]] = {}
        self._open: dict[str, Tab] = {}
        self._last = 0

    @contextmanager
    def person(self, url: str, cookies: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """Have a person's own cookies, caches and workers until the block ends; yields the name."""
        made: str = self._protocol.send("Target.createBrowserContext")["browserContextId"]
        kept = [{**{key: each[key] for key in ("name", "value", "httpOnly")}, "url": url}
                for each in cookies]  # fmt: skip
        self._protocol.send("Storage.setCookies", {"cookies": kept, "browserContextId": made})
        yield made
        self._protocol.send("Target.disposeBrowserContext", {"browserContextId": made})

    def open(self, person: str, width: int, height: int) -> Tab:
        """Open a blank tab of this size, which tells of its frames."""
        asked = {"url": "about:blank", "browserContextId": person, "newWindow": True,
                 "width": width, "height": height}  # fmt: skip
        target = self._protocol.send("Target.createTarget", asked)["targetId"]
        joined = self._protocol.send(
            "Target.attachToTarget", {"targetId": target, "flatten": False}
        )
        tab = Tab(self, target, joined["sessionId"])
        self._open[joined["sessionId"]] = tab
        tab.send("Page.enable")
        tab.send("Page.setLifecycleEventsEnabled", enabled=True)
        tab.send("Network.enable")
        return tab

    def send(self, session: str, method: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give a tab a command and return its answer."""
        self._last += 1
        number = self._last
        said = json.dumps({"id": number, "method": method, "params": given})
        self._protocol.send("Target.sendMessageToTarget", {"sessionId": session, "message": said})
        deadline = monotonic() + PATIENCE_SECONDS
        while number not in self._answers:
            if monotonic() > deadline:
                raise TimeoutError(f"no answer to {method}")
            self.hear()
        answer = self._answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: Mapping[str, Any] = answer["result"]
        return result

    def hear(self) -> None:
        """Let what the browser has told come in; the question itself costs the pages nothing."""
        sleep(PAUSE_SECONDS)
        self._protocol.send("Browser.getVersion")

    def close(self, target: str) -> None:
        """Close a tab."""
        self._protocol.send("Target.closeTarget", {"targetId": target})

    def _take(self, event: Mapping[str, Any]) -> None:
        said = json.loads(event["message"])
        if "id" in said:
            self._answers[said["id"]] = said
        elif event["sessionId"] in self._open:
            self._open[event["sessionId"]].told.append((said["method"], said.get("params", {})))
