"""Where shops and marketplaces send their notifications."""

from django.urls import path

from api.notifications import shop_notification

app_name = "api"
urlpatterns = [path("shops/<str:token>", shop_notification, name="shop_notification")]
