from django.db import migrations, models

# as `domain.stations` has it
RADIO = r"^(([0-9A-Fa-f]{2}[-:.]){5}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{12}|([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}):.+"


class Migration(migrations.Migration):

    dependencies = [
        ('operators', '0003_api_token'),
        ('usage', '0009_few_lost'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='accesssession',
            index=models.Index(condition=models.Q(('called_station__regex', RADIO)), fields=['operator', 'called_station'], name='access_session_on_air'),
        ),
    ]
