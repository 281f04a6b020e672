from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("usage", "0003_erasing_attempts")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="accesssession",
            index=models.Index(fields=["operator", "framed_ip", "-started_at"], name="access_session_of_ip"),
        ),
        migrations.AddIndex(
            model_name="accesssession",
            index=models.Index(fields=["operator", "mac", "-started_at"], name="access_session_of_mac"),
        ),
    ]
