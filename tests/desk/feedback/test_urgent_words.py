"""Urgent words: the store's own list, found in Chinese and English, told at once."""

import pytest

from kiosk.desk.feedback import words
from kiosk.desk.feedback.defaults import URGENT_WORDS
from kiosk.desk.feedback.errors import WrongFeedback
from kiosk.desk.feedback.views import Complaint
from kiosk.errors import Denied
from tests.desk.feedback.feedback_world import CHEN, ZHAO, FeedbackWorld


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("收银台后面着火了", ["着火"]),
        ("着 火 了！", ["着火"]),
        ("着-火", ["着火"]),
        ("孩子摔倒了，流血", ["摔倒", "流血", "孩子"]),
        ("There is a FIRE!", ["fire"]),
        ("ＦＩＲＥ", ["fire"]),
        ("fire", ["fire"]),
        ("f i r e", ["fire"]),
        ("F.I.R.E!", ["fire"]),
        ("fi\u200bre", ["fire"]),
        ("fi\u00adre", ["fire"]),
        ("着\u200b火", ["着火"]),
        ("着⽕", ["着火"]),
        ("g a s - l e a k", ["gas leak"]),
        ("gas-leak near the door", ["gas leak"]),
        ("my Child fell", ["fell", "child"]),
        ("milk was spoiled.", ["spoiled"]),
        ("着火fire", ["fire", "着火"]),
        ("牛奶过期了", ["过期"]),
        ("有人偷东西", ["偷东西"]),
        ("食物中毒", ["食物中毒", "中毒"]),
    ],
)
def test_urgent_words_are_found(text: str, found: list[str]) -> None:
    assert sorted(words.found(text, URGENT_WORDS)) == sorted(found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "the fireplace and the fireworks",
        "misfired",
        "firé",
        "if I re-read it",
        "kidney beans",
        "childish prices",
        "unhurtful",
        "mouldings",
        "火锅和火腿很好吃",
        "fellow shoppers",
        "smokey bacon",
        "grandchild9",
    ],
)
def test_parts_of_harmless_words_are_not_urgent(text: str) -> None:
    assert words.found(text, URGENT_WORDS) == []


def test_a_word_of_both_scripts_is_found_without_its_spaces() -> None:
    assert words.found("我的iPad 着火", ["iPad着火"]) == ["iPad着火"]


def test_a_store_has_the_products_words_until_it_has_its_own(world: FeedbackWorld) -> None:
    assert world.read(world.feedback.words) == list(URGENT_WORDS)
    kept = world.write(lambda session: world.feedback.set_words(session, ZHAO, [" 停电 ", "停电", "Power cut", "power  cut"]))
    assert kept == world.read(world.feedback.words) == ["停电", "Power cut"]
    world.write(world.feedback.ensure_defaults)
    assert world.read(world.feedback.words) == kept


def test_an_emptied_list_stays_empty(kiosk: FeedbackWorld) -> None:
    kiosk.write(lambda session: kiosk.feedback.set_words(session, ZHAO, []))
    kiosk.write(kiosk.feedback.ensure_defaults)
    kiosk.press(1, comment="fire")
    assert kiosk.alerts("feedback.urgent") == []


@pytest.mark.parametrize("word", ["", "!!!", " \x00", "x" * 41])
def test_a_word_that_cannot_be_found_is_refused_by_its_place(kiosk: FeedbackWorld, word: str) -> None:
    with pytest.raises(WrongFeedback) as refused:
        kiosk.write(lambda session: kiosk.feedback.set_words(session, ZHAO, ["fire", word]))
    assert refused.value.fields[0].field == "words[1]"


def test_only_a_manager_edits_the_words(kiosk: FeedbackWorld) -> None:
    with pytest.raises(Denied):
        kiosk.write(lambda session: kiosk.feedback.set_words(session, CHEN, ["fire"]))


# -- told at once


def test_an_urgent_word_in_a_comment_is_told_without_the_comment(world: FeedbackWorld) -> None:
    pressed = world.press(1, comment="我在三楼，孩子走失了 13812345678")
    [title] = world.alerts("feedback.urgent")
    assert "孩子" in title
    assert "走失" in title
    assert "13812345678" not in title
    assert world.get(pressed.id).urgent == ["孩子", "走失"] or set(world.get(pressed.id).urgent) == {"孩子", "走失"}


def test_an_urgent_word_is_told_once_for_a_press_and_a_new_one_again(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(1, comment="smoke")
    kiosk.press(1, key=pressed.key, comment="smoke")
    kiosk.follow_up(pressed.key, comment="smoke!")
    assert len(kiosk.alerts("feedback.urgent")) == 1
    kiosk.follow_up(pressed.key, comment="smoke and fire")
    assert len(kiosk.alerts("feedback.urgent")) == 2
    assert kiosk.get(pressed.id).urgent == ["smoke", "fire"]


def test_an_urgent_word_of_a_complaint_is_told_too(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(1)
    kiosk.follow_up(pressed.key, complaint=Complaint(content="有人受伤"))
    assert len(kiosk.alerts("feedback.urgent")) == 1


def test_an_urgent_word_of_a_flagged_press_is_told_all_the_same(kiosk: FeedbackWorld) -> None:
    kiosk.press()
    assert not kiosk.press(1, after_s=1, comment="fire").counted
    assert len(kiosk.alerts("feedback.urgent")) == 1
