"""What the bytes of one code mean: text, symbology, or noise."""

import pytest

from kiosk.devices.scanner import RawScan
from kiosk.drivers.scanner_text import parse


@pytest.mark.parametrize(
    ("identifier", "symbology"),
    [
        ("]C0", "code128"),
        ("]C1", "gs1-128"),
        ("]E0", "ean13"),
        ("]E4", "ean8"),
        ("]Q1", "qr"),
        ("]I0", "itf"),
        ("]A0", "code39"),
        ("]d1", "datamatrix"),
        ("]d2", "gs1-datamatrix"),
        ("]y9", "other"),
    ],
)
def test_each_aim_identifier_has_its_name(identifier: str, symbology: str) -> None:
    assert parse(identifier.encode() + b"12345", aim_prefix=True) == RawScan("12345", symbology)


def test_without_the_option_a_bracket_is_part_of_the_code() -> None:
    assert parse(b"]C012345", aim_prefix=False) == RawScan("]C012345")
    assert parse(b"12345", aim_prefix=True) == RawScan("12345")


def test_a_qr_code_may_be_utf_8_or_gb18030() -> None:
    for encoding in ("utf-8", "gb18030"):
        assert parse(b"]Q1" + "会员卡：张三".encode(encoding), aim_prefix=True) == RawScan("会员卡：张三", "qr")
        assert parse("会员卡：张三".encode(encoding), aim_prefix=False) == RawScan("会员卡：张三")


def test_bytes_above_ascii_in_a_linear_code_are_noise() -> None:
    assert parse(b"]C0" + "会员".encode(), aim_prefix=True) is None


def test_the_group_separator_of_gs1_is_kept() -> None:
    assert parse(b"]C1010690123456789210A\x1d17301231", aim_prefix=True) == RawScan("010690123456789210A\x1d17301231", "gs1-128")
