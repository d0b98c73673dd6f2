"""How people outside the desk are reached: one file a kind of channel; none of them knows what an alert is about."""
