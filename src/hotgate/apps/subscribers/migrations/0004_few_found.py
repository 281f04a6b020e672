from typing import ClassVar

from django.db import migrations

from hotgate.apps.core import schema

# As in the first migration, and as the index has it.
SEARCHED = "upper(name || E'\\n' || display_name || E'\\n' || phone || E'\\n' || email)"

# The list of users needs all that fit, the search box a few: with the limit inside, the database stops looking.
FEW_FOUND_SUBSCRIBERS = f"""
CREATE FUNCTION few_found_subscribers(wanted text, most integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  RETURN QUERY EXECUTE
    $query$SELECT id FROM subscriber
            WHERE operator_id = ANY ($1) AND erased_at IS NULL AND {SEARCHED} LIKE $2 LIMIT $3$query$
    USING hotgate_operators(), '%' || regexp_replace(upper(wanted), '([\\\\%_])', '\\\\\\1', 'g') || '%', most;
END $$
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subscribers", "0003_realms_cards_sales")]

    operations: ClassVar = [
        schema.sql(FEW_FOUND_SUBSCRIBERS),
        *schema.owners_function("few_found_subscribers(text, integer)", "web", "worker"),
    ]
