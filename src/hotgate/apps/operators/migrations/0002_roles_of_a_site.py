from typing import ClassVar

from django.db import migrations, models

from hotgate.apps.core import fields, schema


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("operators", "0001_initial"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="staffrole",
            name="site",
            field=fields.inside("operators.site", null=True),
        ),
        migrations.RemoveConstraint(model_name="staffrole", name="staff_role_unique"),
        migrations.AddConstraint(
            model_name="staffrole",
            constraint=models.UniqueConstraint(
                fields=["operator", "staff", "role", "site"], nulls_distinct=False, name="staff_role_once"
            ),
        ),
        *schema.same_operator("staff_role", site_id="site"),
        migrations.AddConstraint(
            model_name="operator",
            constraint=models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("id")),
                name="operator_not_its_own_parent",
            ),
        ),
    ]
