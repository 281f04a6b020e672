"""Capabilities: Django apps in one order, each with the same files: models, services, queries, migrations."""
