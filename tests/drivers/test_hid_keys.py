"""Keys become the characters that a person reads under the code: layouts, accents, Alt numbers, control characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.drivers.hid_keys import END, SPOILT, AltNumbers, KeyReader
from kiosk.drivers.hid_layouts import LAYOUTS, LayoutName
from tests.fakes.typing_scanner import ALT, ALT_GR, CAPS, CONTROL, ENTER, RIGHT_BRACE, SHIFT, SPACE, TAB, alt_keys, strokes, typable

# linux/input-event-codes.h, for what is written out here.
KEY = {name: code for code, name in enumerate("1234567890", 2)} | {"-": 12, "=": 13}
KEY |= dict(zip("QWERTYUIOP", range(16, 26), strict=True)) | {"[": 26}
KEY |= dict(zip("ASDFGHJKL", range(30, 39), strict=True)) | {";": 39, "'": 40, "`": 41, "\\": 43}
KEY |= dict(zip("ZXCVBNM", range(44, 51), strict=True)) | {",": 51, ".": 52, "/": 53, "102ND": 86}


def reader(layout: LayoutName = "us", *, dead_keys: bool = True, alt_numbers: AltNumbers = "gbk") -> KeyReader:
    return KeyReader(layout, dead_keys=dead_keys, alt_numbers=alt_numbers)


def strike(keys: KeyReader, *struck: int) -> str:
    """What comes of holding all but the last key, pressing that one, and letting all go."""
    text = "".join(keys.press(key) for key in struck)
    return text + "".join(keys.release(key) for key in reversed(struck))


def typed(keys: KeyReader, *struck: tuple[int, ...] | int) -> str:
    return "".join(strike(keys, *((one,) if isinstance(one, int) else one)) for one in struck)


@pytest.mark.parametrize(
    ("layout", "struck", "text"),
    [
        ("us", [KEY["Y"], KEY["Z"], KEY["1"], (SHIFT, KEY["2"]), KEY["-"], (SHIFT, KEY["A"])], "yz1@-A"),
        ("gb", [(SHIFT, KEY["2"]), (SHIFT, KEY["3"]), KEY["\\"], (SHIFT, KEY["'"]), KEY["102ND"]], '"£#@\\'),
        ("de", [KEY["Y"], KEY["Z"], KEY["-"], KEY["/"], (SHIFT, KEY["7"]), (ALT_GR, KEY["Q"]), KEY["["]], "zyß-/@ü"),
        ("de", [(ALT_GR, KEY["9"]), (SHIFT, KEY["Q"]), (ALT_GR, KEY["102ND"])], "]Q|"),
        ("fr", [(SHIFT, KEY["1"]), (SHIFT, KEY["0"]), KEY["1"], KEY["Q"], KEY["A"], KEY["W"], KEY[";"]], "10&aqzm"),
        ("fr", [(ALT_GR, KEY["0"]), (ALT_GR, KEY["9"]), KEY["8"]], "@^_"),
        ("it", [(ALT_GR, KEY["["]), (SHIFT, ALT_GR, KEY["["]), (SHIFT, KEY["7"])], "[{/"),
        ("es", [KEY["-"], (SHIFT, KEY["7"]), KEY[";"], (ALT_GR, KEY["2"])], "'/ñ@"),
    ],
)
def test_each_layout_reads_its_own_keys(layout: LayoutName, struck: list[tuple[int, ...] | int], text: str) -> None:
    assert typed(reader(layout), *struck) == text


@pytest.mark.parametrize("layout", LAYOUTS)
@given(data=st.data())
def test_whatever_is_typed_in_a_layout_comes_out_again(layout: LayoutName, data: st.DataObject) -> None:
    text = data.draw(st.text(st.sampled_from(typable(layout) + "\x1d"), max_size=20))
    assert typed(reader(layout), *strokes(text, layout)) == text


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 200)), max_size=60))
def test_no_order_of_keys_breaks_the_reader(events: list[tuple[bool, int]]) -> None:
    keys = reader("fr")
    for pressed, key in events:
        assert isinstance(keys.press(key) if pressed else keys.release(key), str)


def test_right_shift_is_shift_and_the_order_of_releases_does_not_matter() -> None:
    keys = reader()
    assert keys.press(54) + keys.press(KEY["A"]) == "A"
    assert keys.release(54) == ""
    assert keys.release(KEY["A"]) == ""
    assert strike(keys, KEY["A"]) == "a"


def test_caps_lock_changes_letters_and_nothing_else() -> None:
    keys = reader()
    assert typed(keys, CAPS, KEY["A"], KEY["1"], (SHIFT, KEY["B"]), CAPS, KEY["C"]) == "A1bc"
    assert typed(reader("fr"), CAPS, KEY["1"], (SHIFT, KEY["1"]), KEY["Q"]) == "&1A"


def test_caps_lock_is_forgotten_after_a_rest() -> None:
    keys = reader()
    assert typed(keys, CAPS, KEY["A"]) == "A"
    keys.rest()
    assert typed(keys, KEY["A"]) == "a"


@pytest.mark.parametrize("end", [ENTER, 96, TAB, (CONTROL, KEY["M"]), (CONTROL, KEY["J"])])
def test_enter_tab_and_their_control_characters_end_a_code(end: int | tuple[int, ...]) -> None:
    assert typed(reader(), KEY["1"], end) == "1" + END


@pytest.mark.parametrize("layout", LAYOUTS)
def test_gs_comes_as_ctrl_with_the_bracket_of_a_us_keyboard(layout: LayoutName) -> None:
    assert strike(reader(layout), CONTROL, RIGHT_BRACE) == "\x1d"


def test_gs_comes_as_ctrl_with_the_bracket_of_its_own_keyboard_as_well() -> None:
    assert strike(reader("de"), CONTROL, KEY["9"]) == "\x1d"


def test_the_keypad_gives_digits_and_signs() -> None:
    assert typed(reader(), *alt_keys("0123456789"), 55, 74, 78, 98, 83) == "0123456789*-+/."
    assert strike(reader("de"), 83) == ","


@pytest.mark.parametrize(
    ("number", "char"),
    [
        ("65", "A"),
        ("0065", "A"),
        ("029", "\x1d"),
        ("013", "\r"),
        ("225", "ß"),  # cp437
        ("0223", "ß"),  # cp1252
        ("0128", "€"),
        ("0129", "\x81"),
        ("54992", "中"),  # D6 D0 of GBK
    ],
)
def test_an_alt_number_is_a_character_of_the_set_that_it_was_typed_for(number: str, char: str) -> None:
    assert strike(reader(), ALT, *alt_keys(number)) == char


def test_alt_numbers_may_be_unicode() -> None:
    keys = reader(alt_numbers="unicode")
    assert strike(keys, ALT, *alt_keys("20013")) == "中"
    assert strike(keys, ALT, *alt_keys("55296")) == SPOILT, "half a character"


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12))
def test_whatever_is_typed_by_alt_numbers_comes_out_again(text: str) -> None:
    keys = reader("de")
    assert "".join(strike(keys, ALT, *alt_keys(f"{ord(char):04}")) for char in text) == text


def test_an_alt_number_that_is_none_spoils_the_code() -> None:
    assert strike(reader(), ALT, *alt_keys("99999999999999")) == SPOILT


def test_a_shortcut_types_nothing() -> None:
    keys = reader()
    assert strike(keys, ALT, KEY["A"]) == ""
    assert strike(keys, 125, KEY["A"]) == ""
    assert strike(keys, CONTROL, KEY["1"]) == ""
    assert strike(keys, KEY["A"]) == "a", "and nothing of it stays behind"


def test_alt_on_the_right_is_alt_where_the_keyboard_has_no_alt_gr() -> None:
    assert strike(reader("us"), ALT_GR, *alt_keys("65")) == "A"


def test_ctrl_with_alt_is_alt_gr() -> None:
    assert strike(reader("de"), CONTROL, ALT, KEY["Q"]) == "@"


@pytest.mark.parametrize(
    ("struck", "text"),
    [
        ([KEY["`"], KEY["E"]], "ê"),
        ([KEY["`"], SPACE], "^"),
        ([KEY["`"], KEY["1"]], "^1"),
        ([KEY["`"], KEY["`"]], "^^"),
        ([KEY["="], (SHIFT, KEY["E"])], "É"),
        ([KEY["`"], ENTER], "^" + END),
    ],
)
def test_an_accent_waits_for_the_next_key(struck: list[tuple[int, ...] | int], text: str) -> None:
    assert typed(reader("de"), *struck) == text


def test_an_accent_does_not_wait_for_a_scanner_that_sends_no_space() -> None:
    assert typed(reader("de", dead_keys=False), KEY["`"], KEY["E"]) == "^e"


def test_keys_that_were_down_at_the_beginning_type_nothing_until_they_are_pressed_anew() -> None:
    keys = reader()
    keys.reset(held=[SHIFT, KEY["A"]])
    assert strike(keys, KEY["B"]) == "b", "the held Shift is not the scanner's"
    assert keys.release(KEY["A"]) == ""
    assert keys.release(SHIFT) == ""
    assert strike(keys, SHIFT, KEY["A"]) == "A"


@pytest.mark.parametrize("key", [1, 14, 111])
def test_keys_that_no_code_holds_spoil_it(key: int) -> None:
    assert strike(reader(), key) in ("\x1b", "\x08", "\x7f")


def test_keys_without_a_character_are_passed_over() -> None:
    assert typed(reader(), 59, 103, 69, 113, 183) == ""
