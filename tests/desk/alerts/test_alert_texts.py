"""What a message says: in the channel's language, on lines of its own, within the bytes that the channel takes."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.channels.dingtalk import escaped
from kiosk.desk.alerts.compose import Origin, Queued, compose, one_line
from kiosk.desk.alerts.texts import cut, fit, size
from kiosk.i18n import Message, Speaker, msg

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 3, 10, 6, 5, tzinfo=UTC)
ORIGIN = Origin("S001", "超市", "", "desk-1", "https://desk.example/")
TEXTS = st.text(st.sampled_from("aB*_#[]()<>&\\! 退货老板é👩‍🍳👍🏽\u200d"), max_size=60)


def queued(number: int = 1, severity: str = "high", title: Message | None = None, *lines: Message) -> Queued:
    return Queued(number, "case.opened", severity, title or msg("Case %(n)s", n=number), lines, "/desk/cases/1", AT)


def say(message: Message, _language: str) -> str:
    return str(message)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, limit=st.integers(0, 120))
def test_a_cut_text_fits_and_is_the_beginning_of_the_whole(text: str, limit: int) -> None:
    for escape in (str, escaped):
        found = cut(text, limit, escape)
        assert size(found) <= limit
        if found != escape(text):
            kept = found.removesuffix("…")
            assert found == "" or (found.endswith("…") and escape(text).startswith(kept))
            assert not re.search(r"(?<!\\)(\\\\)*\\$", kept)  # never half an escape
            # Not cut within what people see as one character.
            assert not kept.endswith("\u200d") or escape is escaped


@settings(max_examples=150, deadline=None)
@given(title=TEXTS, lines=st.lists(TEXTS, max_size=12), limit=st.integers(60, 600))
def test_a_message_fits_and_says_how_many_lines_are_missing(title: str, lines: list[str], limit: int) -> None:
    text = fit(title, lines, "https://d/1", "and %(count)s more", limit)
    assert size(text) <= limit
    assert text.endswith("\nhttps://d/1")
    told = text.removesuffix("\nhttps://d/1").split("\n")
    if told[1:] != lines:
        missing = re.fullmatch(r"and (\d+) more", told[-1])
        if missing:
            assert told[1:-1] == lines[: len(told) - 2]
            assert int(missing[1]) == len(lines) - (len(told) - 2)
        else:  # there was room for a part of the last line alone, or not even for that note
            assert all(whole == line for whole, line in zip(told[1:-1], lines, strict=False))


@pytest.mark.parametrize("limit", [2048, 5000])
@settings(max_examples=25, deadline=None)
@given(count=st.integers(2, 200))
def test_a_digest_of_any_length_fits_and_names_the_most_severe_first(limit: int, count: int) -> None:
    entries = [queued(1, "critical", msg("着火了"))] + [queued(n, "low", msg("收到一条投诉，编号 %(n)s", n=n)) for n in range(2, count + 1)]
    message = compose(entries, ORIGIN, "zh", say)
    text = fit(message.title, message.lines, message.link or "", message.more, limit)
    assert size(text) <= limit
    first, source, worst, *_rest = text.split("\n")
    assert first == f"{count} messages, the most severe one is critical"
    assert source == "超市, desk-1, 2026-03-10 06:05:00+00:00"
    assert worst == "[critical] 着火了"
    assert text.endswith("https://desk.example/manage/alerts")


def test_a_text_cannot_add_lines_or_turn_the_reading_direction() -> None:
    assert one_line("a\nb\r\n\tc\u202ed\u2028e\x00f") == "a b c d e f"
    message = compose([queued(1, "high", msg("%(t)s", t="x\n[critical] fire"))], ORIGIN, "zh", say)
    assert message.title == "[high] x [critical] fire"


def test_a_single_message_has_its_lines_its_link_and_where_it_comes_from() -> None:
    message = compose([queued(7, "high", None, msg("Department: %(d)s", d="生鲜"))], ORIGIN, "en", Speaker(SHANGHAI).say)
    assert message.id == "S001-7"
    assert message.lines == ("Department: 生鲜", "超市, desk-1, 2026-03-10 14:05")
    assert message.link == "https://desk.example/desk/cases/1"


def test_a_digest_of_the_same_messages_has_the_same_id() -> None:
    assert compose([queued(3), queued(1)], ORIGIN, "en", say).id == compose([queued(1), queued(3)], ORIGIN, "en", say).id == "S001-1-3-2"


def test_without_an_address_there_is_no_link() -> None:
    assert compose([queued()], Origin("S001", "超市", "", "desk-1", ""), "zh", say).link is None


def test_a_speaker_uses_the_catalogue_of_the_language_and_the_time_of_the_store(tmp_path: Path) -> None:
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    folder = tmp_path / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = Catalog(locale="zh")
    catalogue.add("Case %(n)s: %(state)s, %(at)s", "案件%(n)s：%(state)s，%(at)s")
    catalogue.add("open", "未办")
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    speaker = Speaker(SHANGHAI, tmp_path)
    message = msg("Case %(n)s: %(state)s, %(at)s", n=3, state=msg("open"), at=AT)
    assert speaker.say(message, "zh") == "案件3：未办，2026-03-10 14:05"
    assert speaker.say(message, "en") == "Case 3: open, 2026-03-10 14:05"
    assert speaker.say(msg("%(day)s", day=AT.date()), "zh") == "2026-03-10"
    assert speaker.say(Message(""), "zh") == ""
