from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0032_reconciliation_in_parts"),
        ("settings_app", "0011_renewing"),
    ]

    operations = [
        migrations.AddField(
            model_name="fetchcursor",
            name="again_asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="fetchcursor",
            name="again_began_at",
            field=models.DateTimeField(help_text="When a fetch took it up", null=True),
        ),
        migrations.AddField(
            model_name="fetchcursor",
            name="again_changed",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="fetchcursor",
            name="again_done_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="fetchcursor",
            name="again_new",
            field=models.PositiveIntegerField(default=0, help_text="Orders that it brought and that were not here"),
        ),
        migrations.AddField(
            model_name="fetchcursor",
            name="again_since",
            field=models.DateTimeField(help_text="Staff asked for everything that changed since then", null=True),
        ),
        migrations.AddConstraint(
            model_name="fetchcursor",
            constraint=models.CheckConstraint(
                condition=models.Q(("again_done_at__isnull", True), ("again_began_at__isnull", False), _connector="OR"),
                name="a_fetch_again_begins_before_it_ends",
            ),
        ),
    ]
