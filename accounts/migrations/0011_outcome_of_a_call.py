"""What became of a call is one of nine things. Every release before wrote only these."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_audit_lets_a_person_be_erased"),
    ]

    operations = [
        migrations.AlterField(
            model_name="keyusage",
            name="outcome",
            field=models.CharField(
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
