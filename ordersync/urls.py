"""The addresses of the product."""

from django.contrib import admin
from django.urls import include, path

from ordersync.health import healthz

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("hooks/", include("api.urls")),
    path("", include("web.urls")),
]
