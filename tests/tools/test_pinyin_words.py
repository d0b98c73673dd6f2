"""The keyboard's dictionary: what is in it, in which order, and that it is the same each time."""

import re
import time
from pathlib import Path

import pytest

from tools import pinyin_words

CORPUS = [
    ("退货", 34, "v"),
    ("退伙", 900, "v"),
    ("银行", 5000, "n"),
    ("行业", 4000, "n"),
    ("进行", 9000, "v"),
    ("行", 12000, "v"),
    ("退", 300, "v"),
    ("货", 300, "n"),
    ("谢谢", 1089, "nr"),
    ("董庞儿", 106, "nr"),
    ("B超", 3000, "n"),
    ("龘龘", 3000, "n"),
    ("绿色", 2000, "n"),
    ("世界市场经济", 900, "n"),
]


def made(corpus: list[tuple[str, int, str]], own: str = "") -> dict[str, str]:
    entries = pinyin_words.collect(corpus, pinyin_words.shop_words(own))
    return dict(line.split(" ", 1) for line in "".join(pinyin_words.lines(entries)).splitlines())


def offered(line: str, reading: str) -> list[str]:
    """The words of *reading* in *line*, in order."""
    groups = dict(re.findall(r"([a-z']+)([^a-z']+)", line))
    return re.findall(r"[^0-9A-Z]+", groups.get(reading, ""))


def test_words_stand_under_the_first_letters_of_their_syllables_most_common_first() -> None:
    assert offered(made([*CORPUS, ("推货", 950, "v")])["th"], "tui'huo") == ["推货", "退伙"]


def test_a_word_of_the_shop_goes_before_those_of_the_news() -> None:
    assert offered(made(CORPUS, "退货\n")["th"], "tui'huo") == ["退货", "退伙"]


def test_the_shops_list_takes_remarks_and_readings() -> None:
    words = made(CORPUS, "# remark\n\n长款 chang kuan   # not zhang\n")
    assert offered(words["ck"], "chang'kuan") == ["长款"]


def test_a_character_has_the_readings_that_its_words_have() -> None:
    words = made(CORPUS)
    assert "行" in offered(words["h"], "hang")
    assert "行" in offered(words["x"], "xing")
    assert "行" not in offered(words["h"], "heng")
    assert re.search("yin'hang银行", words["yh"])


def test_a_character_without_words_has_its_usual_reading() -> None:
    assert "鼎" in offered(made(CORPUS)["d"], "ding")


def test_the_sound_that_has_no_letter_is_typed_as_v() -> None:
    assert offered(made(CORPUS)["ls"], "lv'se") == ["绿色"]


@pytest.mark.parametrize("word", ["董庞儿", "B超", "龘龘", "世界市场经济"])
def test_rare_names_other_scripts_rare_characters_and_long_phrases_are_left_out(word: str) -> None:
    assert not any(word in line for line in made(CORPUS).values())


def test_an_everyday_word_that_is_tagged_as_a_name_stays() -> None:
    assert offered(made(CORPUS)["xx"], "xie'xie") == ["谢谢"]


def test_the_dictionary_is_complete_small_quickly_made_and_the_same_each_time(tmp_path: Path) -> None:
    begin = time.monotonic()
    count = pinyin_words.main(tmp_path / "one")
    seconds = time.monotonic() - begin
    pinyin_words.main(tmp_path / "two")
    text = (tmp_path / "one" / "words.txt").read_bytes()
    assert text == (tmp_path / "two" / "words.txt").read_bytes()
    assert 30_000 < count < 50_000
    assert len(text) < 650_000
    assert seconds < 10
    lines = dict(line.split(" ", 1) for line in text.decode().splitlines())
    assert offered(lines["th"], "tui'huo")[0] == "退货"
    assert offered(lines["fwt"], "fu'wu'tai")[0] == "服务台"
    for word in pinyin_words.shop_words(pinyin_words.SHOP_WORDS.read_text(encoding="utf-8")):
        assert any(word[0] in line for line in lines.values()), word
    assert {path.name for path in (tmp_path / "one").iterdir()} == {"words.txt", "LICENSE.jieba", "LICENSE.pypinyin"}
