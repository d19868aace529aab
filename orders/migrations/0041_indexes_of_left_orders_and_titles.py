from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class AddIndexUnderLoad(AddIndexConcurrently):
    """Without holding up whoever writes; SQLite, which knows no such way, has no such load either."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            return super().database_forwards(app_label, schema_editor, from_state, to_state)
        return migrations.AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            return super().database_backwards(app_label, schema_editor, from_state, to_state)
        return migrations.AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0040_stopped_bulks_and_titles")]

    operations = [
        AddIndexUnderLoad(
            model_name="order",
            index=models.Index(
                condition=models.Q(("left_by__isnull", False)), fields=["left_by"], name="orders_left_by_a_bulk"
            ),
        ),
        AddIndexUnderLoad(model_name="orderitem", index=models.Index(fields=["title"], name="items_by_title")),
    ]
