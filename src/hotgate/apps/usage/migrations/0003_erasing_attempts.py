from typing import ClassVar

from django.db import migrations

from hotgate.apps.core import schema


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("usage", "0002_daily_usage"),
    ]

    operations: ClassVar = [
        # so that somebody who is erased can be taken out of the log of logins as well
        *schema.rights("login_attempt", {"web": "UPDATE (user_name, device)"}),
        schema.sql(
            "CREATE INDEX audit_entry_of_object ON audit_entry (operator_id, object_kind, object_id, number DESC)"
        ),
    ]
