"""Receipts and returns under any order of events: never more back than bought, never more refunded than paid."""

import itertools
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.db import Database
from kiosk.desk.returns.errors import CannotVoid, NotEligible, OverReturn, RefundSettled
from kiosk.desk.returns.models import GoodsReturn, GoodsReturnLine, Refund
from kiosk.desk.returns.policy.views import ReturnKind
from kiosk.desk.returns.views import RefundState, ReturnState
from kiosk.events import EventBus
from tests.desk.returns.return_world import LIU, POS, ReturnWorld, back, goods, leave, settings_with, sold
from tests.fakes.clock import FakeClock

choice = st.integers(0, 10_000)
fen = st.integers(0, 5000)
LINES = 4


class ReturnRules(RuleBasedStateMachine):
    """Everything that customers, staff, manager and the point of sale can do, in any order."""

    template: Path
    folder: Path
    runs = itertools.count()

    @initialize(
        quantities=st.lists(st.sampled_from(["1", "2", "3", "7", "0.345", "1.250"]), min_size=LINES, max_size=LINES),
        amounts=st.lists(fen, min_size=LINES, max_size=LINES),
        discounts=st.lists(st.integers(0, 2000), min_size=LINES, max_size=LINES),
        promotion=st.sampled_from(["", "3for2"]),
        gift=st.booleans(),
        less=st.integers(0, 90),
    )
    def sell(self, quantities: list[str], amounts: list[int], discounts: list[int], promotion: str, gift: bool, less: int) -> None:
        path = self.folder / f"{next(self.runs)}.db"
        shutil.copy(self.template, path)
        self.clock, self.bus = FakeClock(), EventBus()
        self.db = Database(f"sqlite:///{path}", clock=self.clock, bus=self.bus)
        # Told by file, for which no worker runs here: refunds stay pending until the point of sale speaks.
        self.world = ReturnWorld(self.db, self.clock, self.bus, path.with_suffix(".keys"), settings_with(refunds={"kind": "file"}))
        lines = []
        for number in range(1, LINES + 1):
            more: dict[str, Any] = {"discount_fen": discounts[number - 1]}
            if number in (2, 3):
                more["promotion"] = promotion
            if number == LINES and gift:
                more["gift_of"] = 1
            lines.append(sold(number, quantities[number - 1], amounts[number - 1], **more))
        total = max(0, sum(amounts) - less)
        self.receipt_id = self.world.sale(*lines, total_fen=total)
        self.bought = {line.line: line.quantity for line in lines}
        self.paid = {line.line: line.amount_fen for line in lines}
        self.total = total
        self.ids: list[int] = []

    def teardown(self) -> None:
        if hasattr(self, "db"):
            assert self.world.read(self.world.audit.verify) == []
            self.db.close()

    @rule(number=st.integers(1, LINES), part=st.integers(1, 4), exchange=st.one_of(st.none(), fen), with_gift=st.booleans())
    def bring_back(self, number: int, part: int, exchange: int | None, with_gift: bool) -> None:
        """A part of what remains of one line, alone or for something else, with or without its gift."""
        state = self.world.assess(self.receipt_id).lines[number - 1]
        if not state.remaining:
            return
        whole = not state.line.weighed
        quantity = max(state.remaining / part, Decimal("0.001"))
        quantity = max(Decimal(1), quantity.to_integral_value(rounding="ROUND_FLOOR")) if whole else quantity.quantize(Decimal("0.001"))
        gifts = state.gifts if with_gift else []
        more: dict[str, Any] = {"gifts_back": gifts}
        if exchange is not None:
            more |= {"kind": ReturnKind.EXCHANGE, "exchange_for": [goods(unit_price_fen=exchange)]}
        lines = (back(number, str(min(quantity, state.remaining))),)
        quoted = self.world.quote(self.receipt_id, *lines, **more)
        before = self.given()[1]
        recorded = self.world.record(self.receipt_id, *lines, **more)
        # The point of sale may have paid what was cancelled; what it paid is never given once more.
        assert self.given()[1] <= max(self.total, before)
        assert (quoted.refund_fen, quoted.pay_fen, quoted.problems) == (recorded.refund_fen, recorded.pay_fen, [])
        self.ids.append(recorded.id)

    @rule(number=st.integers(1, LINES), more=st.integers(1, 50))
    def bring_too_much(self, number: int, more: int) -> None:
        state = self.world.assess(self.receipt_id).lines[number - 1]
        wanted = back(number, str((state.remaining + more).to_integral_value(rounding="ROUND_CEILING")))
        before = self.world.read(lambda session: session.scalar(select(func.count()).select_from(GoodsReturn)))
        with pytest.raises(OverReturn) as refused:
            self.world.record(self.receipt_id, wanted, override=leave())
        assert refused.value.extra["lines"] == [{"line": number, "remaining": str(state.remaining)}]
        assert self.world.read(lambda session: session.scalar(select(func.count()).select_from(GoodsReturn))) == before

    @precondition(lambda self: self.ids)
    @rule(which=choice)
    def void(self, which: int) -> None:
        returned = self.world.get(self.ids[which % len(self.ids)])
        if returned.state is ReturnState.VOIDED:
            return
        before = {one.line.line: one.remaining for one in self.world.assess(self.receipt_id).lines}
        try:
            self.world.void(returned.id)
        except CannotVoid:
            assert returned.refund is not None
            assert returned.refund.state is RefundState.CONFIRMED
            return
        for line in returned.lines:
            assert line.line is not None
            before[line.line] += line.quantity
        assert {one.line.line: one.remaining for one in self.world.assess(self.receipt_id).lines} == before

    @precondition(lambda self: self.ids)
    @rule(which=choice, state=st.sampled_from([RefundState.CONFIRMED, RefundState.FAILED]))
    def point_of_sale_says(self, which: int, state: RefundState) -> None:
        refund = self.world.get(self.ids[which % len(self.ids)]).refund
        if refund is None:
            return
        try:
            self.world.do("settle_refund", refund.id, state, actor=POS)
        except RefundSettled:
            assert refund.state in (RefundState.CONFIRMED, RefundState.CANCELLED)

    @rule()
    def come_back_after_the_term(self) -> None:
        """What the policy refuses needs a second person; what is over needs nobody, for nobody may."""
        state = next((one for one in self.world.assess(self.receipt_id).lines if one.remaining >= 1), None)
        if state is None:
            return
        self.clock.advance(8 * 86400)
        try:
            self.world.record(self.receipt_id, back(state.line.line))
        except NotEligible:
            self.ids.append(self.world.record(self.receipt_id, back(state.line.line), override=leave(LIU)).id)
        finally:
            self.clock.jump(-8 * 86400)

    @invariant()
    def never_more_back_than_bought_nor_more_refunded_than_paid(self) -> None:
        if not hasattr(self, "db"):
            return

        def sums(session: Session) -> list[tuple[int, int, int]]:
            rows = (
                select(GoodsReturnLine.line, func.sum(GoodsReturnLine.quantity), func.sum(GoodsReturnLine.refund_fen))
                .join(GoodsReturn, GoodsReturn.id == GoodsReturnLine.return_id)
                .where(GoodsReturn.state == ReturnState.RECORDED)
                .group_by(GoodsReturnLine.line)
            )
            return [tuple(row) for row in session.execute(rows)]  # type: ignore[misc]

        for number, quantity, refunded in self.world.read(sums):
            assert quantity <= self.bought[number] * 1000
            assert 0 <= refunded <= self.paid[number]

        assert self.given()[0] <= self.total

        def flows(session: Session) -> list[tuple[int, int, int, int]]:
            columns = (GoodsReturn.goods_fen, GoodsReturn.deducted_fen, GoodsReturn.refund_fen, GoodsReturn.pay_fen)
            return [tuple(row) for row in session.execute(select(*columns))]  # type: ignore[misc]

        for worth, deducted, refund, pay in self.world.read(flows):
            assert worth - deducted >= 0
            assert refund >= 0
            assert pay >= 0
            assert not (refund and pay)

    def given(self) -> tuple[int, int]:
        """What customers were given, in money or in other goods; and with what was paid for voided returns all the same."""

        def unit(session: Session) -> tuple[int, int]:
            worth = select(func.coalesce(func.sum(GoodsReturn.goods_fen - GoodsReturn.deducted_fen), 0))
            stray = select(func.coalesce(func.sum(Refund.amount_fen), 0)).join(GoodsReturn, GoodsReturn.id == Refund.return_id)
            stray = stray.where(GoodsReturn.state == ReturnState.VOIDED, Refund.state == RefundState.CONFIRMED)
            counted = int(session.scalar(worth.where(GoodsReturn.state == ReturnState.RECORDED)) or 0)
            return counted, counted + int(session.scalar(stray) or 0)

        return self.world.read(unit)


def test_never_more_back_than_bought_and_never_more_refunded_than_paid(sqlite_template: Path, tmp_path: Path) -> None:
    ReturnRules.template, ReturnRules.folder = sqlite_template, tmp_path
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        ReturnRules,
        settings=settings(max_examples=15, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck), database=None),
    )
