"""Where shops and marketplaces send their notifications."""

from django.urls import path

from api.notifications import account_notification, shop_notification

app_name = "api"
urlpatterns = [
    path("shops/<str:token>", shop_notification, name="shop_notification"),
    path("accounts/<str:token>", account_notification, name="account_notification"),
]
