"""What the service desk does: rules and records; no HTTP, no hardware protocol."""
