"""Asks as somebody for what must not exist for them, and finds what the answers give away."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import median
from time import thread_time
from typing import Any

from commandcenter.domain.viewers import Viewer
from commandcenter.errors import NotFound
from commandcenter.web.links import Links
from tests.probes.browser import Browser, Count
from tests.probes.doors import SEARCHED, Asked, questions
from tests.probes.world import Thing, World
from tests.web.callbacks import body_of

MARK = re.compile(r"Q\d{6}Z")
CODE = re.compile(r"99010[235]\d*")
PASSING = {
    sign: re.compile(passing)
    for sign, passing in {
        "1": r"1[78]\d{11}(?!\d)",
        "request_id": r'"request_id":\s*"[^"]*"',
        "csrf_token": r'csrf_token"[^>]*',
        'class="request"': r'<code class="request">[^<]*',
        "</time>": r"\d\d:\d\d:\d\d</time>",
    }.items()
}
"""What differs from answer to answer by itself, each looked for where its sign stands."""
SLOWER, TELLING_MS = 1.6, 1.0
"""Medians of many answers that differ by more than both tell a thing from nothing."""
LEAST_TIMED = 20
OK = 200
PHONE = 11


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: its status, what it says, how many statements it cost and how long it took."""

    status: int
    text: str
    statements: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Leak:
    """What somebody was told who must not know."""

    who: str
    door: str
    what: str

    def __str__(self) -> str:
        return f"{self.who}: {self.door}: {self.what}"


@dataclass
class Found:
    """How much was asked, what leaked, and how long answers took of things and of nothing."""

    asked: int = 0
    leaks: list[Leak] = field(default_factory=list)
    real: defaultdict[str, list[float]] = field(default_factory=partial(defaultdict, list))
    none: defaultdict[str, list[float]] = field(default_factory=partial(defaultdict, list))

    @classmethod
    def together(cls, several: Iterable[Found]) -> Found:
        """Return what several have found."""
        all_of_it = cls()
        for found in several:
            all_of_it.asked += found.asked
            all_of_it.leaks += found.leaks
            for mine, theirs in ((all_of_it.real, found.real), (all_of_it.none, found.none)):
                for door, times in theirs.items():
                    mine[door] += times
        return all_of_it

    def timed(self) -> Iterator[Leak]:
        """Yield the doors that tell by the time they take."""
        for door, times in self.real.items():
            nothing = self.none[door]
            if min(len(times), len(nothing)) < LEAST_TIMED:
                continue
            one, other = sorted((1000 * median(times), 1000 * median(nothing)))
            if other - one > TELLING_MS and other > SLOWER * one:
                yield Leak("anybody", door, f"takes {one:.1f} ms or {other:.1f} ms")


class Prober:
    """Asks as one person; `client` is signed in."""

    def __init__(self, world: World, name: str, found: Found) -> None:
        self._world = world
        self._name = name
        self._found = found
        self._viewer: Viewer = world.viewer(name)
        self._browser = Browser(world.town.site.app, world.client(name))
        self._count = Count(world.town.services.store.engine)
        services = world.town.services
        self._links = Links(services.settings.secret())
        self._callbacks = self._known_callbacks()
        self._nothing: defaultdict[str, Counter[tuple[int, int, str]]] = defaultdict(Counter)
        self._own = {
            services.tree.cells[at].code for at in services.tree.ancestors(self._viewer.first)
        }

    def probe(self, thing: Thing) -> None:
        """Ask for a thing through every door, and through each for one that is not there."""
        ghost = _ghost(thing)
        asked = questions(thing, self._links.poster)
        for real, unreal in zip(asked, questions(ghost, self._links.poster), strict=True):
            told = self._ask(real)
            if self._is_known(real, told, thing):
                # Not timed: what is compared was asked one right after the other.
                self._found.asked += 1
                self._scan(real, told.text)
                continue
            # Asked in turn once more: what comes after another door's question takes longer.
            none, told = self._ask(unreal), self._ask(real)
            if told.statements != none.statements or not _are_alike(
                told.text, none.text, thing, ghost
            ):
                # The first refusal of a minute is written down at once, whatever it is of, and
                # a clock may have gone on between the two.
                told, none = self._ask(real), self._ask(unreal)
            self._compare(thing, real, told, ghost, none)

    def _is_known(self, asked: Asked, told: Told, thing: Thing) -> bool:
        """Tell whether nothing was answered just so often enough to need no asking again."""
        known = self._nothing[asked.door]
        same = (told.status, told.statements, _plain(told.text, thing))
        return known[same] >= LEAST_TIMED

    def _compare(self, thing: Thing, asked: Asked, told: Told, ghost: Thing, none: Told) -> None:
        self._found.asked += 1
        self._found.real[asked.door].append(told.seconds)
        self._found.none[asked.door].append(none.seconds)
        self._nothing[asked.door][none.status, none.statements, _plain(none.text, ghost)] += 1
        if asked.is_open:
            if "/cell/" in told.text.partition("\n")[0]:
                self._leak(asked, f"leads to {thing}")
            return
        if told.status != none.status:
            self._leak(asked, f"{told.status} for a thing, {none.status} for nothing: {thing}")
        elif asked.door == SEARCHED and self._viewer.scope.startswith(thing.key):
            pass  # the codes of the own cells begin so: they are found, and nothing else
        elif not _are_alike(told.text, none.text, thing, ghost):
            self._leak(asked, f"other words than for nothing: {thing}")
        if told.statements != none.statements:
            self._leak(asked, f"{told.statements} statements, {none.statements} for nothing")
        self._scan(asked, told.text)

    def _scan(self, asked: Asked, text: str) -> None:
        """Look for anything in an answer that lies outside."""
        for echo in asked.echo:
            text = text.replace(echo, "")
        for word in set(MARK.findall(text)):
            thing = self._world.by_mark.get(word)
            if thing and self._world.is_outside(self._viewer, thing):
                self._leak(asked, f"tells of {thing}")
        position = self._world.town.services.tree.position
        for code in _codes(text) - self._own:
            at = position.get(code)
            if at is not None and not self._viewer.sees(at) and code not in asked.path:
                self._leak(asked, f"names the cell {code}")

    def _leak(self, asked: Asked, what: str) -> None:
        self._found.leaks.append(Leak(self._name, asked.door, what))

    def _ask(self, asked: Asked) -> Told:
        if asked.method == "STREAM":
            return self._stream(asked)
        body = self._callback(asked) if asked.callback else asked.body
        if asked.callback and body is None:
            return Told(0, "", 0, 0.0)  # the page of this person has no such callback
        before, began = self._count.statements, thread_time()
        answer = self._browser.ask(asked.method, asked.path, body, asked.headers)
        seconds = thread_time() - began
        said = f"{{'Location': '{answer.location}'}} {answer.text}"
        return Told(answer.status, said, self._count.statements - before, seconds)

    def _stream(self, asked: Asked) -> Told:
        query = dict(pair.split("=", 1) for pair in asked.path.split("&"))
        headers = {"cookie": self._browser.cookies}
        before, began = self._count.statements, thread_time()
        try:
            grant = self._world.town.site.authorise(headers, query)
            text = str(grant and [topic.key for topic in grant.topics])
            status = 200 if grant else 401
        except NotFound:
            status, text = 404, ""
        seconds = thread_time() - began
        return Told(status, text, self._count.statements - before, seconds)

    def _known_callbacks(self) -> dict[str, Any]:
        answer = self._browser.ask("GET", "/_dash-dependencies")
        known = json.loads(answer.text) if answer.status == OK else ()
        return {each["output"].split("@")[0].strip("."): each for each in known}

    def _callback(self, asked: Asked) -> dict[str, Any] | None:
        output, values = asked.callback or ("", ())
        name = next((each for each in self._callbacks if each.startswith(output)), None)
        if name is None:
            return None
        return body_of(self._callbacks[name], values)


def _ghost(thing: Thing) -> Thing:
    """Return a thing of the same kind and the same length of name that is not there."""
    if thing.kind == "cell":
        key = "9909" + thing.key[4:]
        return replace(thing, key=key, cell=10**6 + thing.cell, said=())
    key = str(9 * 10 ** (len(thing.key) - 1) + int(thing.key) % 10 ** (len(thing.key) - 1))
    if thing.kind != "case":
        key = str(10**6 + int(thing.key))
    said = tuple(_unsaid(words) for words in thing.said)
    return replace(thing, key=key, said=said)


def _unsaid(words: str) -> str:
    """Return words of the same shape that nobody wrote: a mark, a phone or a number."""
    if words.startswith("Q"):
        return f"Q9{words[2:]}"
    return f"137{words[3:]}" if len(words) == PHONE else f"9{words[1:]}"


def _are_alike(one: str, other: str, thing: Thing, ghost: Thing) -> bool:
    """Tell whether two answers say the same, whether or not they repeat what was asked."""
    return _lasting(one) == _lasting(other) or _plain(one, thing) == _plain(other, ghost)


def _plain(text: str, thing: Thing) -> str:
    """Return an answer without what names the question and what passes."""
    for words in (*thing.said, thing.key):
        if words in text:
            text = re.sub(rf"(?<![0-9A-Zu]){words}(?![0-9A-Z])", "<asked>", text)
    return _lasting(text)


def _lasting(text: str) -> str:
    """Return an answer without what passes."""
    for sign, passing in PASSING.items():
        if sign in text:
            text = passing.sub("", text)
    return text


def _codes(text: str) -> set[str]:
    """Return the codes of cells that stand in words by themselves."""
    found = CODE.finditer(text)
    return {match[0] for match in found if not text[match.start() - 1 : match.start()].isdigit()}
