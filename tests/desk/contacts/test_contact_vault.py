"""Contact data is encrypted at rest, masked where it is listed, and revealed with a reason and on record."""

from tests.desk.contacts.contact_world import LI_HUA, ContactWorld


def test_a_contact_is_masked_in_lists_and_whole_when_revealed(world: ContactWorld) -> None:
    contact = world.store()
    masked = world.read(lambda session: world.vault.masked(session, contact))
    assert masked is not None
    assert (masked.name, masked.phone, masked.email, masked.has_note) == ("李**", "138****5678", "l***@example.com", True)
    revealed = world.reveal(contact)
    assert (revealed.name, revealed.phone, revealed.email) == (LI_HUA.name, "+8613812345678", LI_HUA.email)
