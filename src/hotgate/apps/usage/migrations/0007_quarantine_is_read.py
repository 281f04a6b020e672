from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('usage', '0006_times_of_addresses'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='quarantine',
            index=models.Index(fields=['operator_id', 'at', 'id'], name='quarantine_newest'),
        ),
        migrations.AddIndex(
            model_name='quarantine',
            index=models.Index(fields=['nas_id', 'at', 'id'], name='quarantine_of_nas'),
        ),
    ]
