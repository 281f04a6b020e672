import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hotgate.apps.core import schema


class Migration(migrations.Migration):

    dependencies = [
        ('network', '0003_gateways'),
        ('operators', '0003_api_token'),
        ('usage', '0007_quarantine_is_read'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GatewayCertificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('maker', models.TextField()),
                ('hardware', models.TextField(blank=True, db_default='')),
                ('software', models.TextField(blank=True, db_default='')),
                ('packets', models.IntegerField()),
                ('sessions', models.IntegerField()),
                ('verdicts', models.JSONField()),
                ('passed', models.BooleanField()),
                ('nas', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.nas')),
                ('operator', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operators.operator')),
                ('staff', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'gateway_certificate',
                'indexes': [models.Index(fields=['nas', '-at'], name='gateway_certificate_newest')],
            },
        ),
        *schema.same_operator("gateway_certificate", nas_id="nas"),
        *schema.tenant("gateway_certificate", web="SELECT, INSERT"),
        *schema.frozen("gateway_certificate"),
    ]
