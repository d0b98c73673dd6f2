"""Honest numbers: what looks unlike shoppers is kept and flagged, flags can be lifted, and the counts follow."""

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.db import Database
from kiosk.desk.feedback.errors import AlreadyFlagged, FlagLifted, UnknownFlag, UnknownPress, WrongFeedback
from kiosk.desk.feedback.views import NewPress, PressSource
from kiosk.errors import Denied
from kiosk.events import EventBus
from tests.desk.feedback.feedback_world import CHEN, ZHAO, FeedbackWorld
from tests.fakes.clock import FakeClock


def test_ten_taps_in_a_second_are_ten_presses_of_which_one_counts(world: FeedbackWorld) -> None:
    taps = [world.press(5, after_s=0.1) for _ in range(10)]
    assert [tap.counted for tap in taps] == [True] + [False] * 9
    assert {flag for tap in taps[1:] for flag in world.flags(tap.id)} == {"interval"}
    totals = world.totals()
    assert (totals.raw, totals.counted, totals.flagged) == (10, 1, 9)
    world.assert_counts_are_right()


@pytest.mark.parametrize(("after_s", "counted"), [(4.999, False), (5.0, True)])
def test_the_interval_ends_where_it_says(kiosk: FeedbackWorld, after_s: float, counted: bool) -> None:
    kiosk.press()
    assert kiosk.press(after_s=after_s).counted is counted


def test_another_station_has_an_interval_of_its_own(world: FeedbackWorld) -> None:
    world.press()
    new = NewPress(world.new_key(), "satisfaction", 4, PressSource.BUTTON)
    other = world.write(lambda session: world.feedback.press(session, new, station="desk-2"))
    assert other.counted


def test_a_queued_press_is_compared_with_what_was_pressed_around_it(kiosk: FeedbackWorld) -> None:
    kiosk.press()
    pressed_at = kiosk.clock.now()
    assert not kiosk.press(pressed_at=pressed_at - timedelta(seconds=2)).counted
    assert kiosk.press(pressed_at=pressed_at - timedelta(seconds=20)).counted


def test_without_an_interval_every_press_counts(sqlite_database: Database, clock: FakeClock, bus: EventBus, tmp_path: Path) -> None:
    kiosk = FeedbackWorld(sqlite_database, clock, bus, tmp_path, press_interval_s=0)
    assert [kiosk.press(rating, after_s=0).counted for rating in (1, 2, 3)] == [True] * 3


# -- patterns of staff


def test_from_the_tenth_press_of_one_value_in_a_row_on_they_are_flagged(world: FeedbackWorld) -> None:
    presses = [world.press(5) for _ in range(11)]
    assert [press.counted for press in presses] == [True] * 9 + [False] * 2
    assert world.flags(presses[-1].id) == ["run"]
    assert world.press(4).counted, "another value ends the run"
    assert world.press(5).counted


def test_a_run_ends_with_the_day(kiosk: FeedbackWorld) -> None:
    for _ in range(9):
        kiosk.press(5)
    assert kiosk.press(5, after_s=86_400).counted


def test_taps_that_came_too_soon_make_no_run_of_the_next_shoppers_press(kiosk: FeedbackWorld) -> None:
    for _ in range(20):
        kiosk.press(5, after_s=0.2)
    assert kiosk.press(5).counted


def test_a_burst_at_a_shift_change_is_flagged_from_the_twelfth_press_on(world: FeedbackWorld) -> None:
    world.clock.advance((5 * 60 + 49) * 60)  # from 14:00 to 19:49; shifts change at 20:00
    presses = [world.press(1 + number % 5) for number in range(14)]
    assert [press.counted for press in presses] == [True] * 11 + [False] * 3
    assert world.flags(presses[-1].id) == ["shift-burst"]


def test_as_many_presses_far_from_a_shift_change_count(kiosk: FeedbackWorld) -> None:
    assert all(kiosk.press(1 + number % 5).counted for number in range(14))


# -- by hand


def test_a_press_flagged_by_hand_stays_and_does_not_count(world: FeedbackWorld) -> None:
    recorded = world.press(1, reasons=("queue",))
    flagged = world.flag(recorded.id, "training")
    assert not flagged.counted
    assert [(flag.reason, flag.text, flag.by) for flag in flagged.flags] == [("manual", "training", "Zhao")]
    assert (world.totals().raw, world.totals().counted, world.totals().index) == (1, 0, None)
    world.assert_counts_are_right()


def test_what_a_reason_says_of_a_person_stays_off_the_trail_which_is_never_deleted(kiosk: FeedbackWorld) -> None:
    [flag] = kiosk.flag(kiosk.press().id, "training of 13812345678").flags
    kiosk.lift(flag.id, "li.hua@example.com was a shopper")
    with kiosk.db.read() as session:
        newest = kiosk.services.audit.entries(session, limit=2)
    assert [entry.detail["reason"] for entry in newest] == ["**** was a shopper", "training of ****"]


def test_a_lifted_flag_lets_the_press_count_again(world: FeedbackWorld) -> None:
    recorded = world.press(1, reasons=("queue",))
    [flag] = world.flag(recorded.id).flags
    lifted = world.lift(flag.id, "it was a shopper")
    assert lifted.counted
    assert (lifted.flags[0].lifted_by, lifted.flags[0].lift_reason) == ("Zhao", "it was a shopper")
    assert world.totals().counted == 1
    world.assert_counts_are_right()


def test_a_press_counts_only_when_its_last_flag_is_lifted(world: FeedbackWorld) -> None:
    world.press()
    recorded = world.press(after_s=1)
    flagged = world.flag(recorded.id)
    assert [flag.reason for flag in flagged.flags] == ["interval", "manual"]
    assert not world.lift(flagged.flags[0].id).counted
    assert world.lift(flagged.flags[1].id).counted
    world.assert_counts_are_right()


def test_a_flag_is_set_and_lifted_once(kiosk: FeedbackWorld) -> None:
    recorded = kiosk.press()
    [flag] = kiosk.flag(recorded.id).flags
    with pytest.raises(AlreadyFlagged):
        kiosk.flag(recorded.id)
    kiosk.lift(flag.id)
    with pytest.raises(FlagLifted):
        kiosk.lift(flag.id)
    assert len(kiosk.flag(recorded.id).flags) == 2, "it can be flagged anew"


def test_flags_need_a_reason(kiosk: FeedbackWorld) -> None:
    recorded = kiosk.press()
    for reason in ("", " \x00 ", "x" * 201):
        with pytest.raises(WrongFeedback) as refused:
            kiosk.flag(recorded.id, reason)
        assert refused.value.fields[0].field == "reason"


def test_only_a_manager_judges(kiosk: FeedbackWorld) -> None:
    recorded = kiosk.press()
    with pytest.raises(Denied):
        kiosk.write(lambda session: kiosk.feedback.flag(session, CHEN, recorded.id, "no"))
    [flag] = kiosk.flag(recorded.id).flags
    with pytest.raises(Denied):
        kiosk.write(lambda session: kiosk.feedback.lift_flag(session, CHEN, flag.id, "no"))


def test_what_does_not_exist_is_not_judged(kiosk: FeedbackWorld) -> None:
    with pytest.raises(UnknownPress):
        kiosk.flag(1)
    with pytest.raises(UnknownFlag):
        kiosk.lift(1)


def test_judgements_are_on_the_audit_trail(kiosk: FeedbackWorld) -> None:
    recorded = kiosk.press()
    [flag] = kiosk.flag(recorded.id, "training").flags
    kiosk.lift(flag.id, "no training")
    trail = kiosk.read(lambda session: kiosk.services.audit.entries(session, subject=f"press:{recorded.id}"))
    assert [(entry.actor, entry.action) for entry in trail] == [(ZHAO.label, "press.flag-lifted"), (ZHAO.label, "press.flagged")]
