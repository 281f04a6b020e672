import django.db.models.deletion
from django.db import migrations, models

from hotgate.apps.core import schema

# Which sessions are open stands in a table of its own: with an index of `access_session` for that, every Stop wrote all
# of its ten indexes anew. The database keeps it, so that whoever writes a session need not know.
BEGIN = """
CREATE FUNCTION keep_begun_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO open_session (session_id, operator_id, nas_id)
  SELECT id, operator_id, nas_id FROM begun WHERE stopped_at IS NULL;
  RETURN NULL;
END $$
"""
BEGUN = """
CREATE TRIGGER access_session_begun AFTER INSERT ON access_session REFERENCING NEW TABLE AS begun
FOR EACH STATEMENT EXECUTE FUNCTION keep_begun_sessions()
"""
END = """
CREATE FUNCTION keep_ended_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.stopped_at IS NULL THEN
    INSERT INTO open_session (session_id, operator_id, nas_id) VALUES (NEW.id, NEW.operator_id, NEW.nas_id);
  ELSE
    DELETE FROM open_session WHERE session_id = NEW.id;
  END IF;
  RETURN NULL;
END $$
"""
ENDED = """
CREATE TRIGGER access_session_ended AFTER UPDATE OF stopped_at ON access_session FOR EACH ROW
WHEN ((OLD.stopped_at IS NULL) <> (NEW.stopped_at IS NULL)) EXECUTE FUNCTION keep_ended_session()
"""
THOSE_OPEN = """
INSERT INTO open_session (session_id, operator_id, nas_id)
SELECT id, operator_id, nas_id FROM access_session WHERE stopped_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("network", "0004_router_state"),
        ("operators", "0003_api_token"),
        ("usage", "0012_backlog"),
    ]

    operations = [
        # at once what is needed in the end: who has read meanwhile and would write would wait for us, and we for it
        schema.sql("LOCK TABLE access_session IN ACCESS EXCLUSIVE MODE"),
        migrations.CreateModel(
            name="OpenSession",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="open",
                        serialize=False,
                        to="usage.accesssession",
                    ),
                ),
                (
                    "nas",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="network.nas",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operators.operator",
                    ),
                ),
            ],
            options={
                "db_table": "open_session",
                "indexes": [models.Index(fields=["nas"], name="open_session_of_nas")],
            },
        ),
        *schema.tenant("open_session", **dict.fromkeys(("aaa", "web"), "SELECT, INSERT, DELETE")),
        schema.sql(THOSE_OPEN),
        migrations.RunSQL([BEGIN], ["DROP FUNCTION keep_begun_sessions() CASCADE"]),
        migrations.RunSQL([END], ["DROP FUNCTION keep_ended_session() CASCADE"]),
        schema.sql(BEGUN),
        schema.sql(ENDED),
        migrations.RemoveIndex(model_name="accesssession", name="access_session_open"),
        migrations.RemoveIndex(model_name="accesssession", name="access_session_to_forget"),
        migrations.RemoveIndex(model_name="accesssession", name="access_session_lost"),
        migrations.RemoveIndex(model_name="accesssession", name="access_session_seldom"),
        # Sessions that began together are on one page and move on together, many in a booking. At 80 a third of these
        # updates found no room there, left the page and wrote all indexes: 20 us each, and 8 with this.
        *schema.hot("access_session", 60),
        migrations.AddField(
            model_name="accesssession",
            name="rare_cause",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(terminate_cause__in=(2, 3, 6), then=models.F("terminate_cause"))
                ),
                output_field=models.SmallIntegerField(null=True),
            ),
        ),
        migrations.AddIndex(
            model_name="accesssession",
            index=models.Index(
                condition=models.Q(
                    models.Q(("device", ""), _negated=True),
                    models.Q(("user_name", ""), _negated=True),
                    ("framed_ip__isnull", False),
                    models.Q(("framed_ipv6", []), _negated=True),
                    _connector="OR",
                ),
                fields=["operator", "started_at"],
                name="access_session_named",
            ),
        ),
        migrations.AddIndex(
            model_name="accesssession",
            index=models.Index(
                condition=models.Q(("close_reason", "lost"), ("rare_cause__in", (2, 3)), _connector="OR"),
                fields=["operator", "-started_at"],
                name="access_session_lost",
            ),
        ),
        migrations.AddIndex(
            model_name="accesssession",
            index=models.Index(
                condition=models.Q(
                    ("subscriber__isnull", True),
                    ("close_reason", "closed_by_staff"),
                    ("rare_cause", 6),
                    _connector="OR",
                ),
                fields=["operator", "-started_at"],
                name="access_session_seldom",
            ),
        ),
    ]
