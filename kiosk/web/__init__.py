"""Pages and the JSON API: HTTP in, calls of the desk out; no rules of the desk stand here."""
