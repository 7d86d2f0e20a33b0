from django.db import migrations, models

import mrc_portal.search.models


class Migration(migrations.Migration):
    dependencies = [("search", "0001_outbox")]

    operations = [
        migrations.AlterModelOptions(
            name="outboxline",
            options={"default_permissions": (), "ordering": ["transaction", "pk"]},
        ),
        migrations.AddField(
            model_name="outboxline",
            name="transaction",
            field=models.BigIntegerField(
                db_default=mrc_portal.search.models.RunningTransaction(), editable=False
            ),
        ),
        migrations.AddIndex(
            model_name="outboxline",
            index=models.Index(fields=["transaction", "id"], name="outbox_order"),
        ),
    ]
