"""The two sides of a connection and what the seller decided for it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from settings_app.fields import EncryptedTextField
from settings_app.rules import MOST_BACKFILL_DAYS, Rules


def new_authorization_key() -> str:
    return uuid.uuid4().hex


class Connection(models.TextChoices):
    CONNECTED = "connected", "Connected"
    BROKEN = "broken", "Needs reconnecting"


class ShopifyStore(models.Model):
    """A destination store and the way its token is had."""

    class Access(models.TextChoices):
        TOKEN = "token", "A permanent token that was pasted"
        CREDENTIALS = "credentials", "Client id and secret, renewed every day"
        CONSENT = "consent", "The consent of the store's owner"

    class Definition(models.TextChoices):
        UNKNOWN = "unknown", "Not checked yet"
        READY = "ready", "Ready"
        UNAVAILABLE = "unavailable", "Cannot be made"

    domain = models.CharField(max_length=255, help_text="The store's name as in example.myshopify.com")
    name = models.CharField(max_length=255, blank=True)
    access_token = EncryptedTextField(blank=True, default="")
    access_token_expires_at = models.DateTimeField(null=True, blank=True)
    refresh_token = EncryptedTextField(blank=True, default="", help_text="Only a consent whose tokens end has one")
    refresh_token_expires_at = models.DateTimeField(null=True, blank=True)
    client_id = models.CharField(max_length=255, blank=True)
    client_secret = EncryptedTextField(blank=True, default="")
    access = models.CharField(max_length=16, choices=Access, default=Access.TOKEN)
    old_client_secret = EncryptedTextField(blank=True, default="")
    old_client_secret_until = models.DateTimeField(null=True, help_text="Until then it may still sign webhooks")
    scopes = models.JSONField(default=list, blank=True)
    location = models.CharField(max_length=255, blank=True, help_text="Where online orders are fulfilled")
    served_version = models.CharField(max_length=16, blank=True, help_text="The API version that Shopify answers in")
    checked_at = models.DateTimeField(null=True)
    webhooks_checked_at = models.DateTimeField(null=True)
    webhooks_problem = models.TextField(blank=True)
    webhooks_due_at = models.DateTimeField(
        null=True, help_text="When Shopify is told next where to send events; empty: now"
    )
    refresh_claimed_until = models.DateTimeField(null=True, blank=True)
    early_renewal_until = models.DateTimeField(
        null=True, help_text="Before that no token is taken for ended early again"
    )
    connection = models.CharField(max_length=16, choices=Connection, default=Connection.CONNECTED)
    connection_error = models.TextField(blank=True)
    currency = models.CharField(max_length=3, blank=True)
    order_id_definition = models.CharField(max_length=16, choices=Definition, default=Definition.UNKNOWN)
    order_id_definition_note = models.TextField(blank=True)
    backoff_until = models.DateTimeField(null=True, blank=True, help_text="Nothing is sent to the store before")
    backoff_step = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "Shopify store"
        constraints = [models.UniqueConstraint(Lower("domain"), name="one_store_per_domain")]

    def __str__(self) -> str:
        return self.name or self.domain

    def admin_order_url(self, gid: str) -> str:
        """The order's page in the store's own admin, or on the stand-in that SHOPIFY_API_URL names."""
        number = gid.rsplit("/", 1)[-1]
        if settings.SHOPIFY_API_URL != "https://{domain}":
            return f"{settings.SHOPIFY_API_URL.partition('/{domain}')[0]}/orders/{number}"
        return f"https://{self.domain}/admin/orders/{number}"


class TikTokShop(models.Model):
    """A US TikTok Shop that a seller authorised; it syncs into one Shopify store."""

    shop_id = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    authorization_key = models.CharField(
        max_length=32,
        default=new_authorization_key,
        db_index=True,
        help_text="Shops that one consent covers share their tokens, and so this key",
    )
    connected_at = models.DateTimeField(null=True, help_text="When the seller last gave consent")
    region = models.CharField(max_length=8, default="US")
    cipher = EncryptedTextField(blank=True, default="")
    access_token = EncryptedTextField(blank=True, default="")
    access_token_expires_at = models.DateTimeField(null=True, blank=True)
    refresh_token = EncryptedTextField(blank=True, default="")
    refresh_token_expires_at = models.DateTimeField(null=True, blank=True)
    refresh_claimed_until = models.DateTimeField(null=True, blank=True)
    renew_after = models.DateTimeField(null=True, help_text="After a failed renewal: not tried again before")
    renewal_problem = models.TextField(blank=True, help_text="Why the token could not be renewed")
    connection = models.CharField(max_length=16, choices=Connection, default=Connection.CONNECTED)
    connection_error = models.TextField(blank=True)
    in_setup = models.BooleanField(default=False, help_text="The first connection is not finished yet")
    webhooks_checked_at = models.DateTimeField(null=True)
    webhooks_problem = models.TextField(blank=True)
    webhooks_due_at = models.DateTimeField(
        null=True, help_text="When TikTok is told next where to send events; empty: now"
    )
    keep_buyer_data_days = models.PositiveSmallIntegerField(
        "keep buyers' data",
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text="Days after an order is closed; then names, addresses and contact data are cleared here",
    )
    paused = models.BooleanField(default=False, help_text="A paused shop is neither fetched nor synced")
    backoff_until = models.DateTimeField(null=True, blank=True)
    backoff_step = models.PositiveSmallIntegerField(default=0)
    last_polled_at = models.DateTimeField(null=True, blank=True)
    last_poll_error = models.TextField(blank=True)
    store = models.ForeignKey(
        ShopifyStore, on_delete=models.PROTECT, related_name="shops", verbose_name="Shopify store"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "TikTok shop"
        constraints = [
            models.UniqueConstraint(fields=["shop_id"], name="one_row_per_tiktok_shop"),
            models.CheckConstraint(condition=Q(region="US"), name="only_us_tiktok_shops"),
        ]

    def __str__(self) -> str:
        return self.name


class SyncSettings(models.Model):
    """Settings → Order of one TikTok shop; the columns are the fields of `Rules`."""

    class PriceMode(models.TextChoices):
        BUYER_PAID = "buyer_paid", "What the buyer paid"
        SELLER_REVENUE = "seller_revenue", "What you earn (TikTok's own discounts added back)"

    class UnlinkedItems(models.TextChoices):
        BLOCK = "block", "Hold the order until the item is linked"
        TEXT_LINE = "text_line", "Send the item as a line of text"

    class Samples(models.TextChoices):
        SYNC = "sync", "Sync them, tagged as samples"
        IGNORE = "ignore", "Do not sync them"

    class Customer(models.TextChoices):
        CREATE = "create", "Create a customer with TikTok's forwarding e-mail"
        NONE = "none", "No customer"

    class Inventory(models.TextChoices):
        BYPASS = "bypass", "Leave stock alone"
        IGNORING = "decrement_ignoring_policy", "Deduct, also below zero"
        OBEYING = "decrement_obeying_policy", "Deduct, and refuse the order when out of stock"

    shop = models.OneToOneField(TikTokShop, on_delete=models.CASCADE, primary_key=True, related_name="sync_settings")
    automatic_sync = models.BooleanField("Automatic sync", default=False)
    backfill_days = models.PositiveSmallIntegerField(
        default=7, validators=[MinValueValidator(0), MaxValueValidator(MOST_BACKFILL_DAYS)]
    )
    price_mode = models.CharField(max_length=32, choices=PriceMode, default=PriceMode.BUYER_PAID)
    adjustment_limit = models.DecimalField(
        max_digits=8, decimal_places=2, default="1.00", validators=[MinValueValidator(0)]
    )
    unlinked_items = models.CharField(max_length=32, choices=UnlinkedItems, default=UnlinkedItems.BLOCK)
    samples = models.CharField(max_length=32, choices=Samples, default=Samples.SYNC)
    customer = models.CharField(max_length=32, choices=Customer, default=Customer.CREATE)
    extra_tags = models.JSONField(default=list, blank=True)
    inventory = models.CharField(max_length=32, choices=Inventory, default=Inventory.IGNORING)
    sync_delivery_status = models.BooleanField("Sync delivery status", default=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "order settings"
        verbose_name_plural = "Settings → Order"

    def __str__(self) -> str:
        return f"Settings of {self.shop}"

    def rules(self) -> Rules:
        return Rules(
            automatic_sync=self.automatic_sync,
            backfill_days=self.backfill_days,
            price_mode=self.price_mode,
            adjustment_limit=self.adjustment_limit,
            unlinked_items=self.unlinked_items,
            samples=self.samples,
            customer=self.customer,
            extra_tags=tuple(self.extra_tags),
            inventory=self.inventory,
            sync_delivery_status=self.sync_delivery_status,
        )


class ConsentRequest(models.Model):
    """One way to a vendor's consent page and back: of one person, for ten minutes, for one use."""

    class Vendor(models.TextChoices):
        TIKTOK = "tiktok", "TikTok Shop"
        SHOPIFY = "shopify", "Shopify"

    state_digest = models.CharField(max_length=64, help_text="SHA-256 of the state; the state itself is in no table")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    vendor = models.CharField(max_length=16, choices=Vendor)
    shop = models.ForeignKey(TikTokShop, null=True, on_delete=models.CASCADE, related_name="+")
    domain = models.CharField(max_length=255, blank=True)
    client_id = models.CharField(max_length=255, blank=True)
    client_secret = EncryptedTextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["state_digest"], name="one_consent_request_per_state")]

    def __str__(self) -> str:
        return f"{self.get_vendor_display()} for {self.user_id}"


class PendingAuthorization(models.Model):
    """TikTok shops that a seller just authorised and that have no store yet. `given` is JSON, tokens included."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    given = EncryptedTextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Authorisation {self.pk}"
