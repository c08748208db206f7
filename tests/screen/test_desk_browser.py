"""A morning at the desk in a real browser, by keys alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from commandcenter.cases import directives
from commandcenter.cases.instructions import Instruction
from commandcenter.domain.cases import Command
from commandcenter.domain.directives import Acknowledgement, Act
from commandcenter.domain.roles import Role
from commandcenter.store.coordination_tables import directives as directives_table
from commandcenter.web.bodies import LARGEST_PHOTO
from tests.screen.desk_server import OFFICER, UNIT, Desks, desks, item
from tests.services.chromium import Pages
from tests.web.conftest import CITY, EAST, WEST, now
from tests.web.pictures import picture

pytestmark = pytest.mark.browser
NOTE = "请尽快到场处置"
WHOLE = """(which) => [...document.querySelectorAll(which)].every((one) => one.naturalWidth > 0)"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    with desks(tmp_path_factory.mktemp("desk")) as running:
        yield running


def row(page: Page, number: int) -> str:
    return f'.ag-row[row-id="{number}"]'


def go(page: Page, key: str, queue: str) -> None:
    """Go to a queue by its key."""
    page.locator(f".cc-queue[data-queue={queue}]").wait_for()
    page.keyboard.press(key)
    expect(page.locator(f".cc-queue[data-queue={queue}]")).to_have_attribute("aria-current", "true")


def to_form(page: Page, number: int, key: str) -> None:
    """Open a case by keys and begin a command."""
    page.locator(row(page, number)).wait_for()
    while page.locator(f"{row(page, number)}.ag-row-selected").count() == 0:
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#desk-head .number")).to_contain_text(str(number))
    page.keyboard.press(key)
    expect(page.locator(".cc-form")).to_be_visible()


def test_a_day_at_the_desk_goes_by_keys_and_loses_nothing(page: Pages, served: Desks) -> None:
    first, second, third = served.report(
        *(item(f"r{n}", matter="E0201", title=f"楼顶搭建 {n}") for n in range(3))
    )
    made = served.open(page.again(1366, 768))
    go(made, "2", "to_dispatch")
    to_form(made, first, "d")
    expect(made.locator("#desk-to")).not_to_have_value("")
    made.locator("#desk-note").fill(NOTE)

    # Somebody else acts on the same case meanwhile: it is told, and the note is still there.
    served.command(Instruction(first, Command.SUPERVISE, now(), note="市领导批示"))
    made.keyboard.press("Control+Enter")
    expect(made.locator(".cc-form .conflict")).to_contain_text("市领导批示")
    expect(made.locator("#desk-note")).to_have_value(NOTE)
    made.keyboard.press("Control+Enter")
    expect(made.locator(".cc-form")).to_be_hidden()
    expect(made.locator(row(made, first))).to_have_count(0)

    # What others do leaves the queue without a reload.
    served.command(Instruction(second, Command.DISPATCH, now(), unit=f"{EAST}-cg"))
    expect(made.locator(row(made, second))).to_have_count(0)
    assert f"queue=to_dispatch&case={first}" in made.url
    made.reload()
    expect(made.locator("#desk-head .number")).to_contain_text(str(first))

    # A whistle for the open case, by keys: its place is known, a unit is chosen by its name.
    made.locator(row(made, third)).wait_for()
    made.keyboard.press("B")
    expect(made.locator("#desk-o-count")).not_to_be_empty()
    made.keyboard.press("ArrowDown")
    made.keyboard.press("Enter")
    made.locator("#desk-o-title").fill("请到场会商")
    made.keyboard.press("Control+Enter")
    expect(made.locator(".cc-orders")).to_be_hidden()
    expect(made.locator(".cc-flash")).to_have_text("已呼叫 1 个单位")
    expect(made.locator(row(made, third))).to_have_count(1)


def test_several_are_handled_at_once_and_each_is_answered(page: Pages, served: Desks) -> None:
    numbers = served.report(*(item(f"b{n}", title=f"漏水 {n}", channel="app") for n in range(3)))
    made = served.open(page.again(1180, 820), "/desk?queue=to_file&channel=app")
    made.locator(f"{row(made, numbers[0])}.ag-row-selected").wait_for()
    for _ in numbers:
        made.keyboard.press("x")
    expect(made.locator(".cc-chosen b")).to_have_text("3")
    served.command(Instruction(numbers[1], Command.SUPERVISE, now(), note="快"))
    made.keyboard.press("n")
    made.locator("#desk-note").fill("重复反映，不予立案")
    made.keyboard.press("Control+Enter")
    answers = made.locator(".cc-form .answer > ul > li")
    expect(answers).to_have_count(3)
    expect(made.locator(".cc-form .answer > ul > li > .good")).to_have_count(2)
    expect(answers.nth(1)).to_contain_text("快")


def test_a_directive_is_issued_by_keys_and_its_sheet_lives(page: Pages, served: Desks) -> None:
    made = served.open(page.again(1366, 768), "/desk?queue=directives&lang=en")
    made.locator(".cc-desk-board .commands").wait_for()
    cut = "all => all.filter((a) => a.scrollWidth > a.clientWidth).map((a) => a.innerText)"
    assert made.locator(".cc-queue .name").evaluate_all(cut) == []
    made.keyboard.press("D")
    place = made.locator("#desk-o-cell")
    expect(place).not_to_have_value("")
    place.click()
    expect(place).to_have_value("")  # it opens empty, for what is looked for
    place.press_sequentially("西山区")
    place.press("Enter")  # the first that is found, without an arrow
    expect(place).to_have_value(re.compile(rf"西山区 · {WEST}$"))
    made.locator("#desk-o-title").fill("入户排查")
    made.keyboard.press("Control+Enter")
    expect(made.locator(".cc-orders")).to_be_hidden()
    made.locator('[data-order*=\'"progress"\']').first.click()
    done = made.locator("#desk-o-detail tbody tr").last.locator("td").nth(2)
    expect(done).to_have_text("0")
    tree = served.services.tree
    first, last = tree.range_of(WEST)
    cells = [at for at in range(first, last + 1) if tree.depth[at] == tree.deepest]
    with served.services.store.write() as connection:
        number = connection.execute(select(func.max(directives_table.c.id))).scalar_one()
        heard = [Acknowledgement(at, Act.RECEIVE) for at in cells[:3]]
        directives.acknowledge(connection, served.viewer, number, heard, now())
    served.counts.setdefault("total", {})[CITY] = 10_000
    served.show()
    expect(done).to_have_text("3")  # nobody has pressed anything


def test_a_unit_finds_what_is_its_own(page: Pages, served: Desks) -> None:
    own, other = served.report(
        item("own", matter="E0201", title="归我处置"), item("other", matter="E0201", title="不归我")
    )
    served.command(
        Instruction(own, Command.DISPATCH, now(), unit=UNIT),
        Instruction(other, Command.DISPATCH, now(), unit=f"{EAST}-cg"),
    )
    made = served.open(page.again(1366, 768), name=OFFICER)
    to_form(made, own, "t")
    made.keyboard.press("Control+Enter")
    expect(made.locator("#desk-head .cc-state").first).to_have_text("处置中")
    expect(made.locator(row(made, other))).to_have_count(0)
    assert served.address in made.url


def test_photos_are_handed_in_as_evidence_and_a_refusal_loses_nothing(
    page: Pages, served: Desks
) -> None:
    (number,) = served.report(item("photos", matter="E0201", title="楼顶搭建，要照片"))
    served.command(Instruction(number, Command.DISPATCH, now(), unit=UNIT))
    officer = replace(served.viewer, role=Role.UNIT_OFFICER, unit=UNIT)
    served.command(Instruction(number, Command.TAKE_UP, now()), viewer=officer)
    made = served.open(page(1366, 768), "/desk?queue=handling", OFFICER)
    to_form(made, number, "h")
    made.locator("#desk-note").fill(NOTE)
    proof, faults = made.locator("#desk-evidence"), made.locator("#desk-photos [role=alert] li")
    proof.fill("https://e.cn/1.pdf")
    chooser = made.locator("#desk-photos input[type=file]")
    chooser.set_input_files([
        {"name": "words.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"},
        {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": bytes(LARGEST_PHOTO + 1)},
    ])  # fmt: skip
    expect(faults).to_have_text([re.compile("words.jpg: 这不是能用的照片"),
                                 re.compile("large.jpg: 超过 8 MB")])  # fmt: skip
    expect(made.locator("#desk-note")).to_have_value(NOTE)
    expect(proof).to_have_value("https://e.cn/1.pdf")

    assert [error for error in page.errors if "/api/v1/photos" not in error] == []
    page.errors.clear()  # what was refused is said on the console too

    good = [{"name": f"{n}.png", "mimeType": "image/png", "buffer": picture(60 + n, kind="PNG")}
            for n in range(2)]  # fmt: skip
    chooser.set_input_files(good)
    expect(faults).to_have_count(0)
    expect(proof).to_have_value(re.compile(r"^https://e.cn/1.pdf /photos/\d+ /photos/\d+$"))
    expect(made.locator("#desk-note")).to_have_value(NOTE)
    made.keyboard.press("Control+Enter")
    expect(made.locator(".cc-form")).to_be_hidden()

    # All see it from then on, and a picture is large for who asks for it.
    duty = served.open(page(1366, 768))
    duty.goto(f"{served.address}/desk?queue=all&case={number}")
    small = duty.locator("#desk-pictures img")
    expect(small).to_have_count(2)
    duty.wait_for_function(WHOLE, arg="#desk-pictures img")
    expect(duty.locator("#desk-facts .evidence li")).to_have_count(3)
    small.first.click()
    duty.wait_for_function(WHOLE, arg="dialog.cc-viewer img")


def test_plain_words_are_shown_once_for_a_reason(page: Pages, served: Desks) -> None:
    (number,) = served.report(item("person", title="王小明先生家漏水"))
    made = served.open(page.again(1366, 768), "/desk?queue=all")
    made.locator(f"{row(made, number)}.ag-row-selected").wait_for()
    made.keyboard.press("Enter")
    reporters = made.locator("#desk-facts .reporters")
    expect(reporters).to_contain_text("138****0000")
    assert "13800000000" not in made.content()
    reporters.locator("button.cc-unmask").click()
    sheet = made.locator("dialog.cc-plain")
    sheet.locator("input").fill("回访核实")
    sheet.locator("button[type=submit]").click()
    expect(sheet).to_contain_text("13800000000")
    expect(sheet).to_contain_text("王小明先生家漏水")
    made.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    assert "13800000000" not in made.content()
