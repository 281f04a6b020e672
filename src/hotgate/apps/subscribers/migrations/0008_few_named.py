from typing import ClassVar

from django.db import migrations

from hotgate.apps.core import schema

# As in the first migration, and as the index has it: what is searched begins with the name.
SEARCHED = "upper(name || E'\\n' || display_name || E'\\n' || phone || E'\\n' || email)"

FEW_NAMED_SUBSCRIBERS = f"""
CREATE FUNCTION few_named_subscribers(beginning text, most integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  RETURN QUERY EXECUTE
    $query$SELECT id FROM subscriber
            WHERE operator_id = ANY ($1) AND erased_at IS NULL AND {SEARCHED} LIKE $2 LIMIT $3$query$
    USING hotgate_operators(), regexp_replace(upper(beginning), '([\\\\%_])', '\\\\\\1', 'g') || '%', most;
END $$
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subscribers", "0007_realm_sites")]

    operations: ClassVar = [
        schema.sql(FEW_NAMED_SUBSCRIBERS),
        *schema.owners_function("few_named_subscribers(text, integer)", "web", "worker"),
    ]
