from django.db import migrations, models

from mrc_portal.content_version import remove_triggers


def leave_triggers(apps, schema_editor):
    """They are set after each run of migrations."""


def take_triggers_away(apps, schema_editor):
    remove_triggers(schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("mrc_portal", "0002_missed_words")]

    operations = [
        migrations.CreateModel(
            name="ContentVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField(default=0)),
            ],
            options={"default_permissions": ()},
        ),
        migrations.RunPython(leave_triggers, take_triggers_away),
    ]
