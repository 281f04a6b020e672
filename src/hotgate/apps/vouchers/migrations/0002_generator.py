from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from hotgate.apps.core import schema


class Migration(migrations.Migration):

    dependencies: ClassVar = [
        ('catalogue', '0002_price_lists'),
        ('operators', '0002_roles_of_a_site'),
        ('subscribers', '0003_realms_cards_sales'),
        ('vouchers', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name='TicketSettings',
            fields=[
                ('operator', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='operators.operator')),
                ('separate_password', models.BooleanField(db_default=False)),
                ('support_line', models.TextField(blank=True, db_default='')),
            ],
            options={
                'db_table': 'ticket_settings',
            },
        ),
        migrations.RemoveConstraint(
            model_name='voucher',
            name='voucher_subscriber_unique',
        ),
        migrations.RemoveConstraint(
            model_name='voucherbatch',
            name='voucher_batch_state_known',
        ),
        migrations.RemoveConstraint(
            model_name='voucherbatch',
            name='voucher_batch_size_valid',
        ),
        migrations.RemoveConstraint(
            model_name='voucherbatch',
            name='voucher_batch_confirmed',
        ),
        migrations.RemoveIndex(
            model_name='voucher',
            name='voucher_of_batch',
        ),
        migrations.AddField(
            model_name='voucher',
            name='archived_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='voucher',
            name='entitlement',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscribers.entitlement'),
        ),
        migrations.AddField(
            model_name='voucher',
            name='shown',
            field=models.TextField(db_collation='C', db_default=''),
        ),
        migrations.AddField(
            model_name='voucherbatch',
            name='deleted',
            field=models.IntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name='voucherbatch',
            name='kind',
            field=models.TextField(db_default='generated'),
        ),
        migrations.AddField(
            model_name='voucherbatch',
            name='made',
            field=models.IntegerField(db_default=0),
        ),
        migrations.AddIndex(
            model_name='voucher',
            index=models.Index(fields=['batch', 'id'], name='voucher_in_batch'),
        ),
        migrations.AddIndex(
            model_name='voucher',
            index=models.Index(condition=models.Q(('archived_at', None)), fields=['operator', 'created_at', 'id'], name='voucher_newest'),
        ),
        migrations.AddIndex(
            model_name='voucher',
            index=models.Index(condition=models.Q(('archived_at', None)), fields=['operator', 'shown', 'id'], name='voucher_by_code'),
        ),
        migrations.AddIndex(
            model_name='voucher',
            index=models.Index(condition=models.Q(('archived_at', None), models.Q(('state', 'available'), _negated=True)), fields=['operator', 'created_at', 'id'], name='voucher_begun'),
        ),
        migrations.AddIndex(
            model_name='voucher',
            index=models.Index(condition=models.Q(('state__in', ['used', 'void']), models.Q(('code_sealed', b''), _negated=True)), fields=['id'], name='voucher_to_forget'),
        ),
        migrations.AddIndex(
            model_name='voucher',
            index=models.Index(condition=models.Q(('expires_at__isnull', False), models.Q(('code_sealed', b''), _negated=True)), fields=['expires_at'], name='voucher_to_expire'),
        ),
        migrations.AddIndex(
            model_name='voucherbatch',
            index=models.Index(condition=models.Q(('kind', 'generated')), fields=['operator', 'id'], name='voucher_batch_generated'),
        ),
        migrations.AddIndex(
            model_name='voucherbatch',
            index=models.Index(condition=models.Q(('state', 'confirmed'), _negated=True), fields=['created_at'], name='voucher_batch_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.UniqueConstraint(condition=models.Q(('entitlement__isnull', True), ('subscriber__isnull', False)), fields=('subscriber',), name='voucher_first_login_unique'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.UniqueConstraint(condition=models.Q(('entitlement__isnull', False)), fields=('entitlement',), name='voucher_entitlement_unique'),
        ),
        migrations.AddConstraint(
            model_name='voucherbatch',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['generated', 'single'])), name='voucher_batch_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='voucherbatch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'making', 'confirmed'])), name='voucher_batch_state_known'),
        ),
        migrations.AddConstraint(
            model_name='voucherbatch',
            constraint=models.CheckConstraint(condition=models.Q(('size__range', (1, 1000000))), name='voucher_batch_size_valid'),
        ),
        migrations.AddConstraint(
            model_name='voucherbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('state', 'draft')), models.Q(('confirmed_at__isnull', False), ('sample_sealed__isnull', True), ('state__in', ['making', 'confirmed'])), _connector='OR'), name='voucher_batch_confirmed'),
        ),
        *schema.same_operator("voucher", entitlement_id="entitlement"),
        *schema.tenant("ticket_settings"),
    ]
