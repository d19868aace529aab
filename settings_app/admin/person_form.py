"""A person's role as one choice: it decides whether they can log in and what they may do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from unfold.forms import UserCreationForm
from unfold.widgets import UnfoldAdminRadioSelectWidget

A_GOOD_ONE = "At least 8 characters, unlike the name, and nothing that everybody uses."
NO_ROLE, OWNER = "", "*"
MEANINGS = {
    "Viewer": "sees orders, links and settings, and changes nothing",
    "Operator": "also syncs, ignores and reviews orders, links products, and may reveal a buyer’s address",
    "Manager": "also changes settings and connections",
}


def role_of(user: User) -> str:
    """NO_ROLE, OWNER, or the number of the group; of several groups the one with the most rights."""
    if not user.is_staff or not user.is_active or user.pk is None:
        return NO_ROLE
    if user.is_superuser:
        return OWNER
    groups = sorted(user.groups.all(), key=lambda group: -group.permissions.count())
    return str(groups[0].pk) if groups else NO_ROLE


def give(user: User, role: str) -> None:
    """Make `role` the only one of this person, and let who has one log in."""
    user.is_superuser = role == OWNER
    user.is_staff = role != NO_ROLE
    user.save(update_fields=["is_superuser", "is_staff"])
    user.groups.set([int(role)] if role not in (NO_ROLE, OWNER) else [])


def choices(*, owner: bool) -> list[tuple[str, str]]:
    groups = sorted(Group.objects.all(), key=lambda group: (_place(group.name), group.name))
    named = [(str(group.pk), _named(group.name)) for group in groups]
    first = (NO_ROLE, "No role: cannot log in")
    return [first, *named, *([(OWNER, "Owner: everything, people too")] if owner else [])]


def _place(name: str) -> int:
    return list(MEANINGS).index(name) if name in MEANINGS else len(MEANINGS)


def _named(name: str) -> str:
    return f"{name}: {MEANINGS[name]}" if name in MEANINGS else name


def _role_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Role",
        required=False,
        widget=UnfoldAdminRadioSelectWidget,
        help_text="A change applies from the next page that the person opens.",
    )


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """`offers_owner` says whether who fills it in may make owners."""

    offers_owner = False
    role = _role_field()

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "is_active")
        labels = {"is_active": "May log in"}
        help_texts = {
            "username": "The name to log in with: letters, digits and @ . + - _",
            "is_active": "Untick this when somebody leaves; what they did stays in the histories.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self.fields:  # not for who may only look
            field = self.fields["role"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices(owner=self.offers_owner)
            field.initial = role_of(self.instance)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        leaves = given.get("role") != OWNER or not given.get("is_active")
        owners = User.objects.filter(is_superuser=True, is_active=True)
        was_owner = owners.filter(pk=self.instance.pk).exists()
        if was_owner and leaves and not owners.exclude(pk=self.instance.pk).exists():
            raise ValidationError("This is the only owner: make somebody else an owner first.")
        return given


class NewPersonForm(UserCreationForm):  # type: ignore[misc]  # unfold has no types
    """A login name, a password and a role: all that somebody new needs."""

    offers_owner = False
    role = _role_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = offered = choices(owner=self.offers_owner)
        self.fields["role"].initial = offered[min(1, len(offered) - 1)][0]  # the role that may least
        self.fields["username"].help_text = PersonForm.Meta.help_texts["username"]
        self.fields["password1"].help_text = A_GOOD_ONE
        self.fields["password2"].help_text = "The same once more."
