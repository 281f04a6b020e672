import django.db.models.functions.datetime
from django.db import migrations, models

from hotgate.apps.core import schema


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0001_initial")]  # makes the roles

    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("key_fingerprint", models.TextField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "installation",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="installation_is_one")],
            },
        ),
        *schema.rights("installation", {"aaa": "SELECT", "web": "SELECT", "worker": "SELECT"}),
    ]
