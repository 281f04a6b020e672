"""Django's back end for PostgreSQL, but for one thing: `base`."""
