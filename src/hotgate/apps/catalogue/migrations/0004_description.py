from django.db import migrations, models

from hotgate.apps.core import schema


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0003_plan_examples'),
    ]

    operations = [
        migrations.AddField(
            model_name='plan',
            name='description',
            field=models.TextField(blank=True, db_default=''),
        ),
        schema.sql("DROP TRIGGER plan_frozen ON plan"),
        *schema.frozen("plan", "name", "code", "description", "quick_ticket", "self_service", "active", "retired_at"),
    ]
