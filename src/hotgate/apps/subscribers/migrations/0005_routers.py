import django.db.models.deletion
from django.db import migrations, models

from hotgate.apps.core import schema

READABLE = (
    "nas_id", "operator_id", "realm_id", "enabled", "protocol", "tls", "port", "username", "rules", "default_plan_id",
    "printer_field", "printer_pattern", "asked_at", "answered_at", "problem", "made", "known", "conflicts",
)


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('network', '0001_initial'),
        ('operators', '0001_initial'),
        ('subscribers', '0004_few_found'),
    ]

    operations = [
        migrations.CreateModel(
            name='RouterSource',
            fields=[
                ('nas', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='network.nas')),
                ('enabled', models.BooleanField(db_default=True)),
                ('protocol', models.TextField(db_default='rest')),
                ('tls', models.TextField(db_default='verified')),
                ('port', models.IntegerField()),
                ('username', models.TextField()),
                ('password_sealed', models.BinaryField()),
                ('rules', models.JSONField(default=list)),
                ('printer_field', models.TextField(db_default='comment')),
                ('printer_pattern', models.TextField(blank=True, db_default='')),
                ('asked_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('problem', models.TextField(blank=True, db_default='')),
                ('made', models.IntegerField(db_default=0)),
                ('known', models.IntegerField(db_default=0)),
                ('conflicts', models.JSONField(default=list)),
                ('default_plan', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.plan')),
                ('operator', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operators.operator')),
                ('realm', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscribers.realm')),
            ],
            options={
                'db_table': 'router_source',
                'constraints': [models.CheckConstraint(condition=models.Q(('protocol__in', ['rest', 'binary'])), name='router_source_protocol_known'), models.CheckConstraint(condition=models.Q(('tls__in', ['verified', 'unverified', 'off'])), name='router_source_tls_known'), models.CheckConstraint(condition=models.Q(('printer_field__in', ['profile', 'comment', 'name'])), name='router_source_printer_field_known'), models.CheckConstraint(condition=models.Q(('port__gte', 1), ('port__lte', 65535)), name='router_source_port_valid')],
            },
        ),
        migrations.CreateModel(
            name='RouterUser',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('nas', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='network.nas')),
                ('operator', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operators.operator')),
                ('subscriber', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='subscribers.subscriber')),
            ],
            options={
                'db_table': 'router_user',
                'indexes': [models.Index(fields=['subscriber'], name='router_user_subscriber')],
                'constraints': [models.UniqueConstraint(fields=('nas', 'name'), name='router_user_unique')],
            },
        ),
        *schema.same_operator("router_source", nas_id="nas", realm_id="realm", default_plan_id="plan"),
        *schema.same_operator("router_user", nas_id="nas", subscriber_id="subscriber"),
        # only the worker opens the router's password
        *schema.tenant("router_source", web=schema.write_only(*READABLE), worker=schema.READ_WRITE),
        *schema.tenant("router_user"),
    ]
