import django.db.models.deletion
from django.db import migrations, models


def trace(apps, schema_editor):
    """A key that was made by a rotation has the origin of the key that it replaced, which is older."""
    keys = apps.get_model("accounts", "ApiKey").objects.using(schema_editor.connection.alias)
    origins: dict[int, int] = {}
    for pk, replaced in keys.filter(replaces__isnull=False).order_by("pk").values_list("pk", "replaces"):
        origins[pk] = origins.get(replaced, replaced)
        keys.filter(pk=pk).update(origin=origins[pk])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_email_failures"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="origin",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.apikey"
            ),
        ),
        migrations.RunPython(trace, migrations.RunPython.noop),
    ]
