from string import Formatter

import pytest

from commandcenter.errors import PluginError
from commandcenter.host.discovery import locale_folders
from commandcenter.host.words import Words, read_catalogue
from commandcenter.settings import ROOT

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def folder(tmp_path, name: str, *pairs: tuple[str, str], extra: str = ""):
    place = tmp_path / name / "locale"
    place.mkdir(parents=True)
    entries = "".join(f'msgid "{zh}"\nmsgstr "{en}"\n\n' for zh, en in pairs)
    (place / "en.po").write_text(HEAD + entries + extra, "utf-8")
    return place


def test_chinese_is_what_stands_in_the_code():
    words = Words.load("zh", [])
    assert words("超时 {n} 件", n=3) == "超时 3 件"
    assert "超时" in words


def test_english_comes_from_the_catalogues(tmp_path):
    place = folder(tmp_path, "a", ("超时 {n} 件", "{n} overdue"))
    assert Words.load("en", [place])("超时 {n} 件", n=3) == "3 overdue"


def test_the_first_catalogue_that_has_the_words_wins(tmp_path):
    core = folder(tmp_path, "core", ("全部", "All"))
    plugin = folder(tmp_path, "plugin", ("全部", "Everything"), ("路灯", "Lamp"))
    words = Words.load("en", [core, plugin])
    assert (words("全部"), words("路灯")) == ("All", "Lamp")


def test_what_no_catalogue_has_stays_chinese(tmp_path):
    words = Words.load("en", [folder(tmp_path, "a"), tmp_path / "nowhere"])
    assert words("全部") == "全部"
    assert "全部" not in words


def test_words_without_values_are_left_as_they_are():
    assert Words("zh", [])("100 % {不是名字}") == "100 % {不是名字}"


def test_a_translation_that_names_what_is_not_given_falls_back_to_chinese(tmp_path):
    place = folder(tmp_path, "a", ("超时 {n} 件", "{count} overdue"))
    assert Words.load("en", [place])("超时 {n} 件", n=3) == "超时 3 件"


def test_empty_and_fuzzy_translations_are_left_out(tmp_path):
    fuzzy = '#, fuzzy\nmsgid "路灯"\nmsgstr "Lamb"\n'
    words = Words.load("en", [folder(tmp_path, "a", ("全部", ""), extra=fuzzy)])
    assert (words("全部"), words("路灯")) == ("全部", "路灯")


def test_a_catalogue_that_cannot_be_read_is_named(tmp_path):
    place = folder(tmp_path, "park", extra="this is no catalogue\n")
    with pytest.raises(PluginError, match=r"park/locale/en\.po: cannot be read"):
        Words.load("en", [place], strict=True)


def test_a_catalogue_that_cannot_be_read_costs_its_own_words_alone(tmp_path, caplog):
    place = folder(tmp_path, "park", extra="this is no catalogue\n")
    good = folder(tmp_path, "good", ("全部", "all"))
    assert Words.load("en", [place, good])("全部") == "all"
    assert "park/locale/en.po: cannot be read" in caplog.text


def test_the_catalogues_that_come_with_the_product_are_whole_and_keep_their_names():
    files = [f / "en.po" for f in locale_folders(ROOT / "plugins") if (f / "en.po").exists()]
    assert ROOT / "commandcenter" / "locale" / "en.po" in files
    for file in files:
        for zh, en in read_catalogue(file).items():
            assert names(zh) == names(en), f"{file}: {zh}"


def names(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name}
