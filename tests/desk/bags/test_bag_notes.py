"""Text from people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.desk.bags.errors import WrongInput
from kiosk.desk.bags.notes import clean, refuse_id_number
from kiosk.i18n import Message


def test_control_bytes_are_dropped_and_lines_joined() -> None:
    assert clean(" red\x00 \x1b@bag\r\n\x1d\x56\x00two\u202e ", "note", 50) == "red @bag Vtwo"


def test_emoji_rare_characters_and_joined_emoji_are_kept() -> None:
    text = "🧳 𠮷野家 👩‍👧 龘"

    assert clean(text, "note", 50) == text


def test_text_is_composed() -> None:
    assert clean("Cafe\u0301", "note", 50) == "Café"


def test_a_lone_surrogate_is_no_text() -> None:
    assert clean("a\ud800b", "note", 50) == "ab"


def test_a_note_of_ten_thousand_characters_names_field_length_and_limit() -> None:
    with pytest.raises(WrongInput) as refusal:
        clean("包" * 10_000, "note", 200)

    assert str(refusal.value) == "note has 10000 characters; at most 200 are possible"
    (field,) = refusal.value.fields
    assert field.field == "note"
    assert len(str(field.value)) < 100


@pytest.mark.parametrize("text", ["", "  \x00\n "])
def test_a_required_text_must_say_something(text: str) -> None:
    with pytest.raises(WrongInput, match="must not be empty"):
        clean(text, "reason", 50, required=True)


def test_only_text_is_text() -> None:
    with pytest.raises(WrongInput, match="must be a text"):
        clean(7, "note", 50)


@given(st.text(max_size=300))
def test_cleaned_text_can_be_stored_and_is_stable(text: str) -> None:
    cleaned = clean(text, "note", 2000)

    cleaned.encode()
    assert clean(cleaned, "note", 2000) == cleaned
    assert all(char >= " " and char != "\x7f" for char in cleaned)


@pytest.mark.parametrize(
    "text",
    [
        "110101199003078515",
        "id 11010119900307851X please",
        "110101 19900307 851x",
        "１１０１０１１９９００３０７８５１５",
        "110101900307851",
        "passport E12345678",
        "EA1234567",
        "证件号110101-19900307-8515",
    ],
)
def test_what_looks_like_a_document_number_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(WrongInput, match="note only the kind of document") as refusal:
        refuse_id_number(text, "description")

    assert "851" not in str(refusal.value)
    assert refusal.value.fields[0].value is None


@pytest.mark.parametrize(
    "text", ["red suitcase, 2 shirts", "call 13800138000", "receipt 20260310 0042", "bag A12, size 45x30", "iPhone 15"]
)
def test_other_numbers_are_fine(text: str) -> None:
    refuse_id_number(text, "description")


@pytest.mark.parametrize("field", ["note", "slot", "reason", "description", "contents", "document"])
def test_a_field_is_named_in_the_readers_language_and_for_programs_by_its_own_name(field: str) -> None:
    for wrong in ("", "x" * 11, None):
        with pytest.raises(WrongInput, match=field) as refusal:
            clean(wrong, field, 10, required=True)
        assert refusal.value.fields[0].field == field
        assert isinstance(refusal.value.detail.params["field"], Message), "it can be translated"
