import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from hotgate.apps.core import schema

# Written by the database, so that no statement of accounting has one more column: an ordinary interim does not name
# the addresses, and so does not come here. A session that is forgotten has no address afterwards, and leaves no row.
KEEP = """
CREATE FUNCTION keep_session_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO session_address (session_id, until, operator_id, framed_ip, framed_ipv6)
  VALUES (OLD.id, NEW.last_event_at, OLD.operator_id, OLD.framed_ip, OLD.framed_ipv6)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$
"""
KEPT = """
CREATE TRIGGER access_session_addresses AFTER UPDATE OF framed_ip, framed_ipv6 ON access_session FOR EACH ROW
WHEN ((OLD.framed_ip IS DISTINCT FROM NEW.framed_ip OR OLD.framed_ipv6 <> NEW.framed_ipv6)
      AND (NEW.framed_ip IS NOT NULL OR NEW.framed_ipv6 <> '{}'))
EXECUTE FUNCTION keep_session_address()
"""


class Migration(migrations.Migration):

    dependencies = [
        ('usage', '0005_retention'),
    ]

    operations = [
        migrations.CreateModel(
            name='SessionAddress',
            fields=[
                ('pk', models.CompositePrimaryKey('session_id', 'until', blank=True, editable=False, primary_key=True, serialize=False)),
                ('until', models.DateTimeField()),
                ('framed_ip', models.GenericIPAddressField(null=True)),
                ('framed_ipv6', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], size=None)),
                ('operator', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operators.operator')),
                ('session', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='usage.accesssession')),
            ],
            options={
                'db_table': 'session_address',
                'indexes': [
                    models.Index(fields=['operator', 'framed_ip', 'until'], name='session_address_of_ip'),
                    django.contrib.postgres.indexes.GinIndex(condition=models.Q(('framed_ipv6', []), _negated=True), fields=['framed_ipv6'], name='session_address_of_ipv6'),
                ],
            },
        ),
        *schema.same_operator("session_address", session_id="access_session"),
        *schema.tenant("session_address", aaa="SELECT, INSERT", web="SELECT, DELETE", worker="SELECT, DELETE"),
        schema.sql(KEEP),
        schema.sql(KEPT),
    ]
