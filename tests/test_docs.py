"""What the documents say is held against the code: settings, commands, links, the first plugin."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bench.__main__ import measurements
from commandcenter.cli.main import app
from commandcenter.settings import ROOT, Settings
from tests.host.folders import load_small

READMES = ("README.md", "README.zh-CN.md")
DOCUMENTS = [
    str(path.relative_to(ROOT))
    for folder in (ROOT, ROOT / "docs", ROOT / "docs" / "plugins", ROOT / "plugins")
    for path in sorted(folder.glob("*.md"))
]
SETTING = re.compile(r"^\| `(\w+)` \| (.*?) \|", re.MULTILINE)
# Behind the program's name: words, options and values, up to what ends a command in prose.
COMMAND = re.compile(r"(?<![\w/.])(?:\.venv/bin/)?commandcenter((?: +[^\s`|&;]+)+)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Written so that this file does not hold what it looks for.
FOREIGN = re.compile(
    r"py[p]i\.org|pythonhoste[d]\.org|registry\.npm[j]s|proxy\.golan[g]|npmmirro[r]"
    r"|(?<![\w.~-])/(?:roo[t]|hom[e]/\w+|User[s]/\w+|wor[k])/"
)


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def tracked() -> list[str]:
    """Return the files that a clone would hold."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name]


def commands(name: str) -> list[list[str]]:
    """Return the words of each command of the program that stands as code in a document."""
    page = text(name)
    code = re.findall(r"^ {4}(.+)$", page, re.MULTILINE) + re.findall(r"`([^`\n]+)`", page)
    return [found.split() for line in code for found in COMMAND.findall(line)]


def options(command: Any) -> set[str]:
    given = [*command.params]
    return {o for p in given for o in (*p.opts, *p.secondary_opts)} | {"--help"}


def faults(words: list[str]) -> Iterator[str]:
    """Follow a command's words through the program; give what it does not know."""
    command: Any = typer.main.get_command(app)
    for word in words:
        if word.startswith("--"):
            if word.partition("=")[0] not in options(command):
                yield f"{command.name} has no {word}"
        elif hasattr(command, "commands"):
            if word not in command.commands:
                yield f"there is no command {word} in {' '.join(words)}"
                return
            command = command.commands[word]


def anchors(page: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_manual_names_every_setting_and_no_other() -> None:
    section = text("docs/operating.md").partition("## Settings")[2].partition("\n## ")[0]
    assert [name for name, _ in SETTING.findall(section)] == list(Settings.model_fields)


def test_the_defaults_in_the_manual_are_those_of_the_settings() -> None:
    section = text("docs/operating.md").partition("## Settings")[2].partition("\n## ")[0]
    for name, said in SETTING.findall(section):
        default = Settings.model_fields[name].get_default(call_default_factory=True)
        if isinstance(default, Path) and default.is_absolute():
            assert f"`{default.relative_to(ROOT)}/` of the checkout" == said, name
        else:
            shown = str(default).lower() if isinstance(default, bool) else str(default)
            assert said == (f"`{shown}`" if shown else "empty"), name


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_in_a_document_is_there_with_its_options(name: str) -> None:
    assert [fault for words in commands(name) for fault in faults(words)] == []


def test_a_command_that_is_not_there_would_be_noticed() -> None:
    assert list(faults(["serve", "--data", "x"])) == []
    assert list(faults(["db", "verify", "--fast"])) == ["verify has no --fast"]
    assert list(faults(["key", "forge"])) == ["there is no command forge in key forge"]


def test_both_readmes_name_the_same_commands() -> None:
    english, chinese = (re.findall(r"^ {4}(.+)$", text(name), re.MULTILINE) for name in READMES)
    outside_blocks = [line for line in english if line.startswith(("make ", ".venv/"))]
    assert english == chinese
    assert outside_blocks[:2] == ["make demo", ".venv/bin/commandcenter demo --city boston"]


def test_both_readmes_link_to_the_same_places() -> None:
    english, chinese = (set(LINK.findall(text(name))) - set(READMES) for name in READMES)
    # Where a page is there in Chinese too, the Chinese one leads to that.
    assert english == {link.replace(".zh-CN.md", ".md") for link in chinese}


def test_every_measurement_has_its_section() -> None:
    assert anchors(text("docs/performance.md")) == {"performance", *measurements()}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_local_link_leads_somewhere(name: str) -> None:
    for link in LINK.findall(text(name)):
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), f"{name}: {link}"
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), f"{name}: {link}"


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    found = []
    for name in tracked():
        path = ROOT / name
        content = path.read_bytes() if path.is_file() else b""
        if b"\0" not in content[:4096]:
            hits = FOREIGN.findall(content.decode("utf-8", "replace"))
            found += [f"{name}: {hit}" for hit in hits]
    assert found == []


@pytest.mark.parametrize("name", READMES)
def test_the_first_plugin_is_what_the_command_writes(name: str, tmp_path: Path) -> None:
    (words,) = [words for words in commands(name) if words[:2] == ["plugin", "new"]]
    done = CliRunner().invoke(app, [*words, "--folder", str(tmp_path / "hello")])
    assert done.exit_code == 0, done.output
    printed = dict(FENCED.findall(text(name)))
    assert list(printed) == ["plugins/hello/panel.py"]
    assert printed["plugins/hello/panel.py"] in (tmp_path / "hello" / "panel.py").read_text("utf-8")
    registry = load_small(tmp_path)
    assert [s.reason for s in registry.states if s.state != "ok"] == []
    assert list(registry.panels) == ["hello.standing"]


def test_the_readme_is_the_page_of_the_package() -> None:
    assert tomllib.loads(text("pyproject.toml"))["project"]["readme"] == "README.md"
