"""Text from people: nothing but characters gets through, lines fit the paper, and the encoding says what it lacks."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.drivers.escpos.text import Codec, clean, columns_of, shorten, wrap

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


def test_control_characters_of_every_kind_are_dropped() -> None:
    assert clean("张三\x1b@\x1dV\x00李四\x10\x14\x01\x00\x01\x7f\x85\x9b") == "张三@V李四"


def test_format_characters_that_could_turn_a_line_around_are_dropped() -> None:
    assert clean("38\u202e\u200b\ufeff号") == "38号"


def test_lone_surrogates_are_dropped() -> None:
    assert clean("a\ud800b") == "ab"


def test_line_ends_of_every_kind_become_one() -> None:
    assert clean("a\r\nb\rc\u2028d\te") == "a\nb\nc\nd e"


def test_the_yen_sign_becomes_the_one_that_double_byte_printers_have() -> None:
    assert Codec().encode(clean("¥5")) == b"\xa3\xa45"


def test_decomposed_characters_are_composed() -> None:
    assert clean("e\u0301") == "é"


@pytest.mark.parametrize(("text", "columns"), [("38", 2), ("存包", 4), ("“é”", 6), ("a\u0308\u0308", 1), ("", 0)])
def test_han_and_every_other_double_byte_character_take_two_columns(text: str, columns: int) -> None:
    assert columns_of(text) == columns


def test_long_han_text_is_cut_between_characters() -> None:
    assert wrap("存包凭证请妥善保管", 8) == ["存包凭证", "请妥善保", "管"]


def test_words_stay_whole_where_there_is_room() -> None:
    assert wrap("keep this ticket safe", 12) == ["keep this", "ticket safe"]


def test_a_word_longer_than_the_line_is_cut() -> None:
    assert wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_a_line_does_not_begin_with_a_full_stop() -> None:
    assert wrap("请保管好。谢谢", 8) == ["请保管", "好。谢谢"]


def test_a_character_with_two_columns_never_hangs_over_an_odd_line() -> None:
    assert wrap("a存包凭证", 6) == ["a存包", "凭证"]


def test_empty_lines_are_kept() -> None:
    assert wrap("a\n\nb", 10) == ["a", "", "b"]


def test_shortened_text_ends_with_an_ellipsis() -> None:
    assert shorten("生鲜区储物柜", 8) == "生鲜区…"


def test_text_that_fits_is_not_shortened() -> None:
    assert shorten("生鲜区", 6) == "生鲜区"


@given(ANY_TEXT, st.integers(2, 48))
def test_no_line_is_wider_than_the_paper(text: str, columns: int) -> None:
    assert all(columns_of(line) <= columns for line in wrap(clean(text), columns))


@given(ANY_TEXT, st.integers(2, 48))
def test_wrapping_loses_only_spaces(text: str, columns: int) -> None:
    cleaned = clean(text)
    marks = sum(unicodedata.category(char) in {"Mn", "Me"} for char in cleaned)
    kept = "".join(wrap(cleaned, columns)).replace(" ", "")
    expected = cleaned.replace(" ", "").replace("\n", "")
    assert kept == expected or (marks and len(kept) <= len(expected))


@given(ANY_TEXT, st.integers(0, 48))
def test_shortened_text_fits(text: str, columns: int) -> None:
    assert columns_of(shorten(clean(text).replace("\n", " "), columns)) <= columns


@pytest.mark.parametrize(
    ("encoding", "text", "encoded"),
    [
        ("gb18030", "存包凭证 38号：Ａ", "b4e6b0fcc6bed6a4 203338 bac5a3baa3c1"),
        ("gbk", "存包", "b4e6b0fc"),
        ("big5", "中文", "a4a4a4e5"),
        ("utf-8", "存包", "e5ad98e58c85"),
    ],
)
def test_each_encoding_gives_the_bytes_of_its_standard(encoding: str, text: str, encoded: str) -> None:
    assert Codec(encoding).encode(text) == bytes.fromhex(encoded.replace(" ", ""))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["㐀", "𠮷", "鿫", "😀", "\ue000", "नमस्ते"])
@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "big5", "utf-8"])
def test_characters_that_a_double_byte_printer_lacks_are_not_encoded(encoding: str, text: str) -> None:
    assert Codec(encoding).encode(f"客{text}") is None  # type: ignore[arg-type]


def test_a_printer_with_four_byte_codes_gets_them() -> None:
    assert Codec("gb18030", four_byte=True).encode("㐀") == b"\x81\x39\xee\x39"


def test_simplified_characters_are_not_in_big5() -> None:
    assert Codec("big5").encode("凭证") is None


def test_the_replacement_is_as_wide_as_the_character() -> None:
    assert Codec().replace("客😀x") == "客??x"
