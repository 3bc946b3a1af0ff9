"""The merchant's pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from web.views import carriers, connections, dashboard, orders, products, returns, sign_in

app_name = "web"
urlpatterns = [
    path("", dashboard.overview, name="overview"),
    path("sign-in", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-out", LogoutView.as_view(), name="sign_out"),
    path("company/<int:pk>", sign_in.choose_company, name="choose_company"),
    path("orders", orders.orders, name="orders"),
    path("orders/<int:pk>", orders.order, name="order"),
    path("orders/<int:pk>/resume", orders.resume, name="resume"),
    path("orders/<int:pk>/handled", orders.handled, name="handled"),
    path("orders/<int:pk>/release", orders.release, name="release"),
    path("connections/<int:pk>", connections.connection, name="connection"),
    path("connections/<int:pk>/activate", connections.activate, name="activate"),
    path("connections/<int:pk>/pause", connections.pause, name="pause"),
    path("connections/<int:pk>/credentials/<str:side>", connections.credentials, name="credentials"),
    path("carriers", carriers.carriers, name="carriers"),
    path("carriers/<int:pk>", carriers.carrier_plan, name="carrier_plan"),
    path("returns", returns.returns, name="returns"),
    path("returns/<int:pk>/answer", returns.answer, name="answer_return"),
    path("stock", products.stock, name="stock"),
]
