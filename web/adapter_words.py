"""The words of the adapters' settings, listed so that they are found for translation: adapters know no Django."""

from __future__ import annotations

from django.utils.translation import gettext_noop as noop

WORDS = frozenset(
    {
        noop("Client ID"),
        noop("Client secret"),
        noop("Environment"),
        noop("Live"),
        noop("bol's demo environment"),
        noop("Address of a test server"),
        noop("Token address of a test server"),
        noop("Address of the shop"),
        noop("For example https://shop.example"),
        noop("Consumer key"),
        noop("Starts with ck_"),
        noop("Consumer secret"),
        noop("Starts with cs_; read and write permission"),
        noop("Webhook secret"),
        noop("Order storage"),
        noop("High-performance order storage"),
        noop("WordPress posts (legacy)"),
        noop("WooCommerce > Settings > Advanced > Features"),
    }
)
