from django.db import migrations, models
from django.db.models.functions import Now

from hotgate.apps.core import schema


class Migration(migrations.Migration):
    dependencies = [("usage", "0011_controllers")]

    operations = [
        migrations.CreateModel(
            name="AccountingBacklog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=Now())),
                ("sealed", models.BinaryField()),
            ],
            options={"db_table": "accounting_backlog"},
        ),
        # nobody's but the AAA server's; what is sealed does not get smaller
        *schema.rights("accounting_backlog", {"aaa": "SELECT, INSERT, DELETE"}),
        schema.sql("ALTER TABLE accounting_backlog ALTER COLUMN sealed SET STORAGE EXTERNAL"),
        schema.sql(
            "ALTER TABLE accounting_backlog SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,"
            " toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 20000)"
        ),
    ]
