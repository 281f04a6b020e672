import django.db.models.deletion
import hotgate.apps.core.fields
import hotgate.apps.core.ids
from django.db import migrations, models

from hotgate.apps.core import schema


class Migration(migrations.Migration):

    dependencies = [
        ('network', '0004_router_state'),
        ('operators', '0003_api_token'),
        ('subscribers', '0010_realm_style'),
        ('usage', '0010_on_air'),
    ]

    operations = [
        migrations.CreateModel(
            name='Association',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=hotgate.apps.core.ids.uuid7, editable=False, unique=True)),
                ('device', hotgate.apps.core.fields.MacField()),
                ('access_point', hotgate.apps.core.fields.MacField()),
                ('network', models.TextField(blank=True, db_default='')),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('terminate_cause', models.SmallIntegerField(null=True)),
                ('signal_dbm', models.SmallIntegerField(null=True)),
                ('nas', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='network.nas')),
                ('operator', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operators.operator')),
                ('subscriber', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='subscribers.subscriber')),
            ],
            options={
                'db_table': 'association',
                'indexes': [models.Index(fields=['operator', '-began_at'], name='association_newest'), models.Index(fields=['subscriber', '-began_at'], name='association_of_subscriber'), models.Index(fields=['nas', '-began_at'], name='association_of_nas')],
                'constraints': [models.UniqueConstraint(fields=('operator', 'device', 'access_point', 'began_at'), name='association_once')],
            },
        ),
        *schema.same_operator("association", subscriber_id="subscriber", nas_id="nas"),
        *schema.tenant("association"),
    ]
