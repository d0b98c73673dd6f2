"""What is purged of cases and when, and what a person's export and deletion take in."""

import base64
from datetime import timedelta

import pytest

from kiosk.desk.cases.views import CaseState
from tests.desk.cases.case_world import CHEN, LI_HUA, CaseWorld
from tests.desk.cases.test_case_photos import picture

DAY = timedelta(days=1)


def filled(world: CaseWorld, state: CaseState = CaseState.CLOSED) -> int:
    """A case in which every field tells of Li Hua."""
    case_id = world.open("Li Hua says it was sour.", contact=LI_HUA, product="Li Hua's milk", receipt="S001-42", written=True).id
    world.do("add_photo", case_id, picture())
    world.do("first_answer", case_id, "Told Li Hua.")
    world.do("assign", case_id, owner_id=CHEN.id, actor=CHEN)
    world.do("wait", case_id, "Li Hua")
    world.do("write_reply", case_id, "Dear Li Hua,")
    if state is CaseState.CLOSED:
        world.do("mark_reply_sent", case_id, "by post")
        world.do("resolve", case_id, "Li Hua got a new one.")
        world.do("close", case_id, call_back="told Li Hua by phone")
    return case_id


def everything(world: CaseWorld, case_id: int) -> str:
    """All that the desk can still find about a case."""
    return str(
        (
            world.get(case_id),
            world.history(case_id),
            world.read(lambda session: world.cases.photos(session, case_id)),
            world.read(lambda session: world.cases.replies(session, case_id)),
        )
    )


def test_contacts_go_after_their_time_and_the_content_later(world: CaseWorld) -> None:
    rules = world.contacts.rules
    assert (rules["case-contact"].keep_days, rules["case-content"].keep_days) == (90, 1095)
    old, open_one = filled(world), world.open(contact=LI_HUA).id
    world.clock.advance(1)
    cut = world.clock.now()
    new = filled(world)

    assert world.write(lambda session: rules["case-contact"].purge(session, cut, 10)) == 1
    assert world.write(lambda session: rules["case-contact"].purge(session, cut, 10)) == 0
    assert world.get(old).contact is None
    assert world.get(new).contact is not None
    assert world.get(open_one).contact is not None
    assert "sour" in everything(world, old)

    assert world.write(lambda session: rules["case-content"].purge(session, cut, 10)) == 1
    assert world.write(lambda session: rules["case-content"].purge(session, cut, 10)) == 0
    assert "Li Hua" not in everything(world, old)
    assert "S001-42" not in everything(world, old)
    assert "Li Hua" in everything(world, new)
    # What remains counts cases and times; the slip's code still says "closed".
    view = world.get(old)
    assert (view.state, view.photos, view.reply_id, view.owner) == (CaseState.CLOSED, 0, None, "Chen")
    assert world.read(lambda session: world.cases.state_of(session, view.code)).state is CaseState.CLOSED


def test_a_purge_keeps_to_its_limit(desk: CaseWorld) -> None:
    cases = [desk.brought_to(CaseState.CLOSED, contact=LI_HUA).id for _ in range(3)]
    desk.clock.advance(1)
    for kind in ("case-contact", "case-content"):
        purge = desk.contacts.rules[kind].purge
        counted = [desk.write(lambda session, purge=purge: purge(session, desk.clock.now(), 2)) for _ in range(3)]  # type: ignore[misc]
        assert counted == [2, 1, 0]
    assert len(cases) == 3


def test_an_export_holds_all_that_is_kept_about_a_person(world: CaseWorld) -> None:
    case_id, other = filled(world), world.open("Somebody else's.").id
    people = world.contacts.people["cases"]
    [told] = world.read(lambda session: people.export(session, [f"case:{case_id}", "press:9"]))
    for text in ("it was sour", "Told Li Hua.", "Dear Li Hua,", "got a new one", "told Li Hua by phone", "S001-42", "Li Hua's milk"):
        assert text in str(told)
    [photo] = told["photos"]  # type: ignore[misc]
    assert base64.b64decode(photo).startswith(b"\xff\xd8")
    assert told["number"] == world.get(case_id).number
    assert world.get(other).content == "Somebody else's."


@pytest.mark.parametrize("state", [CaseState.WAITING, CaseState.CLOSED])
def test_a_deletion_leaves_the_case_and_nothing_of_the_person(world: CaseWorld, state: CaseState) -> None:
    case_id, other = filled(world, state), world.open("Somebody else's.").id
    people = world.contacts.people["cases"]
    assert world.write(lambda session: people.delete(session, [f"case:{case_id}"])) == 1
    assert "Li Hua" not in everything(world, case_id)
    assert world.get(case_id).contact is None
    assert world.actions(case_id)[-1] == "erased"
    assert world.get(other).content == "Somebody else's."
    assert world.get(case_id).state is state


def test_an_open_case_can_end_after_its_person_was_deleted(desk: CaseWorld) -> None:
    case_id = filled(desk, CaseState.WAITING)
    desk.write(lambda session: desk.contacts.people["cases"].delete(session, [f"case:{case_id}"]))
    desk.do("resolve", case_id, "Deleted at the customer's wish.")
    assert desk.do("close", case_id, call_back="no contact left").state is CaseState.CLOSED


def test_photos_are_encrypted_anew_when_the_keys_are_rotated(desk: CaseWorld) -> None:
    assert ("CasePhoto", "sealed") in [(held.model.__name__, held.column) for held in desk.contacts.encrypted]
