"""Which PINs are strong enough, and that the product's hash costs what it should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config import Security
from kiosk.desk.staff.errors import WeakPin
from kiosk.desk.staff.pins import PinHasher, check_strength

WEAK = [
    ("111111", "repeated"),
    ("000000", "repeated"),
    ("123456", "row"),
    ("654321", "row"),
    ("012345", "row"),
    ("567890", "row"),
    ("890123", "row"),
    ("098765", "row"),
    ("12345678", "row"),
    ("12345", "6 to 12 digits"),
    ("4829150000000", "6 to 12 digits"),
    ("48291a", "digits only"),
    ("482 915", "digits only"),
    ("-48291", "digits only"),
    ("４８２９１５", "digits only"),
    ("٤٨٢٩١٥", "digits only"),
    ("", "digits only"),
]


@pytest.mark.parametrize(("pin", "reason"), WEAK)
def test_a_weak_pin_is_refused_with_the_reason_but_without_the_pin(pin: str, reason: str) -> None:
    with pytest.raises(WeakPin, match=reason) as refused:
        check_strength(pin, Security())
    (wrong,) = refused.value.fields
    assert (wrong.field, wrong.value) == ("pin", None)
    assert not pin or pin not in f"{refused.value} {wrong} {refused.value.extra}"


@pytest.mark.parametrize("pin", ["482915", "112233", "135790", "123457", "482915730164"])
def test_other_pins_are_accepted(pin: str) -> None:
    check_strength(pin, Security())


def test_the_length_is_configured() -> None:
    check_strength("4829", Security(pin_min_length=4))
    with pytest.raises(WeakPin, match="8 to 12"):
        check_strength("4829157", Security(pin_min_length=8))


@given(st.text(max_size=20))
def test_whatever_is_typed_is_either_strong_or_named_weak(pin: str) -> None:
    try:
        check_strength(pin, Security())
    except WeakPin:
        return
    assert pin.isascii()
    assert pin.isdigit()
    assert 6 <= len(pin) <= 12
    assert len(set(pin)) > 1


def test_the_products_hash_is_argon2id_with_16_mib_and_3_passes() -> None:
    hasher = PinHasher()
    stored = hasher.hash("482915")
    assert stored.startswith("$argon2id$v=19$m=16384,t=3,p=1$")
    assert len(stored) <= 160
    assert hasher.matches(stored, "482915")
    assert not hasher.matches(stored, "482916")


def test_the_same_pin_is_stored_differently_each_time() -> None:
    hasher = PinHasher(passes=1, memory_kib=8, lanes=1)
    assert hasher.hash("482915") != hasher.hash("482915")


def test_a_damaged_hash_matches_nothing() -> None:
    hasher = PinHasher(passes=1, memory_kib=8, lanes=1)
    for damaged in ("", "argon", "$argon2id$v=19$m=8,t=1,p=1$AAAA$BBBB"):
        assert not hasher.matches(damaged, "482915")
