"""Accounts, roles in a company, and API tokens."""

import hashlib
import secrets
import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from tojimari.portal.core import rights
from tojimari.portal.core.scope import COMPANY, ScopedManager


class UserManager(BaseUserManager):
    """Makes users by mail address."""

    def create_user(self, email: str, password: str | None = None, **more: Any) -> "User":
        """Make a user; without a password only a mail code or a passkey lets them in."""
        user = self.model(email=self.normalize_email(email).lower(), **more)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person, known by a mail address. Roles hang on companies and organisations, not here.

    Attributes:
        is_operator: runs this portal; sees no company's data by it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True, max_length=254)
    name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        """Return what others see of this person."""
        return self.name or self.email


class MembershipManager(ScopedManager):
    """Also gives a person their own roles."""

    def of_user(self, user: Any) -> models.QuerySet:
        """Return the roles of one person, in whatever company."""
        return self._all().filter(user=user)


class Membership(models.Model):
    """A person's role in a company: the owner decides, staff answer and look.

    Attributes:
        remind: wants the weekly reminder by mail (opt-in).
        reminded_at: when the last one was sent.
    """

    OWNER, STAFF = rights.OWNER, rights.STAFF

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    company = models.ForeignKey(COMPANY, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10)
    remind = models.BooleanField(default=False)
    remind_lang = models.CharField(max_length=2, default="ja")
    reminded_at = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField(default=timezone.now)

    objects = MembershipManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "company"], name="one_role_a_company")
        ]
        indexes: ClassVar = [models.Index(fields=["remind", "reminded_at"], name="to_remind")]


SCOPES = ("company:read", "company:write", "fleet:read", "updates:propose")


class ApiToken(models.Model):
    """A token for programs. Only its hash is kept; it never does more than its user may."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    @staticmethod
    def hashed(secret: str) -> str:
        """Return what is kept of a secret: it has 256 random bits, so a plain hash is enough."""
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def make(cls, user: User, name: str, scopes: list[str], days: int) -> tuple["ApiToken", str]:
        """Make a token good for ``days``; returns it and the secret, which is shown only once."""
        secret = f"tjm_{secrets.token_urlsafe(32)}"
        token = cls.objects.create(
            user=user,
            name=name,
            hash=cls.hashed(secret),
            scopes=scopes,
            expires_at=timezone.now() + timedelta(days=days),
        )
        return token, secret
