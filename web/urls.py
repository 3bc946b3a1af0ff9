"""The merchant's pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from web import returns, views

app_name = "web"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("sign-in", views.SignIn.as_view(), name="sign_in"),
    path("sign-out", LogoutView.as_view(), name="sign_out"),
    path("company/<int:pk>", views.choose_company, name="choose_company"),
    path("orders", views.orders, name="orders"),
    path("orders/<int:pk>", views.order, name="order"),
    path("orders/<int:pk>/resume", views.resume, name="resume"),
    path("orders/<int:pk>/handled", views.handled, name="handled"),
    path("orders/<int:pk>/release", views.release, name="release"),
    path("connections/<int:pk>", views.connection, name="connection"),
    path("connections/<int:pk>/activate", views.activate, name="activate"),
    path("connections/<int:pk>/pause", views.pause, name="pause"),
    path("connections/<int:pk>/credentials/<str:side>", views.credentials, name="credentials"),
    path("carriers", views.carriers, name="carriers"),
    path("carriers/<int:pk>", views.carrier_plan, name="carrier_plan"),
    path("returns", returns.returns, name="returns"),
    path("returns/<int:pk>/answer", returns.answer, name="answer_return"),
    path("stock", views.stock, name="stock"),
]
