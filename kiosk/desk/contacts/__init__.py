"""Contact data of shoppers: encrypted in the database, masked in lists, each reveal with a reason and on record."""

from kiosk.desk.contacts.consent import Consent
from kiosk.desk.contacts.retention import RetentionRule
from kiosk.desk.contacts.vault import ContactData, ContactVault, MaskedContact

__all__ = ["Consent", "ContactData", "ContactVault", "MaskedContact", "RetentionRule"]
