"""The console: one folder per task of the staff."""
