"""The number in a code: by the patterns of the configuration, however it was scanned or typed, and never in a code that is none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config_returns import NumberPattern
from kiosk.desk.receipts.numbers import NumberReader, canonical, check_digit_fits, ean_digit, is_goods_code
from tests.desk.receipts.number_corpus import ALL_PATTERNS, GOODS, OWN_CODES, SHAPES, TYPED, Shape

EVERYTHING = NumberReader([NumberPattern(r".+")])


def number(reader: NumberReader, code: str, symbology: str | None = None) -> str | None:
    read = reader.read(code, symbology)
    return read.number if read else None


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_each_shape_is_read_and_what_only_looks_alike_is_not(shape: Shape) -> None:
    reader = NumberReader([shape.pattern])
    for code, expected in shape.right.items():
        assert number(reader, code, "code128") == expected
    for code in shape.wrong:
        assert number(reader, code, "code128") is None, code


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_with_every_pattern_configured_at_once_each_code_still_gives_its_number(shape: Shape) -> None:
    reader = NumberReader(ALL_PATTERNS)
    for code, expected in shape.right.items():
        assert number(reader, code, "code128") == expected


def test_the_groups_of_a_pattern_tell_store_day_till_and_sequence() -> None:
    read = NumberReader([SHAPES[1].pattern]).read("S001-20260309-03-0042", "code128")
    assert read is not None
    assert (read.store, read.day, read.till, read.sequence) == ("S001", date(2026, 3, 9), "03", "0042")


def test_the_first_pattern_that_matches_wins() -> None:
    first, second = NumberPattern(r"(?P<number>\d{4})\d{4}"), NumberPattern(r"\d{8}")
    assert number(NumberReader([first, second]), "12345678", "code128") == "1234"
    assert number(NumberReader([second, first]), "12345678", "code128") == "12345678"


@pytest.mark.parametrize("symbology", ["code128", "qr", None])
def test_no_pattern_however_wide_reads_a_code_of_the_desk_itself(symbology: str | None) -> None:
    for code in OWN_CODES:
        assert number(EVERYTHING, code, symbology) is None


@pytest.mark.parametrize(("code", "symbology"), GOODS.items())
def test_what_goods_carry_is_no_receipt_unless_a_pattern_names_its_symbology(code: str, symbology: str) -> None:
    assert is_goods_code(code)
    assert number(EVERYTHING, code, symbology) is None
    assert number(NumberReader([NumberPattern(r".+", symbologies=[symbology.upper()])]), code, symbology) == code


def test_a_pattern_for_some_symbologies_reads_no_others_but_what_a_person_says_is_a_receipt() -> None:
    reader = NumberReader([NumberPattern(r"\d{13}", symbologies=["Code128"])])
    assert number(reader, "2603090300042", "code128") == "2603090300042"
    assert number(reader, "2603090300042", "itf") is None
    assert number(reader, "2603090300042") is None
    read = reader.read("2603090300042", any_symbology=True)
    assert read is not None
    assert read.number == "2603090300042"


@pytest.mark.parametrize(("printed", "ways"), TYPED.items())
def test_a_number_may_be_typed_as_people_type(printed: str, ways: list[str]) -> None:
    reader = NumberReader([SHAPES[0].pattern, SHAPES[1].pattern])
    for way in ways:
        assert number(reader, way) == printed, repr(way)


def test_a_scanned_code_is_taken_as_it_is() -> None:
    reader = NumberReader([SHAPES[0].pattern])
    assert number(reader, "2026 0309 0101 0000 0042", "code128") is None
    assert number(reader, " 20260309010100000042\n", "code128") == "20260309010100000042"


def test_a_code_that_is_longer_than_any_is_not_looked_at() -> None:
    assert number(EVERYTHING, "7" * 513, "qr") is None
    assert number(EVERYTHING, "", "qr") is None


@given(st.text(max_size=60))
def test_whatever_is_typed_gives_a_plain_number_or_none(text: str) -> None:
    read = EVERYTHING.read(text)
    if read is not None:
        assert read.number == canonical(read.number)
        assert read.number.isprintable()
        assert not any(char.isspace() for char in read.number)


@given(st.integers(min_value=0, max_value=10**17 - 1), st.integers(min_value=0, max_value=16), st.integers(min_value=1, max_value=9))
def test_a_wrong_digit_fails_the_check_digit(value: int, place: int, change: int) -> None:
    body = f"{value:017d}"
    right = body + ean_digit(body)
    assert check_digit_fits(right, "ean")
    wrong = right[:place] + str((int(right[place]) + change) % 10) + right[place + 1 :]
    assert not check_digit_fits(wrong, "ean")


@pytest.mark.parametrize("check", ["luhn", "ean", "mod97"])
@pytest.mark.parametrize("text", ["", "7", "12é45", "١٢٣٤", "12 45"])
def test_what_has_no_check_digit_fails_each_check(text: str, check: str) -> None:
    assert not check_digit_fits(text, check)  # type: ignore[arg-type]
