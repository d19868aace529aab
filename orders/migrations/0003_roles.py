"""The groups Viewer, Operator and Manager. Permissions are made here where they do not exist yet: on a fresh
database Django makes them only after all migrations."""

from django.db import migrations

SEE = (
    ("orders", "order", "view_order", "Can view order"),
    ("orders", "orderitem", "view_orderitem", "Can view order item"),
    ("orders", "syncattempt", "view_syncattempt", "Can view attempt"),
    ("orders", "bulksync", "view_bulksync", "Can view bulk sync"),
    ("orders", "productlink", "view_productlink", "Can view product link"),
    ("settings_app", "tiktokshop", "view_tiktokshop", "Can view TikTok shop"),
    ("settings_app", "shopifystore", "view_shopifystore", "Can view Shopify store"),
    ("settings_app", "syncsettings", "view_syncsettings", "Can view order settings"),
)
WORK = (
    ("orders", "order", "sync_order", "Can sync and retry orders, fetch, and steer bulk syncs"),
    ("orders", "order", "ignore_order", "Can ignore orders and stop ignoring them"),
    ("orders", "order", "review_order", "Can accept differences and choose between Shopify orders"),
    ("orders", "productlink", "change_productlink", "Can change product link"),
)
DECIDE = (
    ("orders", "orderpayload", "view_personal_data", "Can see buyers' names, addresses and raw TikTok data"),
    ("settings_app", "syncsettings", "change_syncsettings", "Can change order settings"),
    ("settings_app", "tiktokshop", "change_tiktokshop", "Can change TikTok shop"),
    ("settings_app", "shopifystore", "change_shopifystore", "Can change Shopify store"),
)
ROLES = {"Viewer": SEE, "Operator": (*SEE, *WORK), "Manager": (*SEE, *WORK, *DECIDE)}


def make(apps, schema_editor):
    """A group of that name that somebody made before keeps what it has and gets what it lacks."""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    database = schema_editor.connection.alias
    for role, rights in ROLES.items():
        group, _ = Group.objects.using(database).get_or_create(name=role)
        for app, model, codename, name in rights:
            kind, _ = ContentType.objects.using(database).get_or_create(app_label=app, model=model)
            right, _ = Permission.objects.using(database).get_or_create(
                content_type=kind, codename=codename, defaults={"name": name}
            )
            group.permissions.add(right)


def unmake(apps, schema_editor):
    """Only empty groups go: who is in one would lose access without anybody deciding so."""
    Group = apps.get_model("auth", "Group")
    Group.objects.using(schema_editor.connection.alias).filter(name__in=ROLES, user__isnull=True).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_staff"),
        ("settings_app", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make, unmake)]
