"""The timeline of a case says by which routing rule it was dispatched, in the viewer's language."""

import pytest

from commandcenter.api import RoutingRule, Text, hookimpl
from commandcenter.cases.queries import Step
from commandcenter.domain.cases import Command, State
from commandcenter.domain.routing import NEAREST
from commandcenter.domain.viewers import Clearance, Viewer
from commandcenter.host.discovery import locale_folders
from commandcenter.host.plugin import Plugin
from commandcenter.host.words import Words
from commandcenter.screen.tablet import Surroundings
from commandcenter.screen.timeline import timeline
from commandcenter.settings import Settings
from commandcenter.testing import small_catalogue, small_tree

RULE = RoutingRule(
    "market.waste", Text("市场垃圾", "Market waste"), Text("市场归城管", "The markets are theirs"),
    words=("市场",), unit="990105-cg",
)  # fmt: skip


class Market:
    @hookimpl
    def register_routing_rules(self) -> list[RoutingRule]:
        return [RULE]


def said(note: str, language: str, command: Command = Command.DISPATCH) -> str:
    catalogue = small_catalogue(Plugin.of(Market(), "market", ("routing_rules",)))
    viewer = Viewer("test", "990100", 0, 108, Clearance.STAFF, language)
    words = Words.load(language, locale_folders(Settings().plugins))
    around = Surroundings(small_tree(), catalogue, viewer, words, "b")
    step = Step(command, 0, "rule", note, State.DISPATCHED, "990105-cg", None)
    return str(timeline(around, [step]))


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", "市场垃圾 · 市场归城管"), ("en", "Market waste · The markets are theirs")],
)
def test_a_rule_is_named_with_its_reason(language: str, words: str) -> None:
    assert words in said(RULE.note, language)
    assert f"{words} · 急" in said(f"{RULE.note} · 急", language)


def test_any_other_note_stays_as_it_was_written() -> None:
    assert "market.waste: 别的" in said("market.waste: 别的", "en")
    assert RULE.note in said(RULE.note, "en", Command.RETURN)


def test_what_was_decided_without_a_rule_is_said_in_the_language() -> None:
    assert "to the nearest unit · 急" in said(f"{NEAREST} · 急", "en")
    assert "Known by the word “路灯”" in said("words: 含“路灯”", "en", Command.FILE)
    assert "按关键词“路灯”归类" in said("words: 含“路灯”", "zh", Command.REPORT)
