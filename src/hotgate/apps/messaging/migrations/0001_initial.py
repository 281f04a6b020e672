import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from hotgate.apps.core import ids, schema


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('operators', '0001_initial'),
        ('subscribers', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ('channel', models.TextField()),
                ('recipient', models.TextField()),
                ('purpose', models.TextField()),
                ('subject', models.TextField(blank=True, db_default='')),
                ('body_sealed', models.BinaryField(null=True)),
                ('state', models.TextField(db_default='queued')),
                ('tries', models.IntegerField(db_default=0)),
                ('problem', models.TextField(blank=True, db_default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('settled_at', models.DateTimeField(null=True)),
                ('operator', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operators.operator')),
                ('subscriber', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='subscribers.subscriber')),
            ],
            options={
                'db_table': 'message',
                'indexes': [models.Index(fields=['operator', 'created_at', 'id'], name='message_newest'), models.Index(fields=['subscriber'], name='message_of_subscriber')],
                'constraints': [models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms'])), name='message_channel_known'), models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'sent', 'failed'])), name='message_state_known'), models.UniqueConstraint(fields=('operator', 'id'), name='message_of_operator'), models.CheckConstraint(condition=models.Q(('state', 'queued'), models.Q(('body_sealed__isnull', True), ('settled_at__isnull', False)), _connector='OR'), name='message_settled')],
            },
        ),
        *schema.same_operator("message", subscriber_id="subscriber"),
        *schema.tenant("message"),
    ]
