"""The AAA server: RADIUS on UDP, answered in batches out of PostgreSQL. It knows no Django."""
