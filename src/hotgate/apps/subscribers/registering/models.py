"""Guests who register themselves on the portal: what is pending, what they agreed to, and their free plans."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from hotgate.apps.core.fields import holds, inside
from hotgate.apps.operators.models import owned

CODE_TRIES_MAX = 5


class Registration(models.Model):
    """One form of one guest, from its first sending until an hour later. What was typed is sealed."""

    operator = owned()
    token_digest = models.BinaryField()  # of the secret in the form: the same form again is the same row
    realm = inside("subscribers.Realm", on_delete=models.CASCADE)
    plan = inside("catalogue.Plan", null=True)  # None: what a voucher gives
    site = inside("operators.Site", null=True)
    answers_sealed = models.BinaryField()
    recipient_digest = models.BinaryField(null=True)  # whom the code went to
    code_digest = models.BinaryField(null=True)
    code_expires_at = models.DateTimeField(null=True)
    code_tries = models.IntegerField(db_default=0)  # wrong ones since the code was made
    subscriber = inside("subscribers.Subscriber", null=True, on_delete=models.CASCADE)  # once it is made
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "registration"
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="registration_over")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "token_digest"], name="registration_token_unique"),
            models.UniqueConstraint(fields=["subscriber"], name="registration_subscriber_unique"),
            holds("registration", "code_tries_valid", Q(code_tries__range=(0, CODE_TRIES_MAX))),
        ]


class FreePlanClaim(models.Model):
    """A device, an address or a number took a free plan. The same one takes no other within a day."""

    operator = owned()
    digest = models.BinaryField()  # keyed, of the kind and the value: nobody reads who it was
    claimed_at = models.DateTimeField()

    class Meta:
        db_table = "free_plan_claim"
        indexes: ClassVar = [models.Index(fields=["claimed_at"], name="free_plan_claim_over")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "digest"], name="free_plan_claim_unique"),
        ]


class TermsVersion(models.Model):
    """A text that somebody agreed to, word by word."""

    operator = owned()
    digest = models.BinaryField()  # SHA-256 of the text
    text = models.TextField()

    class Meta:
        db_table = "terms_version"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "id"], name="terms_version_of_operator"),
            models.UniqueConstraint(fields=["operator", "digest"], name="terms_version_unique"),
        ]


class Consent(models.Model):
    """Who agreed to which text, and when."""

    operator = owned()
    subscriber = inside("subscribers.Subscriber", on_delete=models.CASCADE)
    terms = inside("subscribers.TermsVersion")
    language = models.TextField(db_default="", blank=True)  # of the page around the text
    at = models.DateTimeField()

    class Meta:
        db_table = "consent"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "terms"], name="consent_unique"),
        ]
