from django.db import migrations, models

from hotgate.apps.core.schema import owners_function, sql

# By `lower` in "C", as certificates are compared: only ASCII letters have two cases there (RFC 4343).
# A name that several operators gave before has nobody first, until one gives it anew.
KNOWN = """
UPDATE nas SET identifier_since = created_at
 WHERE NOT EXISTS (SELECT FROM nas other WHERE other.operator_id <> nas.operator_id
                      AND lower(other.identifier COLLATE "C") = lower(nas.identifier COLLATE "C"))
"""

SINCE = """
CREATE FUNCTION keep_identifier_since() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' OR lower(NEW.identifier COLLATE "C") <> lower(OLD.identifier COLLATE "C") THEN
    NEW.identifier_since := clock_timestamp();
  ELSE
    NEW.identifier_since := OLD.identifier_since;
  END IF;
  RETURN NEW;
END $$
"""

# The web sees no other operator's gateways; it may ask whether one was first to have this name.
TAKEN = """
CREATE FUNCTION identifier_is_taken(name text, operator bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT EXISTS (SELECT FROM nas WHERE nas.operator_id <> $2 AND nas.identifier_since IS NOT NULL
                    AND lower(nas.identifier COLLATE "C") = lower($1 COLLATE "C"))
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('network', '0004_router_state'),
    ]

    operations = [
        migrations.AddField(
            model_name='nas',
            name='identifier_since',
            field=models.DateTimeField(null=True),
        ),
        sql(KNOWN),
        sql(SINCE),
        sql(
            "CREATE TRIGGER nas_identifier_since BEFORE INSERT OR UPDATE OF identifier, identifier_since ON nas"
            " FOR EACH ROW EXECUTE FUNCTION keep_identifier_since()"
        ),
        sql(TAKEN),
        *owners_function("identifier_is_taken(text, bigint)", "web", "worker"),
    ]
