"""How one kind of hardware is spoken to: one file a driver, its options beside it."""
