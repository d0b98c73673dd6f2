"""Sections of kiosk.toml about receipts and goods that come back: where receipts come from, what a return needs."""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from kiosk.config_service import SECRET

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Encoding = Literal["utf-8", "gbk", "gb18030"]
CheckDigit = Literal["none", "luhn", "ean", "mod97"]
# What a row of a file says of its receipt, and of its line; a date beside a time where the two stand apart.
RECEIPT_FIELDS = ("number", "store", "till", "cashier", "sold_at", "date", "time", "member", "kind", "total", "tender", "tender_amount")
LINE_FIELDS = (
    "line",
    "product",
    "name",
    "quantity",
    "unit_price",
    "amount",
    "discount",
    "category",
    "barcode",
    "unit",
    "gift_of",
    "promotion",
    "lines",  # JSON lines alone: the list of a whole receipt's lines
    "tenders",  # likewise: the list of its payments
)


class NumberPattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One shape of receipt numbers, as printed or within a code; the first that matches wins."""

    regex: Annotated[
        str,
        Meta(
            description="Python regular expression that the whole code matches. Named groups: number (what the receipt is kept "
            "under; without it the whole code), store, date, till, sequence."
        ),
    ]
    check: Annotated[CheckDigit, Meta(description="Check digit at the end of the number: luhn, ean (mod 10), mod97 (two digits).")] = "none"
    date_format: Annotated[str, Meta(description="How the group date is written, for strptime.")] = "%Y%m%d"
    symbologies: Annotated[list[str], Meta(description="Only for codes of these symbologies, e.g. code128; empty: any.")] = msgspec.field(
        default_factory=list
    )

    def __post_init__(self) -> None:
        try:
            groups = re.compile(self.regex).groupindex
        except re.error as error:
            raise ValueError(f"regex: {self.regex!r} is not a regular expression: {error}") from error
        unknown = set(groups) - {"number", "store", "date", "till", "sequence"}
        if unknown:
            raise ValueError(f"regex: unknown group {min(unknown)!r}; known: number, store, date, till, sequence")


class ImportProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one point of sale writes its files. A file has one row a line of a receipt; JSON lines may hold whole receipts."""

    name: Annotated[Name, Meta(description="Name of the profile, for --profile and the drop folder.")]
    format: Annotated[Literal["csv", "tsv", "jsonl", "xlsx"], Meta(description="Format of the files.")] = "csv"
    encoding: Annotated[Encoding, Meta(description="Encoding of the files; a UTF-8 byte order mark overrides it.")] = "utf-8"
    files: Annotated[str, Meta(description="Which files of the drop folder are its own, e.g. pos1-*.csv.")] = "*"
    columns: Annotated[
        dict[str, str],
        Meta(description="Our field = title of its column. Empty: the titles are our own names (docs/receipts-import.md lists them)."),
    ] = msgspec.field(default_factory=dict)
    tenders: Annotated[dict[str, str], Meta(description="Title of a column with an amount = kind of payment, e.g. cash.")] = msgspec.field(
        default_factory=dict
    )
    tender_kinds: Annotated[dict[str, str], Meta(description="What the column tender says = kind of payment, e.g. wechat.")] = (
        msgspec.field(default_factory=dict)
    )
    delimiter: Annotated[str, Meta(max_length=1, description="Delimiter of CSV files; empty: a comma (tab for TSV).")] = ""
    quotes: Annotated[bool, Meta(description="Cells may stand in quotation marks; false: a quotation mark is a mark like others.")] = True
    header: Annotated[bool, Meta(description="The first row holds the titles; false: columns gives numbers, from 1.")] = True
    skip_rows: Annotated[int, Meta(ge=0, le=1000, description="Rows above the titles that are passed over.")] = 0
    skip_regex: Annotated[str, Meta(description="Rows whose first filled cell matches are passed over, e.g. 合计.*; empty: none.")] = ""
    look_back: Annotated[
        int, Meta(ge=0, le=1000, description="Receipts that may begin between two rows of one receipt; 0: its rows follow each other.")
    ] = 100
    money: Annotated[Literal["yuan", "fen"], Meta(description="Unit of amounts in the file.")] = "yuan"
    time_formats: Annotated[
        list[str],
        Meta(min_length=1, max_length=8, description="How times are written, for strptime, or excel; the first that fits is taken."),
    ] = msgspec.field(
        default_factory=lambda: [
            "%Y-%m-%d %H:%M:%S",
            "%Y/%m/%d %H:%M:%S",
            "%Y-%m-%dT%H:%M:%S",
            "%Y%m%d%H%M%S",
            "%Y-%m-%d %H:%M",
            "%Y/%m/%d %H:%M",
        ]
    )
    number_regex: Annotated[str, Meta(description="Numbers of receipts must match this; empty: any.")] = ""
    store: Annotated[str, Meta(max_length=16, description="Store of rows that name none; empty: this store.")] = ""
    sheet: Annotated[str, Meta(description="Sheet of XLSX files; empty: the first.")] = ""
    kinds: Annotated[
        dict[str, Literal["sale", "refund", "cancelled"]], Meta(description="What the column kind says = sale, refund or cancelled.")
    ] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in ("number_regex", "skip_regex"):
            try:
                re.compile(getattr(self, key))
            except re.error as error:
                raise ValueError(f"{key}: {getattr(self, key)!r} is not a regular expression: {error}") from error
        if self.delimiter in ('"', "\n", "\r"):
            raise ValueError("delimiter: a quotation mark or a line's end cannot part cells")
        known = RECEIPT_FIELDS + LINE_FIELDS
        for name in self.columns:
            if name not in known:
                raise ValueError(f"columns: unknown field {name!r}; known: {', '.join(known)}")
        if not self.header and not all(text.isdecimal() and int(text) for text in (*self.columns.values(), *self.tenders)):
            raise ValueError("columns: without titles (header = false) each is a number, from 1")
        if not self.header and not self.columns and self.format != "jsonl":
            raise ValueError("columns: without titles (header = false) they must be given")


class LiveSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A point of sale that is asked for one receipt at a time; it is only ever read."""

    name: Annotated[Name, Meta(description="Name of the source.")]
    kind: Annotated[Literal["sql", "http"], Meta(description="sql: its database; http: a JSON service.")]
    url: Annotated[str, Meta(description="SQLAlchemy URL, or https address with {number} (and {store}).", extra=SECRET)]
    query: Annotated[
        str, Meta(description="sql: SELECT with :number (and :store), one row a line, columns named as our fields or by columns.")
    ] = ""
    columns: Annotated[dict[str, str], Meta(description="Our field = its column or JSON key.")] = msgspec.field(default_factory=dict)
    money: Annotated[Literal["yuan", "fen"], Meta(description="Unit of its amounts.")] = "yuan"
    kinds: Annotated[
        dict[str, Literal["sale", "refund", "cancelled"]], Meta(description="What it says of kind = sale, refund or cancelled.")
    ] = msgspec.field(default_factory=dict)
    tender_kinds: Annotated[dict[str, str], Meta(description="What it says of a payment = its kind, e.g. wechat.")] = msgspec.field(
        default_factory=dict
    )
    time_formats: Annotated[
        list[str], Meta(max_length=8, description="How it writes times, for strptime, besides ISO 8601; without offset: the store's zone.")
    ] = msgspec.field(default_factory=list)
    key_id: Annotated[str, Meta(description="http: name of the signing key, sent in a header.")] = ""
    secret: Annotated[str, Meta(description="http: secret that signs each request (HMAC-SHA256).", extra=SECRET)] = ""
    timeout_s: Annotated[float, Meta(gt=0, le=30, description="Seconds until an answer is given up.")] = 2.0
    open_after: Annotated[int, Meta(ge=1, le=100, description="Failures in a row after which it is left alone for a while.")] = 3
    open_s: Annotated[float, Meta(gt=0, le=3600, description="Seconds for which it is left alone; doubled up to ten times.")] = 10.0


class Receipts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Receipts of the point of sale."""

    numbers: Annotated[list[NumberPattern], Meta(max_length=50, description="Shapes of receipt numbers, [[receipts.numbers]].")] = (
        msgspec.field(default_factory=list)
    )
    profiles: Annotated[list[ImportProfile], Meta(max_length=50, description="Mapping profiles of files, [[receipts.profiles]].")] = (
        msgspec.field(default_factory=list)
    )
    sources: Annotated[list[LiveSource], Meta(max_length=8, description="Live sources, asked in order, [[receipts.sources]].")] = (
        msgspec.field(default_factory=list)
    )
    drop_folder: Annotated[str, Meta(description="Folder watched for files of receipts; empty: none.")] = ""
    settle_s: Annotated[float, Meta(ge=0, le=600, description="Seconds that a file without a close must stay unchanged.")] = 5.0
    fresh_min: Annotated[int, Meta(ge=0, le=100_000, description="Minutes for which what a live source said needs no new question.")] = 10
    when_stale: Annotated[
        Literal["warn", "supervisor", "refuse"],
        Meta(description="What a return needs when no live source answers: a warning, a supervisor, or it is refused."),
    ] = "warn"
    keep_days: Annotated[int, Meta(ge=30, le=3650, description="Days that receipts without a return are kept.")] = 400
    stores: Annotated[list[str], Meta(description="Codes of stores whose receipts are accepted besides this one's.")] = msgspec.field(
        default_factory=list
    )

    def __post_init__(self) -> None:
        for what in ("profiles", "sources"):
            names = [one.name for one in getattr(self, what)]
            if len(set(names)) != len(names):
                raise ValueError(f"{what}: two have the same name")


class RefundExport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the point of sale hears of refunds that it has to pay. The API always offers them."""

    kind: Annotated[Literal["none", "file", "webhook"], Meta(description="none: the API alone; file: one JSON file each; webhook.")] = (
        "none"
    )
    folder: Annotated[str, Meta(description="file: where the files go.")] = ""
    url: Annotated[str, Meta(description="webhook: address.", extra=SECRET)] = ""
    secret: Annotated[str, Meta(description="webhook: secret that signs each request (HMAC-SHA256).", extra=SECRET)] = ""
    timeout_s: Annotated[float, Meta(gt=0, le=60, description="webhook: seconds for one try.")] = 10.0


class Returns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Returns, exchanges, what is done with the goods."""

    printer: Annotated[str, Meta(description="Device that prints slips; empty: the ticket printer.")] = ""
    departments: Annotated[
        dict[str, str],
        Meta(description="Category or its beginning = department that takes its goods back; the longest beginning wins."),
    ] = msgspec.field(
        default_factory=lambda: {
            "生鲜": "生鲜 Fresh",
            "食品": "食品 Grocery",
            "家电": "家电 Appliances",
            "百货": "百货 General goods",
        }
    )
    other_department: Annotated[str, Meta(min_length=1, max_length=32, description="Department of every other category.")] = (
        "百货 General goods"
    )
    checklists: Annotated[
        dict[str, list[Annotated[str, Meta(min_length=1, max_length=80)]]],
        Meta(description="Category or its beginning = what is tried at the test of an appliance."),
    ] = msgspec.field(
        default_factory=lambda: {
            "家电": [
                "外观完好 Outside undamaged",
                "通电正常 Powers on",
                "功能正常 Works as described",
                "配件齐全 Accessories complete",
                "保修卡 Warranty card",
            ]
        }
    )
    reasons: Annotated[list[Annotated[str, Meta(min_length=1, max_length=40)]], Meta(min_length=1, max_length=30)] = msgspec.field(
        default_factory=lambda: [
            "质量问题 Faulty",
            "不喜欢 Not wanted",
            "规格不符 Wrong size",
            "过期 Expired",
            "买错 Bought by mistake",
            "其他 Other",
        ]
    )
    repeat_days: Annotated[int, Meta(ge=1, le=365, description="Days in which a member's returns are counted for a flag.")] = 30
    repeat_count: Annotated[int, Meta(ge=2, le=100, description="Returns of one member in these days from which on they are flagged.")] = 4
    override_limit_fen: Annotated[int, Meta(ge=0, description="Above this, a return without receipt needs a manager, in fen.")] = 20_000
    near_limit_percent: Annotated[int, Meta(ge=1, le=50, description="This near below a limit, a return is flagged, in percent.")] = 5
    voucher_days: Annotated[int, Meta(ge=1, le=3650, description="Days that a voucher is good.")] = 365
    repair_days: Annotated[int, Meta(ge=1, le=365, description="Days in which a vendor's repair is to be back.")] = 15
    photos_max: Annotated[int, Meta(ge=0, le=20, description="Photos that a return may have.")] = 4
    photo_days: Annotated[int, Meta(ge=1, le=3650, description="Days that photos and signatures of returns are kept.")] = 365
    refunds: RefundExport = msgspec.field(default_factory=RefundExport)
