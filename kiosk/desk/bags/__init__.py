"""Bag check: bags taken in under a ticket, kept in a slot, and given back exactly once."""
