"""What a remote side refused, in words for the person who typed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from adapterkit.errors import AdapterError, AuthenticationFailed
from adapterkit.sentences import Sentence, kept
from engine.outcomes import of_error
from orders.words.problems import explain
from orders.words.telling import closed, in_words

NOTHING_NEW = {"The credentials are refused", "The client id and secret are refused"}  # what an adapter adds to it


def refusal_text(error: AdapterError) -> str:
    """Return what happened, the other side's own words, and how to mend it."""
    if isinstance(error, AuthenticationFailed):
        told = _("These credentials are refused. Check them; the guide on this page says where they stand.")
        own = "" if error.message in NOTHING_NEW else in_words(kept(error.message))
        remote = in_words(kept(error.remote)) if isinstance(error.remote, Sentence) else error.remote
        return " ".join(closed(part) for part in (told, own, remote) if part)
    outcome = of_error(error)
    why = explain(outcome.code, outcome.params)
    return " ".join(part for part in (why.what, why.mend) if part)
