"""A phone number is kept in one form, however it was typed, and what is none is refused without being repeated."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.desk.contacts.errors import WrongContact
from kiosk.desk.contacts.phone import national_digits, normalise_phone

MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
FULL_WIDTH = {ord(digit): chr(0xFF10 + number) for number, digit in enumerate("0123456789")}
SEPARATORS = st.sampled_from(["", " ", "-", "  ", "\u3000", "\u00a0", "\u200b", "."])


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13812345678", "+8613812345678"),
        ("138 1234 5678", "+8613812345678"),
        ("138-1234-5678", "+8613812345678"),
        ("+86 138 1234 5678", "+8613812345678"),
        ("（+86）138\u30001234\u30005678", "+8613812345678"),
        ("0086-13812345678", "+8613812345678"),
        ("8613812345678", "+8613812345678"),
        ("１３８１２３４５６７８", "+8613812345678"),
        ("＋８６１３８１２３４５６７８", "+8613812345678"),
        ("\u200e13812345678\u202c", "+8613812345678"),
        ("١٣٨١٢٣٤٥٦٧٨", "+8613812345678"),
        ("010-52345678", "+861052345678"),
        ("(010) 5234 5678", "+861052345678"),
        ("+86 010 5234 5678", "+861052345678"),
        ("021 52345678 转 801", "+862152345678;ext=801"),
        ("0571-85234567", "+8657185234567"),
        ("0912-3234567", "+869123234567"),
        ("400 812 3456", "+864008123456"),
        ("+852 6123 4567", "+85261234567"),
        ("00852 61234567", "+85261234567"),
        ("+44 (20) 7946 0958", "+442079460958"),
        ("+1 415 555 2671", "+14155552671"),
    ],
)
def test_a_number_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert normalise_phone(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "12345678901",
        "1381234567",
        "138123456789",
        "hello",
        "+",
        "+0123456789",
        "+123456",
        "+1234567890123456",
        "99",
        "010-12345678",
        "13812345678 or 13912345678",
        "138\x001234'5678",
        "<b>",
        "=1+1",
        "²³⁴",
        "1" * 5000,
        "+86 12345",
        "01012345",
    ],
)
def test_what_is_no_number_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(WrongContact) as refused:
        normalise_phone(typed, "contact.phone")
    assert [field.field for field in refused.value.fields] == ["contact.phone"]
    assert refused.value.fields[0].value is None
    assert len(typed) < 3 or typed not in str(refused.value)


def test_a_local_number_is_told_to_bring_its_area_code() -> None:
    with pytest.raises(WrongContact, match="area code"):
        normalise_phone("5234 5678")


@settings(max_examples=60, deadline=None)
@given(MOBILES, st.lists(SEPARATORS, min_size=11, max_size=11), st.sampled_from(["", "+86", "0086", "+86 "]), st.booleans())
def test_separators_prefixes_and_width_make_no_difference(mobile: str, separators: list[str], prefix: str, wide: bool) -> None:
    typed = prefix + "".join(digit + separator for digit, separator in zip(mobile, separators, strict=True)).rstrip()
    typed = typed.translate(FULL_WIDTH) if wide else typed
    if len(typed) <= 40:
        assert normalise_phone(typed) == f"+86{mobile}"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=45) | st.from_regex(r"\+?[0-9 \-()]{5,20}", fullmatch=True))
def test_whatever_is_typed_is_refused_or_has_a_form_that_stays(typed: str) -> None:
    try:
        kept = normalise_phone(typed)
    except WrongContact:
        return
    assert normalise_phone(kept) == kept
    assert normalise_phone(national_digits(kept) if kept.startswith("+86") else f"+{national_digits(kept)}") == kept.partition(";")[0]
