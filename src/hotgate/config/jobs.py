"""Jobs that belong to no capability. Those of a capability stand in its own `jobs.py`."""
