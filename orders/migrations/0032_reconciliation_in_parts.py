from django.db import migrations, models


def drop_the_unfinished(apps, schema_editor):
    """On the way back: a day that was never compared to its end has no place in the older table."""
    days = apps.get_model("orders", "Reconciliation").objects.using(schema_editor.connection.alias)
    days.filter(checked_at__isnull=True).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0031_figures"),
        ("settings_app", "0010_connecting"),
    ]

    operations = [
        migrations.AddField(
            model_name="reconciliation",
            name="began_at",
            field=models.DateTimeField(help_text="Set while the day is being compared", null=True),
        ),
        migrations.AddField(
            model_name="reconciliation",
            name="compared_until",
            field=models.DateTimeField(help_text="How far into the day the comparison has come", null=True),
        ),
        migrations.AlterField(
            model_name="reconciliation",
            name="checked_at",
            field=models.DateTimeField(
                help_text="When the whole day was last compared", null=True, verbose_name="checked"
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, drop_the_unfinished),
        migrations.AddConstraint(
            model_name="reconciliation",
            constraint=models.CheckConstraint(
                condition=models.Q(("began_at__isnull", True), ("compared_until__isnull", False), _connector="OR"),
                name="a_comparison_has_a_place",
            ),
        ),
    ]
