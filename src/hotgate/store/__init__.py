"""The few SQL statements that the AAA server and the web share: rows become the values that the rules read."""
