from typing import ClassVar

from django.db import migrations

from hotgate.apps.core import schema


class Migration(migrations.Migration):
    """The table that Django's database cache expects; it holds what counts once or seldom, and no tenant's data."""

    dependencies: ClassVar = [("core", "0003_work")]

    operations: ClassVar = [
        schema.sql(
            "CREATE TABLE cache_entry"
            " (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL)"
        ),
        schema.sql("CREATE INDEX cache_entry_expires ON cache_entry (expires)"),
        *schema.rights("cache_entry", {"web": schema.READ_WRITE}),
    ]
