"""Chores are done now and then, and one that fails keeps no other from its turn."""

import threading

import pytest

from kiosk.errors import StorageError
from kiosk.housekeeping import Housekeeper
from tests.fakes.clock import FakeClock


def failing() -> None:
    raise StorageError("the disk is full")


def test_a_chore_that_fails_does_not_stop_the_others(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    Housekeeper([failing, lambda: done.append("second")], clock=clock).run_once()
    assert done == ["second"]
    assert "the disk is full" in caplog.text


def test_chores_come_soon_after_the_start_and_then_after_each_interval(clock: FakeClock) -> None:
    rounds = threading.Semaphore(0)
    keeper = Housekeeper([rounds.release], clock=clock, interval_s=600)
    keeper.start()
    clock.wait_until_waiting()
    assert not rounds.acquire(blocking=False)
    clock.advance(10)
    assert rounds.acquire(timeout=5)
    clock.wait_until_waiting()
    clock.advance(599)
    assert not rounds.acquire(blocking=False)
    clock.advance(1)
    assert rounds.acquire(timeout=5)
    keeper.stop()


def test_stopping_does_not_wait_for_the_next_round(clock: FakeClock) -> None:
    keeper = Housekeeper([failing], clock=clock)
    keeper.start()
    clock.wait_until_waiting()
    keeper.stop()
    assert clock.waiting == 0
