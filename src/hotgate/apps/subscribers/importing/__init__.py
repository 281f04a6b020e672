"""Users from a spreadsheet (HN-9): read, look through row by row, then all or nothing."""
