"""Debouncing: an oracle that looks every millisecond, and what it is for: bounces, spikes, late edges, chatter."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiosk.devices.debounce import CHATTER_S, Debouncer, Settled

SETTLE_MS = 25
# "Milliseconds" of these tests are 1/1024 s: their sums are exact, so that the settling time itself can be tested.
SECOND = 1024
# Milliseconds from one edge to the next; the contact is open at first, and each edge changes its level.
gaps = st.lists(st.integers(1, 120), max_size=40)


def oracle(edges: list[int], until: int) -> list[tuple[bool, int]]:
    """(closed, settled at) by looking at the level every millisecond: it counts when it has been the same for the settling time."""
    closed, level, moved_at = False, False, 0
    found = []
    for now in range(until + 1):
        if level is not closed and now - moved_at >= SETTLE_MS:
            closed = level
            found.append((closed, now))
        if now in edges:
            level, moved_at = not level, now
    return found


def settled_by(edges: list[int], looks: list[int], until: int) -> list[Settled]:
    """The same by a `Debouncer`, asked at *looks* beside the edges."""
    contact = Debouncer(SETTLE_MS / SECOND, closed=False, now=0.0)
    found = []
    level = False
    for now in sorted({*edges, *looks, until}):
        if now in looks or now == until:
            found += contact.settle(now / SECOND)
        if now in edges:
            level = not level
            found += contact.edge(level, now / SECOND)
    return [change for change in found if change.moved]


def times(spans: list[int]) -> list[int]:
    return [sum(spans[: place + 1]) for place in range(len(spans))]


@settings(max_examples=150, deadline=None)
@given(spans=gaps, looks=st.lists(st.integers(0, 3000), max_size=20))
@example(spans=[10, 25, 25], looks=[])  # exactly the settling time
@example(spans=[10, 24, 1, 24, 1, 24], looks=[])
def test_what_settles_is_what_looking_every_millisecond_finds(spans: list[int], looks: list[int]) -> None:
    edges = times(spans)
    until = (edges[-1] if edges else 0) + 200
    found = [(change.closed, round(change.at * SECOND)) for change in settled_by(edges, looks, until)]
    assert found == oracle(edges, until)


@settings(max_examples=75, deadline=None)
@given(spans=gaps)
def test_edges_that_are_handed_over_late_all_at_once_are_the_same_presses(spans: list[int]) -> None:
    edges = times(spans)
    until = (edges[-1] if edges else 0) + 200
    in_time = settled_by(edges, list(range(0, until, 5)), until)
    assert settled_by(edges, [], until) == in_time


@settings(max_examples=75, deadline=None)
@given(bounces=st.lists(st.integers(1, SETTLE_MS - 1), max_size=30))
def test_a_train_of_bounces_is_one_press_that_began_with_its_first_edge(bounces: list[int]) -> None:
    edges = times([10, *bounces])
    if len(edges) % 2 == 0:
        edges.append(edges[-1] + 1)  # it ends closed
    (press,) = settled_by(edges, [], edges[-1] + 100)
    assert (press.closed, press.began) == (True, 10 / SECOND)


@settings(max_examples=50, deadline=None)
@given(width=st.integers(1, SETTLE_MS - 1))
def test_a_spike_is_no_press(width: int) -> None:
    contact = Debouncer(SETTLE_MS / SECOND, closed=False, now=0.0)
    assert contact.edge(True, 0.1) == []
    assert contact.edge(False, 0.1 + width / SECOND) == []
    (spike,) = contact.settle(1.0)
    assert not spike.moved
    assert contact.due is None


def test_a_contact_that_was_closed_at_the_start_was_not_pressed() -> None:
    contact = Debouncer(0.025, closed=True, now=0.0)
    assert contact.settle(10.0) == []
    contact.edge(False, 11.0)
    (release,) = contact.settle(12.0)
    assert (release.closed, release.moved) == (False, True)


def test_chatter_is_noticed_and_ends_when_it_rests() -> None:
    contact = Debouncer(0.025, closed=False, now=0.0)
    now = 0.0
    while now < CHATTER_S:
        now += 0.01
        contact.edge(not contact.level, now)
    assert contact.chatters(now + 0.01)
    contact.settle(now + 0.025)
    assert not contact.chatters(now + 5)


def test_an_edge_with_an_earlier_time_never_turns_time_back() -> None:
    contact = Debouncer(0.025, closed=False, now=5.0)
    contact.edge(True, 4.0)
    (press,) = contact.settle(5.025)
    assert press.began == 5.0
