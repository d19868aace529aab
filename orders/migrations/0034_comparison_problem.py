from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0033_fetch_again"),
    ]

    operations = [
        migrations.AddField(
            model_name="reconciliation",
            name="problem",
            field=models.TextField(blank=True, default="", help_text="Why its last step failed; it is tried again"),
        ),
    ]
