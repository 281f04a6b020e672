from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('network', '0002_places'),
        ('operators', '0003_api_token'),
    ]

    operations = [
        migrations.AddField(
            model_name='nas',
            name='city',
            field=models.TextField(blank=True, db_default=''),
        ),
        migrations.AddField(
            model_name='nas',
            name='country',
            field=models.CharField(blank=True, db_default='', max_length=2),
        ),
        migrations.AddField(
            model_name='nas',
            name='hardware',
            field=models.TextField(blank=True, db_default=''),
        ),
        migrations.AddField(
            model_name='nas',
            name='kind',
            field=models.TextField(db_default='hotspot'),
        ),
        migrations.AddField(
            model_name='nas',
            name='phones',
            field=models.TextField(blank=True, db_default=''),
        ),
        migrations.AddField(
            model_name='nas',
            name='postcode',
            field=models.TextField(blank=True, db_default=''),
        ),
        migrations.AddField(
            model_name='nas',
            name='software',
            field=models.TextField(blank=True, db_default=''),
        ),
        migrations.AddField(
            model_name='nas',
            name='street',
            field=models.TextField(blank=True, db_default=''),
        ),
        migrations.AddConstraint(
            model_name='nas',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['hotspot', 'pppoe', 'dot1x'])), name='nas_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='nas',
            constraint=models.CheckConstraint(condition=models.Q(('users_max__gte', 1)), name='nas_users_max_positive'),
        ),
    ]
