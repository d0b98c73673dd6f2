"""Files of the point of sale become receipts: read by a mapping profile, checked row by row, taken in once."""
