"""Receipt numbers in the shapes in which points of sale print them, with the patterns that read them, and what none may read."""

import random
from dataclasses import dataclass, field

from kiosk.config_returns import NumberPattern
from kiosk.desk.bags.codes import new_code as new_ticket
from kiosk.desk.cases.codes import new_code as new_case_code
from kiosk.desk.returns.codes import new_pickup_code, new_repair_code, new_return_code


@dataclass(frozen=True)
class Shape:
    """One shape: *right* are codes with the number that is in each, *wrong* codes that look alike and are none."""

    name: str
    pattern: NumberPattern
    right: dict[str, str]
    wrong: list[str] = field(default_factory=list)


SHAPES = [
    Shape(
        "twenty plain digits",
        NumberPattern(r"\d{20}"),
        {"20260309010100000042": "20260309010100000042", "00000000000000000001": "00000000000000000001"},
        ["2026030901010000004", "202603090101000000421", "2026030901010000004X"],
    ),
    Shape(
        "store, date, till and sequence with hyphens",
        NumberPattern(r"(?P<store>S\d{3})-(?P<date>\d{8})-(?P<till>\d{2})-(?P<sequence>\d{4})"),
        {"S001-20260309-03-0042": "S001-20260309-03-0042"},
        ["S001-20261309-03-0042", "S001-20260230-03-0042", "S001-20260309-3-0042", "T001-20260309-03-0042"],
    ),
    Shape(
        "store, date, till and sequence run together",
        NumberPattern(r"(?P<store>\d{4})(?P<date>\d{6})(?P<till>\d{3})(?P<sequence>\d{5})", date_format="%y%m%d"),
        {"880126030900300042": "880126030900300042"},
        ["880126130900300042", "88012603090030004"],
    ),
    Shape(
        "letters in front",
        NumberPattern(r"POS(?P<till>\d{2})[A-Z](?P<sequence>\d{7})"),
        {"POS03K0004217": "POS03K0004217"},
        ["POS3K0004217", "PAS03K0004217", "POS03K00042170"],
    ),
    Shape(
        "a mark before the number that is not part of it",
        NumberPattern(r"\*(?P<number>\d{12})\*"),
        {"*260309000423*": "260309000423"},
        ["260309000423", "*26030900042*"],
    ),
    Shape(
        "Luhn's check digit",
        NumberPattern(r"\d{19}", check="luhn"),
        {"2026030901010004212": "2026030901010004212"},
        ["2026030901010004213", "2026030901010002412"],
    ),
    Shape(
        "the check digit of goods, in a length that goods do not have",
        NumberPattern(r"9\d{17}", check="ean"),
        {"926030901010004214": "926030901010004214"},
        ["926030901010004218"],
    ),
    Shape(
        "two check digits of MOD 97-10, with letters",
        NumberPattern(r"[A-Z]{2}\d{12}", check="mod97"),
        {"SH260309004249": "SH260309004249"},
        ["SH260309004248", "HS260309004249"],
    ),
    Shape(
        "a QR code with an address and the number in its query",
        NumberPattern(r"https://e\.example\.cn/r\?(?:[^#]*&)?no=(?P<number>[0-9A-Z%-]+)(?:&[^#]*)?(?:#.*)?"),
        {
            "https://e.example.cn/r?no=S001-0042": "S001-0042",
            "https://e.example.cn/r?s=001&no=S001-0042&t=1773021600": "S001-0042",
            "https://e.example.cn/r?no=S001%2D0042#top": "S001-0042",
        },
        [
            "https://e.example.cn/r?nr=S001-0042",
            "https://e.example.cn.evil.example/r?no=S001-0042",
            "http://e.example.cn/r?no=S001-0042",
            "https://e.example.cn/r?no=",
        ],
    ),
    Shape(
        "a QR code with an address and the number in its path",
        NumberPattern(r"HTTPS?://Q\.EXAMPLE/(?P<store>\d{3})/(?P<number>\d{10})"),
        {"HTTPS://Q.EXAMPLE/001/2603090042": "2603090042"},
        ["HTTPS://Q.EXAMPLE/2603090042"],
    ),
    Shape(
        "only as Code128 or QR",
        NumberPattern(r"\d{13}", symbologies=["Code128", "qr"]),
        {"2603090300042": "2603090300042"},
        ["260309030004"],
    ),
]

ALL_PATTERNS = [shape.pattern for shape in SHAPES]

_RNG = random.Random(5)
# What a desk scans, too, and what the widest pattern must not take for a receipt.
OWN_CODES = [make(_RNG) for make in (new_ticket, new_case_code, new_return_code, new_pickup_code, new_repair_code) for _ in range(20)]
# EAN-13, EAN-8 and UPC-A of goods, and an EAN-13 that a scale in the store printed.
GOODS = {"6901234567892": "ean13", "4006381333931": "ean13", "96385074": "ean8", "036000291452": "upca", "2100170013546": "ean13"}
# A number as it is printed, and ways in which it is typed.
TYPED = {
    "S001-20260309-03-0042": [
        " S001-20260309-03-0042 ",
        "s001-20260309-03-0042",
        "Ｓ００１－２０２６０３０９－０３－００４２",
        "S001–20260309—03−0042",
        "S001 20260309 03 0042",
        "s001 20260309  03 0042\n",
        "S001\u200b-20260309-03-0042",
    ],
    "20260309010100000042": [
        "2026 0309 0101 0000 0042",
        "２０２６０３０９０１０１００００００４２",
        "2026-0309-0101-0000-0042",
        "2026 0309-0101 0000-0042",
    ],
}
