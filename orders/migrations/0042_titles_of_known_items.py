from django.db import migrations

FILL = """
INSERT INTO orders_itemtitle (title) SELECT DISTINCT title FROM orders_orderitem WHERE title <> '' ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    """Reads the items once, through the index on their titles, and locks none; run again it adds what is missing."""

    dependencies = [("orders", "0041_indexes_of_left_orders_and_titles")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
