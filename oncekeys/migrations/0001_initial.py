import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import oncekeys.keys.brand
import oncekeys.models.audit


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("slug", models.SlugField(max_length=100, unique=True)),
                ("external_id", models.CharField(blank=True, max_length=200, null=True, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("disabled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "service_user",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("brand", models.CharField(default=oncekeys.keys.brand.current, max_length=12)),
                ("key_id", models.CharField(max_length=12)),
                ("secret_hash", models.CharField(max_length=200, null=True)),
                ("seal", models.BinaryField(max_length=36, null=True)),
                ("name", models.CharField(max_length=64)),
                ("folded_name", models.CharField(max_length=192)),
                (
                    "environment",
                    models.CharField(
                        choices=[("production", "Production"), ("staging", "Staging")],
                        default="production",
                        max_length=10,
                    ),
                ),
                ("addresses", models.TextField(blank=True, default="")),
                ("scopes", models.TextField(default="full")),
                ("slot", models.PositiveSmallIntegerField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(null=True)),
                ("paused_at", models.DateTimeField(null=True)),
                ("first_used_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("last_used_address", models.GenericIPAddressField(null=True)),
                ("deleted_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="api_keys", to="oncekeys.account"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="oncekeys.apikey"
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="successor",
                        to="oncekeys.apikey",
                    ),
                ),
            ],
            options={
                "verbose_name": "API key",
                "verbose_name_plural": "API keys",
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("kind", models.CharField(choices=oncekeys.models.audit.kinds, max_length=40)),
                ("by_key", models.BooleanField(default=False)),
                ("address", models.GenericIPAddressField(null=True)),
                ("details", models.JSONField(default=dict)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="audit_events", to="oncekeys.account"
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "api_key",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="audit_events",
                        to="oncekeys.apikey",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExpiryWarning",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("days", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "api_key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="warnings",
                        to="oncekeys.apikey",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="KeyAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.GenericIPAddressField()),
                ("last_seen_at", models.DateTimeField()),
                (
                    "api_key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="used_from",
                        to="oncekeys.apikey",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="KeyUsage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("accepted", "Accepted"),
                            ("paused_key", "paused"),
                            ("expired_key", "expired"),
                            ("invalid_key", "wrong secret"),
                            ("deleted_key", "deleted, or wrong secret"),
                            ("account_disabled", "account disabled"),
                            ("wrong_environment", "wrong environment"),
                            ("address_not_allowed", "address not allowed"),
                            ("insufficient_scope", "scope missing"),
                        ],
                        max_length=30,
                    ),
                ),
                ("calls", models.PositiveBigIntegerField()),
                (
                    "api_key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="usage",
                        to="oncekeys.apikey",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.UniqueConstraint(fields=("key_id",), name="api_key_id_unique"),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.UniqueConstraint(fields=("account", "slot"), name="api_key_slot_held_once"),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("slot__isnull", True), models.Q(("slot__gte", 1), ("slot__lte", 25)), _connector="OR"
                ),
                name="api_key_slot_within_cap",
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("slot__isnull", False)),
                fields=("account", "folded_name"),
                name="api_key_name_unique_among_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("deleted_at__isnull", True), ("secret_hash__isnull", False)),
                    models.Q(
                        ("deleted_at__isnull", False),
                        ("seal__isnull", True),
                        ("secret_hash__isnull", True),
                        ("slot__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="api_key_wiped_when_deleted",
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(("environment__in", ["production", "staging"])), name="api_key_environment_known"
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["account", "-at", "-id"], name="audit_event_newest_first"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["account", "kind", "-at", "-id"], name="audit_event_by_kind"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["actor", "by_key", "account", "-at", "-id"], name="audit_event_by_person"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["api_key", "-at", "-id"], name="audit_event_by_key"),
        ),
        migrations.AddConstraint(
            model_name="auditevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("by_key", False), ("actor", None), _connector="OR"),
                name="audit_event_has_one_actor",
            ),
        ),
        migrations.AddConstraint(
            model_name="expirywarning",
            constraint=models.UniqueConstraint(fields=("api_key", "days"), name="expiry_warning_once"),
        ),
        migrations.AddConstraint(
            model_name="keyaddress",
            constraint=models.UniqueConstraint(fields=("api_key", "address"), name="key_address_once"),
        ),
        migrations.AddIndex(
            model_name="keyusage",
            index=models.Index(fields=["hour"], name="key_usage_by_age"),
        ),
        migrations.AddConstraint(
            model_name="keyusage",
            constraint=models.UniqueConstraint(fields=("api_key", "hour", "outcome"), name="key_usage_once_an_hour"),
        ),
        migrations.AddConstraint(
            model_name="keyusage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "outcome__in",
                        [
                            "accepted",
                            "paused_key",
                            "expired_key",
                            "invalid_key",
                            "deleted_key",
                            "account_disabled",
                            "wrong_environment",
                            "address_not_allowed",
                            "insufficient_scope",
                        ],
                    )
                ),
                name="key_usage_outcome_known",
            ),
        ),
    ]
