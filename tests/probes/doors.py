"""Every door through which somebody may ask for a thing by its number, its place or its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.probes.world import Thing

PAGE = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
SEARCHED = "search for a cell"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: how it is put, and what of it the answer may repeat.

    A `stream` asks for topics by the query in `path`; a `callback` names its output and values.
    """

    door: str
    method: str
    path: str
    body: Any = None
    echo: tuple[str, ...] = ()
    callback: tuple[str, tuple[Any, ...]] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    is_open: bool = False
    """Whether anybody at all may ask, and is told no more than who is not logged in."""


def questions(thing: Thing, token: Callable[[str], str]) -> Iterator[Asked]:
    """Yield all that can be asked of a thing; `token` signs the poster of a cell."""
    yield from KINDS[thing.kind](thing)
    if thing.kind == "cell":
        yield Asked("qr", "GET", f"/q/{token(thing.key)}", is_open=True)
    for words in thing.said:
        yield Asked("search page", "GET", f"/search?q={quote(words)}", echo=(words,))
        yield _callback("search callback", "page.children", "/search", f"?q={quote(words)}",
                        echo=(words,))  # fmt: skip


def _get(door: str, path: str, **more: Any) -> Asked:
    return Asked(door, "GET", path, headers=PAGE if not path.startswith("/api/") else {}, **more)


def _post(door: str, path: str, body: Any) -> Asked:
    return Asked(door, "POST", f"/api/v1/{path}", body)


def _callback(door: str, output: str, *values: Any, echo: tuple[str, ...] = ()) -> Asked:
    return Asked(door, "POST", "/_dash-update-component", callback=(output, values), echo=echo)


def _stream(door: str, query: str) -> Asked:
    return Asked(door, "STREAM", query)


def _cell(thing: Thing) -> Iterator[Asked]:
    key = thing.key
    for path in (f"/cell/{key}", f"/cell/{key}?tab=cases", f"/api/v1/cells/{key}",
                 f"/api/v1/cells/{key}/counts", f"/api/v1/cells/{key}/checks",
                 f"/api/v1/cases?cell={key}", f"/api/v1/whistles?cell={key}",
                 f"/api/v1/directives?cell={key}", f"/api/v1/inspections?cell={key}",
                 f"/audit?cell={key}", f"/audit.csv?cell={key}"):  # fmt: skip
        yield _get(path.partition("?")[0].replace(key, "<cell>"), path, echo=(key,))
    yield _get(SEARCHED, f"/search?q={key}", echo=(key,))
    yield _callback("page of a cell", "page.children", f"/cell/{key}", "")
    yield _callback("tap on the map", "url.pathname", {"position": thing.cell})
    yield _callback("tap on the map", "url.pathname", {"position": -1 - thing.cell})
    yield _stream("stream of a cell", f"cell={key}")
    yield _stream("stream of a wall", f"layout=district&cell={key}")
    yield _stream("stream of guessed topics", f"cell={key}&topics=tablet.newest|{key}|2|zh|")
    yield _post("start a case", "cases", {"cell": key, "title": "x", "matter": "E0101"})
    yield _post("check", f"cells/{key}/checks", {"finding": "still", "note": "x"})
    yield _post("whistle", "whistles", {"cell": key, "units": ["x"], "title": "x", "reason": "x"})
    yield _post("directive", "directives", {"cell": key, "level": "micro", "title": "x"})
    yield _post("inspection", "inspections", {"cell": key, "title": "x"})


def _case(thing: Thing) -> Iterator[Asked]:
    key = thing.key
    yield _get("case", f"/case/{key}")
    yield _get("api case", f"/api/v1/cases/{key}")
    yield _callback("page of a case", "page.children", f"/case/{key}", "")
    yield _callback("case that moves", "case-body.children", "1", f"/case/{key}")
    yield _stream("stream of a case", f"case={key}")
    yield _post("command", f"cases/{key}/commands", {"command": "supervise", "note": "x"})
    yield _post("unmask", f"cases/{key}/unmask", {"reason": "because I want to know"})
    on_case = {"cell": "990102", "units": ["x"], "title": "x", "reason": "x", "case": int(key)}
    yield _post("whistle on a case", "whistles", on_case)
    yield _callback("case on the desk", "desk-head.children", key, 0, None)


def _whistle(thing: Thing) -> Iterator[Asked]:
    yield _get("api whistle", f"/api/v1/whistles/{thing.key}")
    yield _post("answer a whistle", f"whistles/{thing.key}/acts", {"act": "act", "unit": "x"})


def _directive(thing: Thing) -> Iterator[Asked]:
    yield _get("api directive", f"/api/v1/directives/{thing.key}")
    acts = {"acts": [{"cell": "990102", "act": "done"}]}
    yield _post("answer a directive", f"directives/{thing.key}/acts", acts)
    yield _post("recall a directive", f"directives/{thing.key}/recall", {})


def _inspection(thing: Thing) -> Iterator[Asked]:
    key = thing.key
    yield _get("inspection", f"/inspection/{key}")
    yield _get("api inspection", f"/api/v1/inspections/{key}")
    yield _get("report of an inspection", f"/inspections/{key}/report.pdf")
    yield _callback("page of an inspection", "page.children", f"/inspection/{key}", "")
    yield _stream("stream of an inspection", f"inspection={key}")
    yield _post("act on an inspection", f"inspections/{key}/acts",
                {"act": "note", "text": "x", "key": "k"})  # fmt: skip


def _photo(thing: Thing) -> Iterator[Asked]:
    yield _get("photo", f"/photos/{thing.key}")
    yield _get("small photo", f"/photos/{thing.key}/thumb")


KINDS: dict[str, Callable[[Thing], Iterator[Asked]]] = {
    "cell": _cell, "case": _case, "whistle": _whistle, "directive": _directive,
    "inspection": _inspection, "photo": _photo,
}  # fmt: skip
