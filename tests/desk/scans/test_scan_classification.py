"""What a code is: patterns from the configuration, also when they clash, and what of it may be shown."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config import ScanPattern, Scans
from kiosk.config_returns import NumberPattern
from kiosk.desk.bags.codes import new_code
from kiosk.desk.receipts.numbers import NumberReader
from kiosk.desk.returns.codes import new_pickup_code, new_return_code
from kiosk.desk.scans import Classifier, ScannedKind
from kiosk.desk.scans.classify import masked

TICKET = new_code(random.Random(1))
RETURN, PICKUP = new_return_code(random.Random(3)), new_pickup_code(random.Random(4))
BADGE = "BADGE-0123456789AB"


def test_by_default_tickets_badges_and_goods_are_known() -> None:
    classifier = Classifier(Scans())
    assert classifier.kind(TICKET) is ScannedKind.TICKET
    assert classifier.kind(BADGE) is ScannedKind.BADGE
    assert classifier.kind("6901234567892") is ScannedKind.GOODS
    assert classifier.kind("https://example.com") is ScannedKind.UNKNOWN


def test_a_ticket_with_a_wrong_check_digit_is_unknown() -> None:
    wrong = TICKET[:-1] + str((int(TICKET[-1]) + 1) % 10)
    assert Classifier(Scans()).kind(wrong) is ScannedKind.UNKNOWN


def test_the_first_pattern_that_matches_wins() -> None:
    receipt, goods = ScanPattern("receipt", r"\d{13}"), ScanPattern("goods", r"\d{12,14}")
    assert Classifier(Scans(patterns=[receipt, goods])).kind("6901234567892") is ScannedKind.RECEIPT
    assert Classifier(Scans(patterns=[goods, receipt])).kind("6901234567892") is ScannedKind.GOODS


def test_a_pattern_must_match_the_whole_code() -> None:
    classifier = Classifier(Scans(patterns=[ScanPattern("receipt", r"R\d{4}|S\d{4}")]))
    assert classifier.kind("R1234") is ScannedKind.RECEIPT
    for text in ("xR1234", "R12345", "R1234\n"):
        assert classifier.kind(text) is ScannedKind.UNKNOWN


@pytest.mark.parametrize("wide", [r".*", r"\d+", r"8\d{13}|BADGE-.*"])
def test_a_pattern_that_is_too_wide_takes_neither_tickets_nor_badges(wide: str) -> None:
    classifier = Classifier(Scans(patterns=[ScanPattern("goods", wide)]))
    assert classifier.kind(TICKET) is ScannedKind.TICKET
    assert classifier.kind(BADGE) is ScannedKind.BADGE


def test_a_badge_pattern_that_is_too_wide_takes_no_tickets() -> None:
    classifier = Classifier(Scans(badge_regex=r".*"))
    assert classifier.kind(TICKET) is ScannedKind.TICKET
    assert classifier.kind("6901234567892") is ScannedKind.BADGE


def test_a_pattern_for_some_symbologies_does_not_match_others_nor_unknown_ones() -> None:
    classifier = Classifier(
        Scans(patterns=[ScanPattern("receipt", r"\d{13}", ["Code128", "itf"]), ScanPattern("goods", r"\d{13}", ["ean13"])])
    )
    assert classifier.kind("6901234567892", "code128") is ScannedKind.RECEIPT
    assert classifier.kind("6901234567892", "itf") is ScannedKind.RECEIPT
    assert classifier.kind("6901234567892", "ean13") is ScannedKind.GOODS
    assert classifier.kind("6901234567892", None) is ScannedKind.UNKNOWN


def numbers_of(*patterns: NumberPattern) -> Callable[[str, str | None], str | None]:
    def number_of(text: str, symbology: str | None) -> str | None:
        read = NumberReader(patterns).read(text, symbology)
        return read.number if read else None

    return number_of


def test_a_receipt_is_known_by_the_shapes_of_receipt_numbers() -> None:
    classifier = Classifier(Scans(), numbers_of(NumberPattern(r"S\d{3}-\d{8}-(?P<number>\d{6})"), NumberPattern(r"\d{13}")))
    assert classifier.kind("S001-20260310-004217") is ScannedKind.RECEIPT
    assert classifier.kind("S001-20260310-00421") is ScannedKind.UNKNOWN


def test_goods_stay_goods_whatever_the_shape_of_receipt_numbers() -> None:
    classifier = Classifier(Scans(), numbers_of(NumberPattern(r"\d{13}")))
    assert classifier.kind("6901234567892", "ean13") is ScannedKind.GOODS
    assert classifier.kind("6901234567892") is ScannedKind.GOODS, "the check digit of goods, and no symbology that says otherwise"
    assert classifier.kind("6901234567892", "code128") is ScannedKind.RECEIPT
    assert classifier.kind("6901234567893") is ScannedKind.RECEIPT, "goods never have this check digit"


@pytest.mark.parametrize(("code", "kind"), [(RETURN, ScannedKind.RETURN), (PICKUP, ScannedKind.PICKUP), (TICKET, ScannedKind.TICKET)])
def test_codes_of_the_desk_itself_are_never_receipts_nor_badges(code: str, kind: ScannedKind) -> None:
    wide = NumberPattern(r"\d+")
    assert Classifier(Scans(patterns=[ScanPattern("receipt", r".*")]), numbers_of(wide)).kind(code, "code128") is kind
    assert Classifier(Scans(badge_regex=r".*"), numbers_of(wide)).kind(code, "code128") is kind
    shown = masked(kind, code)
    assert (len(shown), shown[0], shown[-4:]) == (len(code), code[0], code[-4:])
    assert code[1:-4] not in shown


def test_nothing_of_a_badge_is_shown() -> None:
    assert masked(ScannedKind.BADGE, BADGE) == ""


def test_a_ticket_shows_its_last_four_digits() -> None:
    shown = masked(ScannedKind.TICKET, TICKET)
    assert shown.endswith(TICKET[-4:])
    assert TICKET[1:-4] not in shown


@given(st.text(max_size=200))
def test_an_unknown_code_shows_at_most_a_third_of_itself(text: str) -> None:
    shown = masked(ScannedKind.UNKNOWN, text)
    assert len(shown.strip("*")) * 3 <= len(text)
    assert len(shown) <= 8


def test_goods_are_shown_and_a_very_long_code_is_cut() -> None:
    assert masked(ScannedKind.GOODS, "6901234567892") == "6901234567892"
    assert len(masked(ScannedKind.RECEIPT, "R" * 1000)) == 40
