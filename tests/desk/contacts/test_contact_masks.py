"""A mask shows what the rule allows and never more."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.desk.contacts.masks import mask_email, mask_name, mask_phone, without_personal_data

MAINLAND = st.from_regex(r"\+861[3-9][0-9]{9}", fullmatch=True)
ABROAD = st.from_regex(r"\+[1-9][0-9]{6,14}(;ext=[0-9]{1,6})?", fullmatch=True)


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+8613812345678", "138****5678"),
        ("+861052345678", "010****5678"),
        ("+862152345678;ext=801", "021****5678"),
        ("+864008123456", "400****456"),
        ("+85261234567", "852****4567"),
        ("+6761234", "676****"),
        ("", ""),
    ],
)
def test_a_phone_number_shows_its_ends(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [("王小明", "王**"), ("欧阳娜娜", "欧**"), ("Jane Roe", "J***"), ("  Li", "L***"), ("", ""), (" ", ""), ("E\u0301lise", "É***")],
)
def test_a_name_shows_its_first_character(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("email", "shown"),
    [("jane@example.com", "j***@example.com"), ("j@example.com", "j***@example.com"), ("", ""), ("odd", "")],
)
def test_an_address_shows_its_first_character_and_domain(email: str, shown: str) -> None:
    assert mask_email(email) == shown


@settings(max_examples=100, deadline=None)
@given(MAINLAND | ABROAD)
def test_at_least_four_digits_of_a_number_stay_hidden(phone: str) -> None:
    digits = re.sub(r"\D", "", phone.partition(";")[0].removeprefix("+86") if phone.startswith("+86") else phone.partition(";")[0])
    head, _, tail = mask_phone(phone).partition("****")
    assert len(head) == 3
    assert len(tail) <= 4
    assert len(digits) + 1 >= len(head) + len(tail) + 4  # a landline's own 0 is shown, and is no secret
    assert digits.endswith(tail)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_a_name_never_shows_more_than_one_character_and_not_how_long_it_is(name: str) -> None:
    shown = mask_name(name)
    assert shown == "" or (shown[1:] in ("**", "***") and len(shown[:1]) == 1)


@settings(max_examples=60, deadline=None)
@given(st.from_regex(r"[a-z.]{1,30}", fullmatch=True), st.from_regex(r"[a-z]{1,10}\.[a-z]{2,3}", fullmatch=True))
def test_all_addresses_with_one_beginning_look_alike(local: str, domain: str) -> None:
    assert mask_email(f"{local}@{domain}") == f"{local[0]}***@{domain}"


@pytest.mark.parametrize(
    "text",
    [
        "calls 138 1234 5678 back",
        "calls +86-13812345678",
        "writes to li.hua@example.com",
        "李华 asked",
        "LI.HUA@EXAMPLE.COM",
        "１３８１２３４５６７８",
    ],
)
def test_a_text_for_the_trail_keeps_no_number_address_or_name(text: str) -> None:
    cleaned = without_personal_data(text, "李华", "+8613812345678", "li.hua@example.com")
    assert "****" in cleaned
    for secret in ("5678", "1234", "hua", "HUA", "李华"):
        assert secret not in cleaned


def test_an_ordinary_reason_is_left_as_it_is() -> None:
    assert without_personal_data("Calls back about case K2611250007 of 25 Nov", "王") == "Calls back about case K2611250007 of 25 Nov"
