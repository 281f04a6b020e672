import django.db.models.deletion
from django.db import migrations, models

from hotgate.apps.core import schema


class Migration(migrations.Migration):

    dependencies = [
        ('operators', '0003_api_token'),
        ('subscribers', '0006_registering'),
    ]

    operations = [
        migrations.CreateModel(
            name='RealmSite',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'db_table': 'realm_site',
            },
        ),
        migrations.AddField(
            model_name='slot',
            name='nas_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name='slot',
            index=models.Index(condition=models.Q(('nas_id__isnull', False), ('session_id', None)), fields=['nas_id'], name='slot_awaited'),
        ),
        migrations.AddField(
            model_name='realmsite',
            name='operator',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operators.operator'),
        ),
        migrations.AddField(
            model_name='realmsite',
            name='realm',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='subscribers.realm'),
        ),
        migrations.AddField(
            model_name='realmsite',
            name='site',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='operators.site'),
        ),
        migrations.AddConstraint(
            model_name='realmsite',
            constraint=models.UniqueConstraint(fields=('realm', 'site'), name='realm_site_unique'),
        ),
        *schema.same_operator("realm_site", realm_id="realm", site_id="site"),
        *schema.tenant("realm_site", aaa="SELECT"),
    ]
