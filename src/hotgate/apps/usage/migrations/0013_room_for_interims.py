from django.db import migrations

from hotgate.apps.core import schema


class Migration(migrations.Migration):
    dependencies = [("usage", "0012_backlog")]

    # Sessions that began together are on one page and move on together, many in a booking. At 80 a third of
    # these updates found no room there, left the page and wrote ten indexes: 20 us each, and 8 with this.
    operations = [*schema.hot("access_session", 60)]
