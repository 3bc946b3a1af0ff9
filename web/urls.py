"""The merchant's pages."""

app_name = "web"
urlpatterns: list[object] = []
