"""Every text that leaves the room of cases passes the veil: the code is read to see it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from commandcenter import cases
from commandcenter.cases import queries, queues, veil
from commandcenter.domain.masking import Person
from commandcenter.domain.viewers import Clearance
from commandcenter.testing.stored import StoredCity

FOLDER = Path(str(cases.__file__)).parent
TEXTS = frozenset({
    "title", "description", "note", "reason", "place", "body", "task", "message", "payload",
    "reporter_name", "reporter_phone", "attachments", "url", "words",
})  # fmt: skip
"""The names of columns in which somebody's words stand."""
ROWS = frozenset({"row", "call", "act", "r", "found", "case", "each", "line", "_"})
"""What a row is called where rows become objects."""
WITHIN = {
    "answers": "an answer is kept as it was given, and that was covered",
    "archive": "the veil is passed in _lines",
    "carrying": "what a command is given is written, not told",
    "crossing": "what a command is given is written, not told",
    "directives": "what a directive is given is written, not told",
    "duplicates": "likeness is measured on plain words, and the finding names a case",
    "effects": "what a command is given is written, not told",
    "escalations": "what a rule says is written, not told",
    "field_file": "a case has passed the veil before",
    "filing": "what a report says is written, not told",
    "history": "what a source tells of the past is written, not told",
    "inspection_acts": "what an act says is written, not told",
    "merging": "what a command is given is written, not told",
    "simultaneous": "likeness is measured on plain words, and a note names a case",
    "search": "what is looked for is held against what is shown",
    "search_index": "terms lie in the index, and a hit is held against what is shown",
    "unmasking": "the one way past the veil",
    "veil": "the veil itself",
    "whistles": "what a whistle is given is written, not told",
    "dead_letters": "intake reads letters as they came; operators by shown, which passes the veil",
    "boards": "lines of queues have passed the veil",
}
"""Modules in which texts of rows are read and do not leave the room as they are."""


def uncovered(module: Path) -> Iterator[str]:
    """Find where a text of a row is read outside of a call of the veil."""
    tree = ast.parse(module.read_text("utf-8"))
    covered: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("veil."):
            covered.update(ast.walk(node))
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Attribute) and node.attr in TEXTS
        is_read = is_text and isinstance(node.value, ast.Name) and node.value.id in ROWS
        if is_read and node not in covered:
            yield f"{module.name}:{node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("module", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_texts_of_rows_leave_through_the_veil(module: Path) -> None:
    found = [] if module.stem in WITHIN else list(uncovered(module))
    assert not found, f"pass these through commandcenter.cases.veil: {'; '.join(found)}"


def test_the_inspection_sees_what_passes_by_the_veil(tmp_path: Path) -> None:
    module = tmp_path / "leaking.py"
    module.write_text("def a(row):\n    return B(veil.text(row.note), row.title, row.cell)\n")
    assert list(uncovered(module)) == ["leaking.py:2: row.title"]


def test_modules_that_are_let_off_are_there() -> None:
    names = {path.stem for path in FOLDER.glob("*.py")}
    assert set(WITHIN) <= names


def test_what_is_known_of_the_reporter_is_covered_in_links_too() -> None:
    who = Person("谌建国", "60012345")
    assert veil.links(["https://x.cn/谌建国.jpg", "https://x.cn/1.jpg"], who) == (
        "https://x.cn/谌**.jpg", "https://x.cn/1.jpg",
    )  # fmt: skip
    assert veil.text("打60012345", who) == "打600*2345"


def test_houses_are_shown_to_clearance_two_in_cases_and_homes_to_nobody(small: StoredCity) -> None:
    said = {"title": "建设路12号院门前积水", "description": "12号院3号楼2单元501室也漏"}
    (answer,) = small.accept(small.report("house", **said))
    assert answer.id is not None
    shown = {}
    with small.store.read() as connection:
        for clearance in (Clearance.STAFF, Clearance.PERSONAL):
            viewer = small.viewer(clearance=clearance)
            case = queries.case(connection, viewer, answer.id)
            (line,) = queues.lines(connection, viewer, [answer.id])
            assert case.line.title == line.title
            shown[clearance] = line.title, case.description
    assert shown[Clearance.STAFF] == ("建设路*号院门前积水", "*号院*号楼*单元*室也漏")
    assert shown[Clearance.PERSONAL] == ("建设路12号院门前积水", "*号院*号楼*单元*室也漏")
