"""The point of sale's own database, asked for one receipt at a time: SQLite and PostgreSQL, healthy and not."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from kiosk.config import Settings
from kiosk.config_returns import LiveSource, Receipts
from kiosk.desk.receipts.live import BreakerState, LiveSources, ReceiptSource, SourceDown
from kiosk.desk.receipts.views import ReceiptKind, Tender
from kiosk.errors import ConfigError
from kiosk.pos import build_sources
from tests.fakes.clock import FakeClock
from tests.fakes.postgres import PostgresServer
from tests.fakes.waiting import eventually

QUERY = """
SELECT s.sale_no, s.shop, s.till, s.sold, s.kind, s.card, i.goods, i.title, i.qty, i.price, i.paid, s.total, s.way
FROM sale AS s JOIN item AS i ON i.sale_no = s.sale_no WHERE s.sale_no = :number AND s.shop = :store ORDER BY i.pos
"""
COLUMNS = {
    "number": "sale_no",
    "store": "shop",
    "till": "till",
    "sold_at": "sold",
    "kind": "kind",
    "member": "card",
    "product": "goods",
    "name": "title",
    "quantity": "qty",
    "unit_price": "price",
    "amount": "paid",
    "total": "total",
    "tender": "way",
}
TABLES = """
CREATE TABLE sale (sale_no VARCHAR(20), shop VARCHAR(8), till VARCHAR(4), sold TIMESTAMP, kind VARCHAR(4), card VARCHAR(20),
  total NUMERIC(10, 2), way VARCHAR(8));
CREATE TABLE item (sale_no VARCHAR(20), pos INTEGER, goods VARCHAR(20), title VARCHAR(40), qty NUMERIC(10, 3), price NUMERIC(10, 2),
  paid NUMERIC(10, 2));
INSERT INTO sale VALUES ('77', 'S001', '3', '2026-03-09 10:00:05', 'S', 'M1', 41.98, '微信');
INSERT INTO item VALUES ('77', 1, '100', '鲜牛奶', 2, 12.50, 25.00);
INSERT INTO item VALUES ('77', 2, '200', '苹果', 1.439, 11.80, 16.98);
INSERT INTO sale VALUES ('78', 'S001', '3', '2026-03-09 10:01:00', 'V', '', 5.00, '');
INSERT INTO item VALUES ('78', 1, '100', '鲜牛奶', 1, 5.00, 5.00);
INSERT INTO sale VALUES ('79', 'S001', '3', '2026-03-09 10:01:00', 'S', '', 5.00, '');
INSERT INTO item VALUES ('79', 1, '100', '鲜牛奶', 1, 5.005, 5.005);
"""
# Neither database is ever done with these.
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS number FROM n WHERE i <> :number",
    "postgresql": "SELECT pg_sleep(60) AS number WHERE '1' <> :number",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def pos_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The database of a point of sale."""
    if request.param == "sqlite":
        path = tmp_path / "pos 1.db"
        with closing(sqlite3.connect(path)) as database:
            database.executescript(TABLES)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.fresh_database() as url:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                TABLES.replace(
                    "5.005);", "5.00); ALTER TABLE item ALTER price TYPE NUMERIC; UPDATE item SET price = 5.005 WHERE sale_no = '79';"
                )
            )
        engine.dispose()
        yield url.replace("postgresql+psycopg", "postgresql")


def source(url: str, query: str = QUERY, **changed: object) -> LiveSource:
    options: dict[str, object] = {
        "columns": COLUMNS,
        "kinds": {"S": "sale", "V": "cancelled"},
        "tender_kinds": {"微信": "wechat"},
        **changed,
    }
    return LiveSource("pos", "sql", url, query, **options)  # type: ignore[arg-type] # as a test gives them


def built(one: LiveSource, clock: FakeClock) -> ReceiptSource:
    [made] = build_sources(Settings(receipts=Receipts(sources=[one])), clock)
    return made


def test_a_receipt_is_read_with_all_its_lines(pos_url: str, clock: FakeClock) -> None:
    receipt = built(source(pos_url), clock).fetch("77", "S001")
    assert receipt is not None
    assert (receipt.number, receipt.store, receipt.till, receipt.member, receipt.kind) == ("77", "S001", "3", "M1", ReceiptKind.SALE)
    assert receipt.sold_at == datetime(2026, 3, 9, 2, 0, 5, tzinfo=UTC), "the store's zone is Shanghai's"
    assert [(line.product, line.quantity, line.unit_price_fen, line.amount_fen) for line in receipt.lines] == [
        ("100", Decimal(2), 1250, 2500),
        ("200", Decimal("1.439"), 1180, 1698),
    ]
    assert (receipt.total_fen, receipt.tenders) == (4198, [Tender("wechat", 4198)])


def test_a_number_that_it_does_not_know_is_surely_none(pos_url: str, clock: FakeClock) -> None:
    asked = built(source(pos_url), clock)
    assert asked.fetch("78", "S002") is None
    assert asked.fetch("'; DROP TABLE sale; --", "S001") is None, "what was scanned is a parameter, never a part of the statement"
    assert asked.fetch("78", "S001") is not None
    cancelled = asked.fetch("78", "S001")
    assert cancelled is not None
    assert cancelled.kind is ReceiptKind.CANCELLED


def test_an_answer_that_cannot_be_read_is_no_answer(pos_url: str, clock: FakeClock) -> None:
    with pytest.raises(SourceDown, match=r"price.*two decimals"):
        built(source(pos_url), clock).fetch("79", "S001")
    with pytest.raises(SourceDown, match="no column 'titel'; did you mean 'title'"):
        built(source(pos_url, columns=COLUMNS | {"name": "titel"}), clock).fetch("77", "S001")


def test_another_receipt_than_the_one_asked_for_is_no_answer(pos_url: str, clock: FakeClock) -> None:
    careless = QUERY.replace("s.sale_no = :number", "s.sale_no <> :number")
    with pytest.raises(SourceDown, match="another receipt"):
        built(source(pos_url, careless), clock).fetch("78", "S001")


def test_a_query_that_hangs_is_given_up_in_time_by_the_database_itself(pos_url: str, clock: FakeClock) -> None:
    before = threading.active_count()
    asked = built(source(pos_url, ENDLESS[pos_url.partition(":")[0]], timeout_s=0.3), clock)
    began = time.monotonic()
    with pytest.raises(SourceDown):
        asked.fetch("77", "S001")
    assert time.monotonic() - began < 5
    eventually(lambda: threading.active_count() <= before, 10)


def test_a_hanging_database_costs_its_time_out_some_times_and_then_nothing(pos_url: str, clock: FakeClock) -> None:
    hanging = source(pos_url, ENDLESS[pos_url.partition(":")[0]], timeout_s=0.2, open_after=2, open_s=30)
    live = LiveSources(build_sources(Settings(receipts=Receipts(sources=[hanging])), clock), clock, [hanging])
    for _ in range(2):
        assert live.fetch("77", "S001") == (None, None, ["pos"])
    assert live.states()[0].state is BreakerState.OPEN
    began = time.monotonic()
    for _ in range(50):
        assert live.fetch("77", "S001") == (None, None, ["pos"])
    assert time.monotonic() - began < 0.2, "nobody waits any more"


@pytest.mark.parametrize(
    "statement",
    [
        "WITH gone AS (DELETE FROM sale RETURNING sale_no) SELECT sale_no AS number FROM gone WHERE :number <> ''",
        "SELECT nextval('s') AS number, :number AS n",
    ],
)
def test_nothing_is_ever_written_to_postgresql(postgres: PostgresServer, clock: FakeClock, statement: str) -> None:
    with postgres.fresh_database() as url:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql(TABLES + "CREATE SEQUENCE s;")
        with pytest.raises(SourceDown, match="read-only transaction"):
            built(source(url, statement), clock).fetch("77", "S001")
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM sale").scalar() == 3
        engine.dispose()


def test_nothing_is_ever_written_to_sqlite_nor_is_a_missing_file_made(tmp_path: Path, clock: FakeClock) -> None:
    missing = tmp_path / "none.db"
    with pytest.raises(SourceDown, match="unable to open"):
        built(source(f"sqlite:///{missing}"), clock).fetch("77", "S001")
    assert not missing.exists()
    path = tmp_path / "pos.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(TABLES)
    before = path.read_bytes()
    written = source(f"sqlite:///{path}", "WITH n AS (SELECT :number AS i) INSERT INTO sale SELECT i, '', '', '', '', '', 0, '' FROM n")
    with pytest.raises(SourceDown, match=r"readonly|read-only|does not return rows"):
        built(written, clock).fetch("77", "S001")
    assert path.read_bytes() == before


def test_a_server_that_is_not_there_is_down_and_its_password_stays_secret(clock: FakeClock) -> None:
    # Port 1 of this machine: nobody listens there.
    with pytest.raises(SourceDown) as down:
        built(source("postgresql://reader:s3cret@127.0.0.1:1/pos"), clock).fetch("77", "S001")
    assert "s3cret" not in str(down.value)


@pytest.mark.parametrize(
    ("url", "query", "says"),
    [
        ("garbage", QUERY, "no database address"),
        ("sqlite://", QUERY, "names no file"),
        ("nosuch://host/pos", QUERY, "no database that is known"),
        ("mysql+pymysql://u:s3cret@host/pos", QUERY, "driver of 'mysql\\+pymysql' is not installed"),
        ("sqlite:////pos.db", "", "one SELECT"),
        ("sqlite:////pos.db", "DELETE FROM sale WHERE n = :number", "one SELECT"),
        ("sqlite:////pos.db", "SELECT 1; DELETE FROM sale WHERE n = :number", "one SELECT"),
        ("sqlite:////pos.db", "SELECT * FROM sale", "must ask for :number"),
        ("sqlite:////pos.db", "SELECT * FROM sale WHERE n = :number AND d = :day", "no other parameter"),
    ],
)
def test_a_source_that_could_never_answer_is_a_mistake_of_the_configuration(clock: FakeClock, url: str, query: str, says: str) -> None:
    with pytest.raises(ConfigError, match=f"receipts.sources: pos: .*{says}") as refused:
        built(source(url, query), clock)
    assert "s3cret" not in str(refused.value)
