from typing import ClassVar

from django.contrib.postgres.indexes import HashIndex
from django.db import migrations, models

from hotgate.apps.core import schema


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subscribers", "0011_codes")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="credential",
            index=HashIndex(
                models.Func(
                    "name_key",
                    "operator_id",
                    function="hashtextextended",
                    output_field=models.BigIntegerField(),
                ),
                name="credential_found",
            ),
        ),
        schema.sql("ANALYZE credential"),  # without statistics of the number, no plan would ask this index
    ]
