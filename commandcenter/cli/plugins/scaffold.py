"""`plugin new`: a folder that already works, written from the templates beside this module."""

import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from keyword import iskeyword
from pathlib import Path
from string import Template

from commandcenter.errors import SettingsError

SUFFIX = ".tmpl"
PART = re.compile(r"^%% (\w+)\n(.*?)^%% end\n", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
TAKEN = frozenset({"commandcenter", "conftest", "plugins", "test", "tests"})
CODE = re.compile(r"[A-Za-z0-9_.:\-]{1,64}")
WORDS = re.compile(r'[^"\\$\x00-\x1f]{1,40}')
NEEDS: Mapping[str, str] = {"source.py": "source", "sample.json": "source", "panel.py": "panel",
                            "rule.py": "rule"}  # fmt: skip
"""The files that are written only for one of the parts."""


@dataclass(frozen=True)
class Wanted:
    """What a new plugin is to be; without a source or a rule it has a panel."""

    name: str
    source: bool = False
    panel: bool = False
    rule: bool = False
    districts: Sequence[str] = ()
    title: str = ""
    english: str = ""
    owner: str = ""

    @property
    def parts(self) -> dict[str, bool]:
        """Which parts it has, by the names that the templates use."""
        panel = self.panel or not (self.source or self.rule)
        settings = self.source or self.rule
        return {"source": self.source, "panel": panel, "rule": self.rule, "settings": settings,
                "plain": not settings}  # fmt: skip


def write_plugin(wanted: Wanted, folder: Path) -> list[Path]:
    """Write a new plugin into `folder`, which must not be there; returns the files.

    Raises SettingsError that says what to give instead.
    """
    _check(wanted)
    if folder.exists():
        raise SettingsError(
            f"{folder}: is already there and nothing was written: choose another name or --folder"
        )
    if folder.name != wanted.name:
        raise SettingsError(
            f"--folder {folder}: a plugin's folder has its name: give .../{wanted.name}"
        )
    written = dict(_contents(wanted, folder))
    for name, text in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return [folder / name for name in written]


def _check(wanted: Wanted) -> None:
    if not NAME.fullmatch(wanted.name) or iskeyword(wanted.name):
        raise SettingsError(
            f"{wanted.name!r} is no name for a plugin: up to 48 of a-z, 0-9 and _, beginning with "
            "a letter, as jinshui_flood"
        )
    if wanted.name in TAKEN or wanted.name in sys.stdlib_module_names:
        raise SettingsError(f"{wanted.name!r} is a name that Python or the product uses already")
    for code in wanted.districts:
        if not CODE.fullmatch(code):
            raise SettingsError(f"--district {code!r}: give the code of a district, as 410105")
    for option in ("title", "english", "owner"):
        words = getattr(wanted, option)
        if words and not WORDS.fullmatch(words):
            raise SettingsError(
                f"--{option} {words!r}: up to 40 characters in one line, without \" \\ and $"
            )


def _contents(wanted: Wanted, folder: Path) -> Iterator[tuple[str, str]]:
    parts, values = wanted.parts, _values(wanted, folder)
    for name, template in _templates(files(__package__) / "templates"):
        if not parts.get(NEEDS.get(name, ""), name not in NEEDS):
            continue
        kept = PART.sub(lambda found: found[2] if parts[found[1]] else "", template)
        text = _tidy(Template(kept).substitute(values), name)
        yield (f"test_{wanted.name}.py" if name == "test.py" else name), text


def _templates(folder: Traversable, above: str = "") -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _templates(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(SUFFIX):
            yield above + entry.name.removesuffix(SUFFIX), entry.read_text("utf-8")


def _values(wanted: Wanted, folder: Path) -> dict[str, str]:
    plain = wanted.name.replace("_", " ").capitalize()
    parts = wanted.parts
    provides = {"source": "sources", "panel": "panels", "rule": "risk_rules"}
    imported = {"panel": "Panel", "rule": "RiskRule", "source": "Source"}
    return {
        "name": wanted.name,
        "upper": wanted.name.upper(),
        "title": wanted.title or wanted.name,
        "english": wanted.english or plain,
        "owner": wanted.owner or wanted.name,
        "districts": _listed(wanted.districts or ["*"]),
        "cell": next(iter(wanted.districts), ""),
        "provides": _listed([what for part, what in provides.items() if parts[part]]),
        "imported": ", ".join([*(what for p, what in imported.items() if parts[p]), "hookimpl"]),
        "place": shlex.quote(str(folder)),
    }


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _tidy(text: str, name: str) -> str:
    """Set the blank lines that parts which were left out have left behind."""
    if not name.endswith(".py"):
        return re.sub(r"\n{3,}", "\n\n", text)
    text = re.sub(r"\n{3,}(?!def |@|class )", "\n\n", text.rstrip() + "\n")
    return re.sub(r"\n{3,}(?=def |@|class )", "\n\n\n", text)
