"""Too many bad ratings in a window are told once; and comments go when their time is up."""

from datetime import timedelta

from tests.desk.feedback.feedback_world import WANG, FeedbackWorld


def test_half_bad_ratings_of_at_least_four_in_a_quarter_of_an_hour_are_told(world: FeedbackWorld) -> None:
    for rating in (5, 4, 1):
        world.press(rating)
    assert world.alerts("feedback.negative") == []
    world.press(2)
    [title] = world.alerts("feedback.negative")
    assert '"bad":2' in title.replace(" ", "")
    assert '"total":4' in title.replace(" ", "")


def test_a_window_tells_once(world: FeedbackWorld) -> None:
    for _ in range(8):
        world.press(1)
    assert len(world.alerts("feedback.negative")) == 1
    world.clock.advance(15 * 60)
    for rating in (1, 2, 1, 2):
        world.press(rating)
    assert len(world.alerts("feedback.negative")) == 2


def test_bad_ratings_long_ago_are_not_told(kiosk: FeedbackWorld) -> None:
    for _ in range(4):
        kiosk.press(1, after_s=8 * 60)
    assert kiosk.alerts("feedback.negative") == []


def test_queued_presses_of_an_hour_ago_are_not_told(kiosk: FeedbackWorld) -> None:
    for minute in range(4):
        kiosk.press(1, pressed_at=kiosk.clock.now() - timedelta(minutes=60 - minute))
    assert kiosk.alerts("feedback.negative") == []


def test_presses_that_do_not_count_raise_no_alert(kiosk: FeedbackWorld) -> None:
    for _ in range(30):
        kiosk.press(1, after_s=0.5)
    assert kiosk.alerts("feedback.negative") == []


def test_good_ratings_keep_the_share_low(kiosk: FeedbackWorld) -> None:
    for rating in (5, 4, 5, 1, 4, 5, 2):
        kiosk.press(rating)
    assert kiosk.alerts("feedback.negative") == []


def test_a_colleagues_ratings_raise_no_alert(kiosk: FeedbackWorld) -> None:
    for _ in range(6):
        kiosk.rate(WANG, 1)
    assert kiosk.alerts("feedback.negative") == []


def test_comments_are_emptied_in_time_and_their_presses_stay(world: FeedbackWorld) -> None:
    old = world.press(1, comment="fire", reasons=("queue",))
    world.clock.advance(86_400)
    young = world.press(1, comment="new")
    world.press(1)
    rule = world.services.contacts.rules["feedback-comment"]
    assert rule.keep_days == world.settings.privacy.comment_days
    before = world.clock.now() - timedelta(hours=1)
    assert world.write(lambda session: rule.purge(session, before, 100)) == 1
    assert world.write(lambda session: rule.purge(session, before, 100)) == 0
    assert (world.get(old.id).comment, world.get(old.id).urgent, world.get(old.id).reasons) == ("", [], ["queue"])
    assert world.get(young.id).comment == "new"
    assert world.totals().raw == 3


def test_the_oldest_comments_go_first_a_few_at_a_time(kiosk: FeedbackWorld) -> None:
    first, *_ = [kiosk.press(1, comment="x") for _ in range(3)]
    assert kiosk.write(lambda session: kiosk.feedback.purge_comments(session, kiosk.clock.now() + timedelta(1), 1)) == 1
    assert kiosk.get(first.id).comment == ""
    assert len(kiosk.presses(with_comment=True)) == 2
