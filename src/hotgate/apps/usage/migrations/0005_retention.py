import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from hotgate.apps.core import schema

# The three tables with a partition per day, and no other: these functions have their owner's rights.
DROP_DAY = """
CREATE FUNCTION drop_day(parent text, day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '2s' AS $$
DECLARE
  part text := parent || '_' || to_char(day, 'YYYYMMDD');
BEGIN
  IF parent NOT IN ('usage', 'login_attempt', 'packet_journal') THEN
    RAISE EXCEPTION 'no log: %', parent;
  END IF;
  IF to_regclass(quote_ident(part)) IS NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('DROP TABLE %I', part);
  RETURN true;
END $$
"""

# Of one operator, where another still keeps the day; and what lies outside of every day. A day that is over has no
# writers, so that the frozen journal may be thawed for the moment.
FORGET_DAY = """
CREATE FUNCTION forget_day(part text, operator bigint, before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '2s' AS $$
DECLARE
  day_column text := 'at';
  gone bigint;
BEGIN
  IF part !~ '^(usage|login_attempt|packet_journal)_([0-9]{8}|default)$' THEN
    RAISE EXCEPTION 'no day of a log: %', part;
  END IF;
  IF part LIKE 'usage%' THEN
    day_column := 'event_at';
  END IF;
  IF part LIKE 'packet_journal%' THEN
    EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', part);
  END IF;
  EXECUTE format('DELETE FROM %I WHERE operator_id = $1 AND %I < $2', part, day_column) USING operator, before;
  GET DIAGNOSTICS gone = ROW_COUNT;
  IF part LIKE 'packet_journal%' THEN
    EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', part);
  END IF;
  RETURN gone;
END $$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('operators', '0001_initial'),
        ('usage', '0004_found_by_address'),
    ]

    operations = [
        migrations.CreateModel(
            name='LogRetention',
            fields=[
                ('operator', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='operators.operator')),
                ('preset', models.TextField()),
                ('days', models.IntegerField()),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'log_retention',
            },
        ),
        migrations.AddIndex(
            model_name='accesssession',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('framed_ipv6', []), _negated=True), fields=['framed_ipv6'], name='access_session_of_ipv6'),
        ),
        migrations.AddIndex(
            model_name='accesssession',
            index=models.Index(condition=models.Q(('stopped_at__isnull', False), models.Q(models.Q(('device', ''), _negated=True), models.Q(('user_name', ''), _negated=True), ('framed_ip__isnull', False), models.Q(('framed_ipv6', []), _negated=True), _connector='OR')), fields=['operator', 'stopped_at'], name='access_session_to_forget'),
        ),
        migrations.AddConstraint(
            model_name='logretention',
            constraint=models.CheckConstraint(condition=models.Q(('days__range', (0, 3660))), name='log_retention_days_valid'),
        ),
        *schema.tenant("log_retention"),
        schema.sql(DROP_DAY),
        schema.sql(FORGET_DAY),
        *schema.owners_function("drop_day(text, date)", "worker"),
        *schema.owners_function("forget_day(text, bigint, timestamptz)", "worker"),
    ]
