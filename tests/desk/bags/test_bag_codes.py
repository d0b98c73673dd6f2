"""Ticket codes, as text."""

import random

from hypothesis import given
from hypothesis import strategies as st

from kiosk.desk.bags.codes import grouped, is_ticket_code, luhn_digit, mask, new_code, normalise

codes = st.integers(0, 2**32).map(lambda seed: new_code(random.Random(seed)))


def test_the_check_digit_is_luhns() -> None:
    assert luhn_digit("7992739871") == "3"  # the example of the standard's common descriptions


@given(codes)
def test_a_new_code_is_fourteen_digits_that_begin_with_eight(code: str) -> None:
    assert is_ticket_code(code)
    assert len(code) == 14
    assert code.startswith("8")


@given(codes, st.integers(0, 13), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(code: str, place: int, shift: int) -> None:
    wrong = code[:place] + str((int(code[place]) + shift) % 10) + code[place + 1 :]

    assert not is_ticket_code(wrong)


@given(st.text(max_size=20))
def test_no_other_text_is_a_ticket_code(text: str) -> None:
    assert not is_ticket_code(text) or (len(text) == 14 and text.isascii())


def test_digits_of_other_scripts_are_no_ticket_code() -> None:
    code = new_code(random.Random(1))
    arabic = "".join(chr(0x0660 + int(digit)) for digit in code)

    assert not is_ticket_code(arabic)
    assert not is_ticket_code(code + "\n")


@given(codes)
def test_what_is_typed_in_groups_or_full_width_is_the_same_code(code: str) -> None:
    full_width = "".join(chr(0xFF10 + int(digit)) for digit in code)

    assert normalise(grouped(code)) == normalise(full_width) == normalise(f" {code[:4]}-{code[4:]}\r\n") == code


@given(codes)
def test_a_mask_keeps_the_length_and_the_last_four_digits_alone(code: str) -> None:
    masked = mask(code)

    assert len(masked) == 14
    assert masked == "8" + "*" * 9 + code[-4:]


def test_a_mask_hides_other_texts_too() -> None:
    assert mask("BADGE-ABCDEFGHJKLM") == "*" * 14 + "JKLM"
    assert mask("1234567") == "*" * 7
    assert mask("") == ""
