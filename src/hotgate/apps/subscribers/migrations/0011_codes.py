from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subscribers", "0010_realm_style")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="credential",
            index=models.Index(fields=["subscriber"], name="credential_codes", condition=models.Q(kind="code")),
        ),
    ]
