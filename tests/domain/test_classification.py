"""Which matter a report is about: by a district's rule, then the city's, then the longest word."""

from dataclasses import replace

import pytest

from commandcenter.domain.classification import ClassificationRule, Classifier, Said, Sign
from commandcenter.domain.matters import Matter
from commandcenter.domain.text import Text
from commandcenter.testing import small_tree
from commandcenter.testing.city import MATTERS

TREE = small_tree()
EAST, SOUTH = "990102", "990105"
GRID = TREE.position[f"{SOUTH}001001001"]
REPORT = Said("路边有垃圾", "路灯下面，灯也不亮", GRID, "app")
RULE = ClassificationRule(
    "lamps.dark", Text("路灯", "Lamps"), Text("灯不亮归路灯"), "P0202", patterns=("路灯*不亮",)
)


def code(found: Matter | None) -> str | None:
    return found.code if found else None


def classifier(*rules: ClassificationRule, districts: tuple[str, ...] | None = None) -> Classifier:
    return Classifier(MATTERS, [Sign.of(rule, districts, TREE) for rule in rules])


def by_rule(rule: ClassificationRule, report: Said = REPORT) -> bool:
    return classifier(rule).classify(report).note == rule.note


def with_words(*words: str) -> Classifier:
    matters = [replace(MATTERS[at], words=(word,)) for at, word in enumerate(words)]
    return Classifier(matters)


def test_a_rule_gives_its_matter_and_notes_its_key_and_reason() -> None:
    found = classifier(RULE).classify(REPORT)
    assert (code(found.matter), found.note) == ("P0202", "lamps.dark: 灯不亮归路灯")


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({"patterns": ("不亮*路灯",)}, False),
        ({"patterns": ("没有*路灯", "垃圾*灯*亮")}, True),
        ({"patterns": (), "words": ("灯也不亮",)}, True),
        ({"patterns": (), "words": ("井盖",)}, False),
        ({"channels": ("app",)}, True),
        ({"channels": ("hotline",)}, False),
        ({"cells": (SOUTH,)}, True),
        ({"cells": (EAST,)}, False),
        ({"patterns": (), "channels": ("app",), "cells": (f"{SOUTH}001",)}, True),
    ],
)
def test_a_report_fits_where_every_condition_that_is_given_holds(
    conditions: dict[str, tuple[str, ...]], fits: bool
) -> None:
    assert by_rule(replace(RULE, **conditions)) is fits  # type: ignore[arg-type]


def test_a_rule_counts_in_the_districts_of_its_plugin_alone() -> None:
    assert classifier(RULE, districts=(SOUTH,)).classify(REPORT).note == RULE.note
    assert classifier(RULE, districts=(EAST,)).classify(REPORT).note != RULE.note


def test_the_first_of_two_rules_wins_and_any_rule_wins_over_words() -> None:
    other = replace(RULE, key="other", matter="E0101")
    assert classifier(RULE, other).classify(REPORT).note == RULE.note
    assert classifier(other, RULE).classify(REPORT).note == other.note


def test_without_a_rule_the_longest_word_decides_and_is_noted() -> None:
    matter, note = with_words("垃圾", "路灯下面").classify(REPORT)
    assert (code(matter), note) == (MATTERS[1].code, "words: 含“路灯下面”")


def test_of_words_of_one_length_the_first_in_the_catalogue_decides() -> None:
    assert code(with_words("路灯", "垃圾").classify(REPORT).matter) == MATTERS[0].code
    assert code(with_words("垃圾", "路灯").classify(REPORT).matter) == MATTERS[0].code


def test_words_are_found_whatever_their_case() -> None:
    said = REPORT._replace(title="Broken LAMP")
    assert code(with_words("Lamp").classify(said).matter) == MATTERS[0].code


def test_what_nothing_fits_has_no_matter_and_no_reason() -> None:
    assert with_words("井盖").classify(REPORT) == (None, "")


def test_the_likeliest_matters_are_those_of_rules_then_of_words_then_of_titles_alike() -> None:
    said = Said("路灯坏了", "占道很久", GRID, "app")
    rule = replace(RULE, matter="E0201", patterns=("占道",))
    known = [replace(m, words=("占道",) if m.code == "E0401" else ()) for m in MATTERS]
    found = Classifier(known, [Sign.of(rule, None, TREE)]).likeliest(said)
    assert [code(each.matter) for each in found] == ["E0201", "E0401", "P0202"]
    assert [each.note for each in found] == [rule.note, "words: 含“占道”", "likeness: 文字近似"]


def test_no_matter_is_offered_twice_and_at_most_three_are() -> None:
    everything = "、".join(matter.title.zh for matter in MATTERS)
    found = Classifier(MATTERS, []).likeliest(Said(everything, "", GRID, "app"))
    assert len(found) == 3 == len({code(each.matter) for each in found})
