"""What a shopper adds to a press: reasons, words, and a complaint that becomes a case."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kiosk.desk.cases.views import CaseKind, Severity
from kiosk.desk.contacts import ContactData
from kiosk.desk.feedback.errors import FollowUpOver, UnknownPress, WrongFeedback
from kiosk.desk.feedback.views import Complaint
from kiosk.errors import Invalid
from tests.desk.feedback.feedback_world import FeedbackWorld

CONSENT = "2026-1"


def test_reasons_and_a_comment_follow_a_press(world: FeedbackWorld) -> None:
    pressed = world.press(2)
    answer = world.follow_up(pressed.key, reasons=("queue", "price"), comment="20 分钟")
    assert answer == pressed
    seen = world.get(pressed.id)
    assert (seen.reasons, seen.comment) == (["price", "queue"], "20 分钟")
    world.assert_counts_are_right()


def test_what_is_left_out_stays(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(2, reasons=("queue",), comment="slow")
    kiosk.follow_up(pressed.key, language="en")
    seen = kiosk.get(pressed.id)
    assert (seen.reasons, seen.comment, seen.language) == (["queue"], "slow", "en")
    kiosk.follow_up(pressed.key, reasons=(), comment="")
    assert (kiosk.get(pressed.id).reasons, kiosk.get(pressed.id).comment) == ([], "slow")
    kiosk.assert_counts_are_right()


def test_other_reasons_replace_the_first_ones_in_the_counts(world: FeedbackWorld) -> None:
    pressed = world.press(2, reasons=("queue", "price"))
    world.follow_up(pressed.key, reasons=("price", "stock"))
    assert {row.key: row.raw for row in world.report("reason").rows} == {"price": 1, "stock": 1}
    world.assert_counts_are_right()


def test_reasons_of_a_flagged_press_are_not_counted(world: FeedbackWorld) -> None:
    world.press(2)
    pressed = world.press(2, after_s=1)
    world.follow_up(pressed.key, reasons=("queue",))
    assert [(row.key, row.raw, row.counted) for row in world.report("reason").rows] == [("queue", 1, 0)]
    world.assert_counts_are_right()


def test_nothing_follows_a_press_that_never_was(world: FeedbackWorld) -> None:
    for key in ("0123456789abcdef", "", "x" * 9000, "\x00", "\ud800" * 16):
        with pytest.raises(UnknownPress):
            world.follow_up(key, comment="hello")


def test_comments_of_screen_and_phone_are_both_kept_and_each_once(world: FeedbackWorld) -> None:
    pressed = world.press(2)
    for comment in ("at the screen", "on the phone\nin two lines", "at the screen", "on the phone\nin two lines", "phone"):
        world.follow_up(pressed.key, comment=comment)
    assert world.get(pressed.id).comment == "at the screen\non the phone\nin two lines\nphone"


def test_a_press_does_not_pile_up_comments_without_end(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(2)
    for letter in "abc":
        kiosk.follow_up(pressed.key, comment=letter * 1000)
    with pytest.raises(WrongFeedback) as refused:
        kiosk.follow_up(pressed.key, comment="d" * 1000)
    assert refused.value.fields[0].field == "comment"
    assert len(kiosk.get(pressed.id).comment) == 3002


def test_after_half_an_hour_nothing_follows_any_more(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(2)
    kiosk.clock.advance(30 * 60)
    kiosk.follow_up(pressed.key, comment="just in time")
    kiosk.clock.advance(1)
    with pytest.raises(FollowUpOver):
        kiosk.follow_up(pressed.key, comment="too late")
    assert kiosk.get(pressed.id).comment == "just in time"


@pytest.mark.parametrize("late", [timedelta(minutes=31), timedelta(days=7), timedelta(days=30) - timedelta(minutes=5)])
def test_what_was_said_in_time_may_arrive_days_later(world: FeedbackWorld, late: timedelta) -> None:
    pressed = world.press(2)
    said_at = world.clock.now() + timedelta(minutes=5)
    world.clock.advance(late.total_seconds())
    world.follow_up(pressed.key, comment="the lift is stuck", reasons=("queue",), said_at=said_at)
    assert world.get(pressed.id).comment == "the lift is stuck"
    world.assert_counts_are_right()


@pytest.mark.parametrize("wrong", [timedelta(days=-3000), timedelta(hours=-5), timedelta(days=3000)])
def test_the_time_between_press_and_words_is_that_of_the_screens_own_clock(kiosk: FeedbackWorld, wrong: timedelta) -> None:
    screens_clock = kiosk.clock.now() + wrong
    pressed = kiosk.press(2, pressed_at=screens_clock)
    kiosk.clock.advance(86_400)
    kiosk.follow_up(pressed.key, comment="in time", said_at=screens_clock + timedelta(minutes=29))
    with pytest.raises(FollowUpOver):
        kiosk.follow_up(pressed.key, comment="too late", said_at=screens_clock + timedelta(minutes=31))
    assert kiosk.get(pressed.id).comment == "in time"


def test_a_screen_whose_clock_is_set_right_between_press_and_words_is_believed(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(2, pressed_at=datetime(1970, 1, 1, 0, 5, tzinfo=UTC))
    kiosk.follow_up(pressed.key, comment="at once", said_at=kiosk.clock.now())
    assert kiosk.get(pressed.id).comment == "at once"


def test_what_arrives_after_a_month_is_not_added(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(2)
    said_at = kiosk.clock.now()
    kiosk.clock.advance(31 * 86_400)
    with pytest.raises(FollowUpOver):
        kiosk.follow_up(pressed.key, comment="at last", said_at=said_at)


@pytest.mark.parametrize("said_at", [datetime.fromisoformat("2026-03-10T08:00"), datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))])
def test_a_time_of_words_that_is_none_is_refused_by_name(kiosk: FeedbackWorld, said_at: datetime) -> None:
    pressed = kiosk.press(2)
    with pytest.raises(WrongFeedback) as refused:
        kiosk.follow_up(pressed.key, comment="x", said_at=said_at)
    assert refused.value.fields[0].field == "said_at"


def test_a_comment_that_is_too_long_changes_nothing(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(2, comment="short")
    with pytest.raises(WrongFeedback) as refused:
        kiosk.follow_up(pressed.key, comment="x" * 10_000, reasons=("queue",))
    assert refused.value.fields[0].field == "comment"
    assert (kiosk.get(pressed.id).comment, kiosk.get(pressed.id).reasons) == ("short", [])


# -- complaints


def test_a_complaint_becomes_a_case_with_the_comment(world: FeedbackWorld) -> None:
    pressed = world.press(1, comment="The eggs were broken")
    receipt = world.follow_up(pressed.key, complaint=Complaint()).case
    assert receipt is not None
    case = world.read(lambda session: world.services.cases.get(session, receipt.id))
    assert (case.content, case.kind, case.number) == ("The eggs were broken", CaseKind.COMPLAINT, receipt.number)
    assert world.get(pressed.id).case_id == receipt.id


def test_a_complaint_sent_twice_is_one_case_with_one_receipt(world: FeedbackWorld) -> None:
    pressed = world.press(1)
    first = world.follow_up(pressed.key, complaint=Complaint(content="No change given"))
    again = world.follow_up(pressed.key, complaint=Complaint(content="No change given, twice"))
    assert first.case == again.case
    assert world.press(1, key=pressed.key).case == first.case
    assert len(world.read(lambda session: world.services.cases.list(session))) == 1


def notes(world: FeedbackWorld, case_id: int) -> list[str]:
    """What was noted in a case's history."""
    return [entry.text for entry in world.read(lambda session: world.services.cases.history(session, case_id)) if entry.action == "note"]


@pytest.mark.parametrize("said_at", [None, datetime(2020, 1, 1, tzinfo=UTC)])
def test_a_complaint_is_never_too_late(world: FeedbackWorld, said_at: datetime | None) -> None:
    pressed = world.press(1)
    world.clock.advance(90 * 86_400)
    contact = ContactData(phone="13812345678")
    complaint = Complaint(content="The door hit my hand", contact=contact, consent_version=CONSENT)
    receipt = world.follow_up(pressed.key, complaint=complaint, comment="ouch", said_at=said_at).case
    assert receipt is not None
    case = world.read(lambda session: world.services.cases.get(session, receipt.id))
    assert (case.content, case.contact is not None) == ("The door hit my hand", True)


def test_what_a_second_complaint_says_is_added_to_the_case_once(world: FeedbackWorld) -> None:
    pressed = world.press(1)
    receipt = world.follow_up(pressed.key, complaint=Complaint(content="No change given")).case
    assert receipt is not None
    contact = ContactData(phone="13812345678")
    for content in ("And nobody said sorry", "No change given", "And nobody said sorry", "", " "):
        more = Complaint(content=content, contact=contact, consent_version=CONSENT)
        assert world.follow_up(pressed.key, complaint=more).case == receipt
    assert notes(world, receipt.id) == ["And nobody said sorry"]
    case = world.read(lambda session: world.services.cases.get(session, receipt.id))
    assert case.contact is not None
    assert case.contact.phone == "138****5678"


def test_an_urgent_word_that_is_added_to_a_case_makes_it_critical(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(1)
    receipt = kiosk.follow_up(pressed.key, complaint=Complaint(content="The shelf is broken")).case
    assert receipt is not None
    kiosk.follow_up(pressed.key, complaint=Complaint(content="a child is hurt"))
    assert kiosk.read(lambda session: kiosk.services.cases.get(session, receipt.id)).severity is Severity.CRITICAL
    assert len(kiosk.alerts("feedback.urgent")) == 1


def test_a_suggestion_is_a_case_of_its_own_kind(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(4)
    receipt = kiosk.follow_up(pressed.key, complaint=Complaint(kind="suggestion", content="More chairs, please")).case
    assert receipt is not None
    assert kiosk.read(lambda session: kiosk.services.cases.get(session, receipt.id)).kind is CaseKind.SUGGESTION


def test_the_contact_of_a_complaint_is_kept_masked_and_nowhere_else(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(1, comment="Call me")
    contact = ContactData(name="李华", phone="13812345678")
    receipt = kiosk.follow_up(pressed.key, complaint=Complaint(contact=contact, consent_version=CONSENT)).case
    assert receipt is not None
    masked = kiosk.read(lambda session: kiosk.services.cases.get(session, receipt.id)).contact
    assert masked is not None
    assert masked.phone == "138****5678"
    assert "13812345678" not in str(kiosk.get(pressed.id))


def test_a_contact_that_cannot_be_used_is_refused_and_the_press_stays_as_it_was(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(1)
    with pytest.raises(Invalid):
        kiosk.follow_up(
            pressed.key, comment="hello", complaint=Complaint(content="x", contact=ContactData(phone="12"), consent_version=CONSENT)
        )
    assert (kiosk.get(pressed.id).comment, kiosk.get(pressed.id).case_id) == ("", None)


def test_a_complaint_without_words_says_the_reasons_that_were_tapped(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(1, reasons=("queue",), language="en")
    receipt = kiosk.follow_up(pressed.key, complaint=Complaint()).case
    assert receipt is not None
    assert kiosk.read(lambda session: kiosk.services.cases.get(session, receipt.id)).content == "Long queues"


def test_a_complaint_about_nothing_is_refused_by_name(kiosk: FeedbackWorld) -> None:
    pressed = kiosk.press(1)
    with pytest.raises(WrongFeedback) as refused:
        kiosk.follow_up(pressed.key, complaint=Complaint())
    assert refused.value.fields[0].field == "complaint.content"
