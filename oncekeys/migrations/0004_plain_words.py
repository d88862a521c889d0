from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oncekeys", "0003_bounds_of_growth"),
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
                    ("address_not_allowed", "IP address not allowed"),
                    ("insufficient_scope", "scope missing"),
                ],
                max_length=30,
            ),
        ),
    ]
