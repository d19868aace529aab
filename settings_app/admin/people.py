"""People and roles in the same look as everything else."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as PlainGroupAdmin
from django.contrib.auth.admin import UserAdmin as PlainUserAdmin
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm

from settings_app.admin import cells
from settings_app.admin.person_form import MEANINGS, OWNER, NewPersonForm, PersonForm, give
from settings_app.admin.role_form import RIGHTS, RoleForm, permissions

apps.get_app_config("auth").verbose_name = "People"  # as it is called in the menu
User._meta.verbose_name, User._meta.verbose_name_plural = "person", "people"
Group._meta.verbose_name, Group._meta.verbose_name_plural = "role", "roles"
admin.site.unregister(User)
admin.site.unregister(Group)


@admin.display(description="Role")
def role(user: User) -> str:
    if not user.is_staff or not user.is_active:
        return "None: cannot log in"
    return "Owner" if user.is_superuser else ", ".join(group.name for group in user.groups.all()) or "None"


@admin.register(User)
class UserAdmin(PlainUserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]  # unfold has no types
    form = PersonForm
    add_form = NewPersonForm
    add_form_template = None  # Django's own speaks of more options that this form has already
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", role, "last_login")
    list_filter = ("groups", "is_active")
    readonly_fields = ("password_link",)
    filter_horizontal = ()
    counted = ("person", "people")
    fieldsets = (
        ("Login", {"fields": ("username", "password_link", "is_active")}),
        ("Role", {"fields": ("role",)}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
    )
    add_fieldsets = (
        ("Login", {"fields": ("username", "password1", "password2")}),
        ("Role", {"fields": ("role",)}),
    )

    @admin.display(description="Password")
    def password_link(self, user: User) -> SafeString:
        address = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('<a class="ob-link" href="{}">Set a new password</a>', address)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Without the accounts under whose names commands write their histories."""
        people: QuerySet[User] = super().get_queryset(request)
        commands = Q(is_active=False, last_login=None, password__startswith=UNUSABLE_PASSWORD_PREFIX)
        return people.exclude(commands).prefetch_related("groups")

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"offers_owner": request.user.is_superuser})

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only an owner changes an owner; otherwise who may edit people could take the installation over."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Histories name people, so nobody is deleted: *May log in* is unticked instead."""
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and "role" not in form.changed_data:
            return
        chosen = form.cleaned_data["role"]
        if chosen == OWNER and not request.user.is_superuser:
            raise PermissionDenied
        give(form.instance, chosen)


@admin.display(description="People with it may")
def meaning(group: Group) -> SafeString:
    """The seller's own roles are told by how much they may."""
    if group.name in MEANINGS:
        said = MEANINGS[group.name]
        return cells.cell(f"{said[0].upper()}{said[1:]}.", "")
    given = {permission.pk for permission in group.permissions.all()}
    count = sum(one.pk in given for one in permissions().values())
    return cells.cell(f"{count} of the {len(RIGHTS)} things that a role can allow.", "")


@admin.display(description="People", ordering="people")
def people_with(group: Group) -> str:
    return str(getattr(group, "people", 0))


@admin.register(Group)
class GroupAdmin(PlainGroupAdmin, ModelAdmin):  # type: ignore[misc]
    form = RoleForm
    filter_horizontal = ()
    fields = ("name", "rights")
    list_display = ("name", meaning, people_with)
    search_fields = ()
    list_before_template = "settings_app/above_roles.html"
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        roles: QuerySet[Group] = super().get_queryset(request)
        return roles.annotate(people=Count("user")).prefetch_related("permissions")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        form.give_rights()
