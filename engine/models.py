"""The engine's tables. Everything that must happen remotely, and everything that did, is a row here."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engine.leases import LEASE


class Lane(models.Model):
    """One remote account: its calls share a pace, a circuit, credentials and a width."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DOWN = "down", _("Down")  # keeps failing: tried ever less often
        REFUSED = "refused", _("Refused")  # credentials refused: tried hourly, mended by the merchant

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="lanes")
    key = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    failures = models.PositiveIntegerField(default=0)
    closed_until = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    since = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True, editable=False)  # last; shared by all that was in hand then
    refused_by = models.JSONField(default=list, blank=True, editable=False)  # endpoints that refused the key of late
    width = models.PositiveSmallIntegerField(default=4, editable=False)  # calls in flight that it bears

    def __str__(self) -> str:
        return self.key


class Pause(models.Model):
    """Until when what is sent of one kind to one lane waits for calls that are used up. Nobody's failure."""

    lane = models.CharField(max_length=64)
    kind = models.CharField(max_length=40)
    until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["lane", "kind"], name="pause_once_per_lane_and_kind")]

    def __str__(self) -> str:
        return f"{self.lane} {self.kind}"


class OutboxMessage(models.Model):
    """One write that we owe a remote side, made in the transaction of the fact that causes it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Sending")
        SUBMITTED = "submitted", _("Submitted")  # the remote side decides later
        UNKNOWN = "unknown", _("Unknown")  # may have happened: look first
        HELD = "held", _("Held")  # waits for a person or another fact
        NEEDS_ATTENTION = "needs_attention", _("Needs Attention")
        DONE = "done", _("Done")
        DISCARDED = "discarded", _("Discarded")

    CLAIMABLE: ClassVar = (State.QUEUED, State.SUBMITTED, State.UNKNOWN)
    SETTLED: ClassVar = (State.DONE, State.DISCARDED)
    STUCK: ClassVar = (State.HELD, State.NEEDS_ATTENTION)  # until a person or another fact lets it go
    # States that keep the later messages of the same queue waiting.
    BLOCKING: ClassVar = (State.QUEUED, State.SENDING, State.UNKNOWN, State.HELD, State.NEEDS_ATTENTION)

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="outbox_messages")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True)
    lane = models.CharField(max_length=64)
    subject = models.CharField(max_length=64)  # what it is shown and filed under
    queue = models.CharField(max_length=120, editable=False)  # of one queue, one goes after the other
    record_id = models.BigIntegerField()  # of the record that the handler of this kind works on
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    look_first = models.BooleanField(default=False)  # an earlier attempt may have happened
    # Of how many of its kind and lane one call may be about; fewer once a call about more failed as a whole.
    together = models.PositiveIntegerField(default=1, editable=False)
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)  # in a row, without progress
    submission_reference = models.CharField(max_length=120, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    problem_code = models.CharField(max_length=40, blank=True)
    problem = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    attempt_id = 0  # of the row in `Attempt`, once it is claimed; no column
    claimed_at: datetime  # once it is claimed; no column either

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at", "id"],
                name="outbox_due",
                condition=Q(state__in=["queued", "submitted", "unknown"]),
            ),
            models.Index(fields=["subject", "id"], name="outbox_subject"),
            models.Index(
                fields=["queue", "id"],
                name="outbox_queue",
                condition=Q(state__in=["queued", "sending", "unknown", "held", "needs_attention"]),
            ),
            models.Index(fields=["lease_until"], name="outbox_leased", condition=Q(state="sending")),
            models.Index(fields=["lane"], name="outbox_in_flight", condition=Q(state="sending")),
            models.Index(fields=["kind", "record_id"], name="outbox_record"),
            # The few that are not settled yet, among the many that are kept.
            models.Index(
                fields=["company", "kind", "state", "created_at"],
                name="outbox_unsettled",
                condition=~Q(state__in=["done", "discarded"]),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="sending", lease_token__isnull=False) | (~Q(state="sending") & Q(lease_token=None)),
                name="outbox_lease_only_while_sending",
            ),
        ]
        permissions: ClassVar = [("steer_outboxmessage", "Can queue messages again, release and give them up")]

    def __str__(self) -> str:
        return self.key


class Attempt(models.Model):
    """One try of a message: written before the call, completed after it. One without an end was cut off."""

    message = models.ForeignKey(OutboxMessage, on_delete=models.CASCADE, related_name="attempt_records")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "number"], name="attempt_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} #{self.number}"


class SyncCursor(models.Model):
    """How far one feed of one owner has been read, and when it is read next."""

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="cursors")
    feed = models.CharField(max_length=24)
    owner_id = models.BigIntegerField()  # of the record that the feed belongs to
    lane = models.CharField(max_length=64)
    active = models.BooleanField(default=True)
    every_seconds = models.PositiveIntegerField(default=300)
    position = models.DateTimeField(null=True, blank=True)  # by the remote side's clock
    expected = models.PositiveIntegerField(null=True, blank=True)  # records of a walk, where the remote side tells
    # Where a walk goes on (`at`: its `Page.resume`), `since` when it reads, its first page's `as_of`, whether it sweeps
    # and is `flawed`; and that it, or the one after it, has to `hurry` since calls ran out. See `engine.journey`.
    resume = models.JSONField(default=dict, blank=True)
    next_run_at = models.DateTimeField()
    covers_from = models.DateTimeField(null=True, blank=True, editable=False)  # since when whole walks have read it
    reach_back_to = models.DateTimeField(null=True, blank=True, editable=False)  # by the next walk that begins
    woken = models.BooleanField(default=False, editable=False)  # since its walk began: it is read once more
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    swept_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    problem_code = models.CharField(max_length=40, blank=True)
    problem = models.JSONField(default=dict, blank=True)
    # Once it is claimed, and no columns: how long it is kept at a time, and how many of its lane are walked with it.
    lease, side_by_side = LEASE, 1

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["feed", "owner_id"], name="cursor_once_per_feed_and_owner"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_run_at"], name="cursor_due", condition=Q(active=True)),
        ]

    def __str__(self) -> str:
        return f"{self.feed}:{self.owner_id}"


class WalkedPage(models.Model):
    """What one page of a walk that is not over yet has met; see `engine.walked`."""

    cursor = models.ForeignKey(SyncCursor, on_delete=models.CASCADE, related_name="walked_pages")
    marks = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.cursor_id}: {len(self.marks)}"


class SyncRun(models.Model):
    """One walk that brought something, or failed. Walks that found nothing new only move the cursor."""

    cursor = models.ForeignKey(SyncCursor, on_delete=models.CASCADE, related_name="runs")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    succeeded = models.BooleanField()
    counts = models.JSONField(default=dict)
    problem_code = models.CharField(max_length=40, blank=True)
    problem = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["cursor", "-started_at"], name="run_of_cursor")]

    def __str__(self) -> str:
        return f"{self.cursor_id} {self.started_at:%Y-%m-%d %H:%M}"


class UnreadableRecord(models.Model):
    """A remote record that could not be translated, kept until a later walk can read it."""

    cursor = models.ForeignKey(SyncCursor, on_delete=models.CASCADE, related_name="unreadable_records")
    record_id = models.CharField(max_length=120)
    reason = models.TextField()
    sentence = models.JSONField(null=True, blank=True, editable=False)  # the reason as `adapterkit.sentences` keeps it
    payload = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cursor", "record_id"], name="unreadable_once_per_record"),
        ]

    def __str__(self) -> str:
        return self.record_id


class Exchange(models.Model):
    """One request and its answer, secrets removed. Kept for a while so that people can see what was really said."""

    company = models.ForeignKey("accounts.Company", on_delete=models.CASCADE, related_name="exchanges")
    lane = models.CharField(max_length=64)
    subject = models.CharField(max_length=64, blank=True)
    message = models.ForeignKey(OutboxMessage, null=True, blank=True, on_delete=models.SET_NULL)
    endpoint = models.CharField(max_length=200)
    method = models.CharField(max_length=8)
    url = models.TextField()
    request_headers = models.JSONField(default=dict)
    request_body = models.TextField(blank=True)
    status = models.PositiveIntegerField(null=True, blank=True)
    response_headers = models.JSONField(default=dict)
    response_body = models.TextField(blank=True)
    error = models.TextField(blank=True)
    seconds = models.FloatField()
    at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject", "id"], name="exchange_subject"),
            models.Index(fields=["expires_at"], name="exchange_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"


class Beat(models.Model):
    """When each of the engine's rounds last ended; read by the health page."""

    name = models.CharField(max_length=24, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
