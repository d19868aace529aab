import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Quick whatever the number of orders: an empty column and an empty table. Indexes and titles follow."""

    dependencies = [("orders", "0034_comparison_problem")]

    operations = [
        migrations.CreateModel(
            name="ItemTitle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=500)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("title",), name="each_title_once")]},
        ),
        migrations.AddField(
            model_name="order",
            name="left_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="The bulk sync that was stopped before this order went",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="left_orders",
                to="orders.bulksync",
            ),
        ),
    ]
