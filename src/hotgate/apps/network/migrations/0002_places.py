import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from hotgate.apps.core import fields, ids, schema


class Migration(migrations.Migration):

    dependencies = [
        ('network', '0001_initial'),
        ('operators', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessPoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ('name', models.TextField()),
                ('mac', fields.MacField(null=True)),
                ('x', models.FloatField(null=True)),
                ('y', models.FloatField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'access_point',
            },
        ),
        migrations.CreateModel(
            name='BlockedDevice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mac', fields.MacField()),
                ('reason', models.TextField(blank=True, db_default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'blocked_device',
            },
        ),
        migrations.CreateModel(
            name='FloorPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ('name', models.TextField()),
                ('picture', models.BinaryField(null=True)),
                ('width', models.IntegerField(db_default=0)),
                ('height', models.IntegerField(db_default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'floor_plan',
            },
        ),
        migrations.AddField(
            model_name='nas',
            name='silence_told_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='nas',
            name='silent_after_minutes',
            field=models.IntegerField(db_default=1440, null=True),
        ),
        migrations.AddConstraint(
            model_name='nas',
            constraint=models.CheckConstraint(condition=models.Q(('silent_after_minutes__range', (5, 10080))), name='nas_silence_valid'),
        ),
        migrations.AddField(
            model_name='accesspoint',
            name='nas',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='network.nas'),
        ),
        migrations.AddField(
            model_name='accesspoint',
            name='operator',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operators.operator'),
        ),
        migrations.AddField(
            model_name='accesspoint',
            name='site',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operators.site'),
        ),
        migrations.AddField(
            model_name='blockeddevice',
            name='operator',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operators.operator'),
        ),
        migrations.AddField(
            model_name='floorplan',
            name='operator',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operators.operator'),
        ),
        migrations.AddField(
            model_name='floorplan',
            name='site',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operators.site'),
        ),
        migrations.AddField(
            model_name='accesspoint',
            name='plan',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='network.floorplan'),
        ),
        migrations.AddConstraint(
            model_name='blockeddevice',
            constraint=models.UniqueConstraint(fields=('operator', 'mac'), name='blocked_device_once'),
        ),
        migrations.AddConstraint(
            model_name='floorplan',
            constraint=models.UniqueConstraint(fields=('operator', 'id'), name='floor_plan_of_operator'),
        ),
        migrations.AddConstraint(
            model_name='floorplan',
            constraint=models.UniqueConstraint(fields=('site', 'name'), name='floor_plan_name_unique'),
        ),
        migrations.AddConstraint(
            model_name='accesspoint',
            constraint=models.UniqueConstraint(fields=('operator', 'mac'), name='access_point_mac_unique'),
        ),
        migrations.AddConstraint(
            model_name='accesspoint',
            constraint=models.UniqueConstraint(fields=('nas',), name='access_point_nas_unique'),
        ),
        migrations.AddConstraint(
            model_name='accesspoint',
            constraint=models.CheckConstraint(condition=models.Q(('mac__isnull', False), ('nas__isnull', False), _connector='OR'), name='access_point_named'),
        ),
        migrations.AddConstraint(
            model_name='accesspoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('plan__isnull', True), ('x__isnull', True), ('y__isnull', True)), models.Q(('plan__isnull', False), ('x__isnull', False), ('y__isnull', False)), _connector='OR'), name='access_point_placed_whole'),
        ),
        *schema.same_operator("floor_plan", site_id="site"),
        *schema.same_operator("access_point", site_id="site", nas_id="nas", plan_id="floor_plan"),
        *schema.tenant("floor_plan"),
        *schema.tenant("access_point"),
        *schema.tenant("blocked_device", aaa="SELECT"),
    ]
