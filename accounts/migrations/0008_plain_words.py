from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_one_index_of_memberships"),
    ]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="wants_key_mail",
            field=models.BooleanField(default=True, verbose_name="email about API keys"),
        ),
    ]
