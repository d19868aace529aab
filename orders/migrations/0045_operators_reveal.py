"""Operators pack parcels and compare addresses: they may reveal one order's personal data, each look is logged.

Only the role as it was delivered gets it; one that somebody tailored stays as they wanted it.
"""

from importlib import import_module

from django.db import migrations

DELIVERED = {(app, right) for app, _, right, _ in import_module("orders.migrations.0003_roles").ROLES["Operator"]}
LATER = {("orders", "view_reconciliation")}
RIGHT = {"content_type__app_label": "orders", "codename": "view_personal_data"}


def give(apps, schema_editor):
    change(apps, schema_editor, DELIVERED, "add")


def take(apps, schema_editor):
    change(apps, schema_editor, DELIVERED | {("orders", "view_personal_data")}, "remove")


def change(apps, schema_editor, untouched, how):
    database = schema_editor.connection.alias
    operators = apps.get_model("auth", "Group").objects.using(database).filter(name="Operator").first()
    right = apps.get_model("auth", "Permission").objects.using(database).filter(**RIGHT).first()
    if operators is None or right is None:
        return
    has = set(operators.permissions.values_list("content_type__app_label", "codename"))
    if has - LATER == untouched:
        getattr(operators.permissions, how)(right)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0044_the_address_that_was_sent"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, take)]
