"""The style sheet of tablets' pages: whole as a file, and cut down for what is seen at first."""

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FACE = re.compile(r"@font-face\s*\{[^}]*\}")
SPACE = re.compile(r"\s+")
AROUND = re.compile(r"\s*([{};,])\s*")
PRELUDE = re.compile(r"[^{};]+(?=\{)")
ID = re.compile(r"#([A-Za-z][\w-]*)")
ADDRESS = re.compile(r"url\((?!['\"]?(?:/|data:|#))['\"]?([^)'\"]+)['\"]?\)")
ELSEWHERE = "desk"
"""What the names of sheets begin with that no tablet needs."""
# A tablet has a Chinese font of its own, and the server's are a megabyte each: they come only where
# there is none by these names, and what is read meanwhile is read in whatever font there is.
NAMES = {
    400: ("Noto Sans CJK SC", "Noto Sans SC", "NotoSansSC-Regular", "PingFang SC",
          "PingFangSC-Regular", "HarmonyOS Sans SC", "MiSans", "Source Han Sans SC",
          "Microsoft YaHei"),
    500: ("Noto Sans CJK SC Medium", "Noto Sans SC Medium", "NotoSansSC-Medium",
          "PingFang SC Medium", "PingFangSC-Medium", "HarmonyOS Sans SC Medium", "MiSans Medium",
          "Source Han Sans SC Medium", "Microsoft YaHei"),
}  # fmt: skip
SLOT = re.compile(r":is\(#([\w-]+),\[data-slot=\1\]\)")
THEME = re.compile(r"\[data-theme=['\"]?(\w+)['\"]?\]")
GROUP = re.compile(r"\([^()]*\)")
TOKEN = re.compile(r"[.~][\w-]+")
NAMED = re.compile(r' (?:class|id|data-slot|data-theme)="([^"]*)"')
MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with what each of its selectors asks for; one with other rules in it has `inside`."""

    start: str
    text: str
    asks: tuple[frozenset[str], ...] = ()
    inside: tuple["Rule", ...] = ()


class Sheet:
    """The sheet; gives for a page the rules that something in it could be styled by.

    A rule that asks for a class, slot or theme which the page does not have is left out; which
    names there are is all that is looked at, so that too much is left rather than too little.
    """

    def __init__(self, whole: str) -> None:
        self.whole = whole
        self._rules = tuple(_rules(whole))
        self._names = frozenset(name for ask in _asks(self._rules) for name in ask)
        self._kept: OrderedDict[frozenset[str], str] = OrderedDict()
        self._lock = Lock()

    def part_for(self, page: str) -> str:
        """Return the sheet for the first sight of a page, given as HTML."""
        found = {word for said in NAMED.findall(page) for word in said.split()}
        names = self._names & found
        with self._lock:
            if (known := self._kept.get(names)) is not None:
                self._kept.move_to_end(names)
                return known
        made = _written(self._rules, names)
        with self._lock:
            self._kept[names] = made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made


def _rules(sheet: str) -> Iterator[Rule]:
    at = 0
    while (brace := sheet.find("{", at)) >= 0:
        end = _end(sheet, brace)
        start, body = sheet[at:brace].strip(), sheet[brace + 1 : end]
        at = end + 1
        if start.startswith(("@media", "@supports")):
            yield Rule(start, "", inside=tuple(_rules(body)))
        else:
            yield Rule(start, f"{start}{{{body}}}", () if start[0] == "@" else _asked(start))


def _end(sheet: str, brace: int) -> int:
    """Return where the block ends that begins with a brace."""
    depth = 0
    for found in re.finditer(r"[{}]", sheet[brace:]):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return brace + found.start()
    raise ValueError(f"a block of a style sheet does not end: {sheet[brace - 40 : brace + 40]}")


def _asked(selectors: str) -> tuple[frozenset[str], ...]:
    plain = THEME.sub(r"~\1", SLOT.sub(r"~\1", selectors))
    while GROUP.search(plain):  # :not(...) and the like ask for nothing
        plain = GROUP.sub("", plain)
    return tuple(frozenset(t[1:] for t in TOKEN.findall(one)) for one in plain.split(","))


def _asks(rules: tuple[Rule, ...]) -> Iterator[frozenset[str]]:
    for rule in rules:
        yield from rule.asks
        yield from _asks(rule.inside)


def _written(rules: tuple[Rule, ...], names: frozenset[str]) -> str:
    found, moves = [], []
    for rule in rules:
        if rule.inside:
            inside = _written(rule.inside, names)
            found.append(f"{rule.start}{{{inside}}}" if inside else "")
        elif rule.start.startswith("@keyframes"):
            moves.append(rule)
        elif not rule.asks or any(ask <= names for ask in rule.asks):
            found.append(rule.text)
    text = "".join(found)
    return text + "".join(m.text for m in moves if m.start.removeprefix("@keyframes ") in text)


def tablet_sheet(assets: Path) -> str:
    """Return the style sheet of tablets' pages, made of all sheets but the desk's.

    A rule for an id is one for the same `data-slot` of a still too, as strong as before.
    """
    files = sorted(file for file in assets.glob("*.css") if not file.name.startswith(ELSEWHERE))
    return _faces(assets) + "".join(_small(file.read_text("utf-8")) for file in files)


def _small(sheet: str) -> str:
    bare = FACE.sub("", COMMENT.sub("", sheet))
    tight = AROUND.sub(r"\1", SPACE.sub(" ", bare)).strip()
    placed = ADDRESS.sub(r"url(/assets/\1)", tight)
    return PRELUDE.sub(lambda found: ID.sub(r":is(#\1,[data-slot=\1])", found[0]), placed)


def _faces(assets: Path) -> str:
    """Return the faces; a weight that the tablet's own font does not have is shown in the other one
    rather than waited for.
    """
    found = []
    for weight, names in NAMES.items():
        path = f"fonts/noto-sans-sc-{weight}.woff2"
        print_ = sha256((assets / path).read_bytes()).hexdigest()[:8]
        own = [f'local("{name}")' for name in dict.fromkeys((*names, *NAMES[400]))]
        sources = ",".join([*own, f'url(/assets/{path}?m={print_}) format("woff2")'])
        found.append(
            f'@font-face{{font-family:"Noto Sans SC";font-weight:{weight};font-display:swap;'
            f"src:{sources}}}"
        )
    return "".join(found)
