""" "You said, we did": released by the manager, of closed cases, without personal data."""

import pytest

from kiosk.desk.cases.errors import NotNow, WrongCase
from kiosk.desk.cases.views import CaseState
from kiosk.errors import Denied
from tests.desk.cases.case_world import CHEN, LI_HUA, WANG, CaseWorld

SAID = {"zh": "牛奶酸了", "en": "The milk was sour"}
DID = {"zh": "换了供应商", "en": "We changed the supplier"}


def test_a_story_is_shown_until_it_is_withdrawn(world: CaseWorld) -> None:
    case_id = world.brought_to(CaseState.CLOSED, contact=LI_HUA).id
    assert world.do("release_story", case_id, SAID, DID, actor=CHEN).story_released
    [story] = world.read(world.cases.stories)
    assert (story.id, story.said, story.did, story.released_at) == (case_id, SAID, DID, world.clock.now())

    world.do("release_story", case_id, SAID, {**DID, "en": "New supplier"}, actor=CHEN)
    assert [story.did["en"] for story in world.read(world.cases.stories)] == ["New supplier"]
    assert not world.do("withdraw_story", case_id, actor=CHEN).story_released
    assert world.read(world.cases.stories) == []
    world.do("withdraw_story", case_id, actor=CHEN)
    # Each change makes the kiosks look; the last one changed nothing.
    assert [event.data for event in world.events if event.name == "stories.changed"] == [{}, {}, {}]


def test_the_newest_stories_come_first_and_no_more_than_asked_for(desk: CaseWorld) -> None:
    cases = [desk.brought_to(CaseState.CLOSED).id for _ in range(3)]
    for case_id in cases:
        desk.clock.advance(1)
        desk.do("release_story", case_id, SAID, DID, actor=CHEN)
    assert [story.id for story in desk.read(lambda session: desk.cases.stories(session, limit=2))] == [cases[2], cases[1]]


def test_only_the_manager_releases_and_only_what_is_closed(desk: CaseWorld) -> None:
    closed = desk.brought_to(CaseState.CLOSED).id
    with pytest.raises(Denied):
        desk.do("release_story", closed, SAID, DID, actor=WANG)
    with pytest.raises(Denied):
        desk.do("withdraw_story", closed, actor=WANG)
    with pytest.raises(NotNow):
        desk.do("release_story", desk.brought_to(CaseState.RESOLVED).id, SAID, DID, actor=CHEN)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"zh": "牛奶酸了"}, "said_en"),
        ({"zh": "", "en": "x"}, "said_zh"),
        ({"zh": "x" * 201, "en": "x"}, "said_zh"),
        ({"zh": "李女士 138 1234 5678", "en": "x"}, "said_zh"),
        ({"zh": "牛奶", "en": "li.hua@example.com said so"}, "said_en"),
    ],
)
def test_a_story_is_whole_short_and_names_no_number_or_address(desk: CaseWorld, said: dict[str, str], field: str) -> None:
    case_id = desk.brought_to(CaseState.CLOSED).id
    with pytest.raises(WrongCase) as refused:
        desk.do("release_story", case_id, said, DID, actor=CHEN)
    assert refused.value.fields[0].field == field
