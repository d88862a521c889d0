import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254, null=True, unique=True, verbose_name="email")),
                ("name", models.CharField(blank=True, max_length=100, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[("person", "person"), ("service", "service")], default="person", max_length=7
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False)),
                ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                ("time_zone", models.CharField(blank=True, max_length=64, verbose_name="time zone")),
                ("wants_key_mail", models.BooleanField(default=True, verbose_name="mail about API keys")),
                (
                    "email_failure",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unreachable", "the mail server can’t be reached"),
                            ("no-mailbox", "the mail server doesn’t accept this email address"),
                            ("refused", "the mail server refused the message"),
                            ("unfinished", "sending was interrupted"),
                        ],
                        db_default="",
                        default="",
                        max_length=16,
                    ),
                ),
                ("email_failed_at", models.DateTimeField(null=True)),
                ("email_is_proved", models.BooleanField(db_default=True, default=True)),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("admin", "Admin"), ("member", "Member")], max_length=6
                    ),
                ),
                ("token_digest", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "email_failure",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unreachable", "the mail server can’t be reached"),
                            ("no-mailbox", "the mail server doesn’t accept this email address"),
                            ("refused", "the mail server refused the message"),
                            ("unfinished", "sending was interrupted"),
                        ],
                        db_default="",
                        default="",
                        max_length=16,
                    ),
                ),
                ("link_shown", models.BooleanField(db_default=False, default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("admin", "Admin"), ("member", "Member")],
                        default="member",
                        max_length=6,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
    ]
