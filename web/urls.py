"""The merchant's pages: every address, and the view that answers it."""

from django.urls import path

from web.accounts import views as accounts
from web.api_keys import views as api_keys
from web.carriers import views as carriers
from web.company import views as company
from web.connections import views as connections
from web.members import views as members
from web.order import views as order
from web.orders import views as orders
from web.overview import views as overview
from web.projects import views as projects
from web.returns import views as returns
from web.stock import views as stock
from web.test_orders import views as test_orders
from web.webhooks import views as webhooks

app_name = "web"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("company/<int:pk>", company.choose_company, name="choose_company"),
    path("members", members.members, name="members"),
    path("members/invite", members.invite, name="invite"),
    path("members/<int:pk>", members.change_member, name="change_member"),
    path("invitations/<int:pk>/withdraw", members.withdraw, name="withdraw"),
    path("join/<str:token>", members.join, name="join"),
    path("subscription", company.subscription, name="subscription"),
    path("subscription/<str:module>", company.change_module, name="change_module"),
    path("settings", company.company_settings, name="company_settings"),
    path("changes", company.changes, name="changes"),
    path("api-keys", api_keys.api_keys, name="api_keys"),
    path("api-keys/<int:pk>/revoke", api_keys.revoke, name="revoke_api_key"),
    path("webhooks", webhooks.webhooks, name="webhooks"),
    path("webhooks/new", webhooks.new_webhook, name="new_webhook"),
    path("webhooks/<int:pk>", webhooks.webhook, name="webhook"),
    path("webhooks/<int:pk>/settings", webhooks.webhook_settings, name="webhook_settings"),
    path("webhooks/<int:pk>/test", webhooks.test, name="test_webhook"),
    path("webhooks/<int:pk>/secret", webhooks.rotate, name="rotate_secret"),
    path("webhooks/<int:pk>/switch", webhooks.switch, name="switch_webhook"),
    path("webhooks/<int:pk>/remove", webhooks.remove, name="remove_webhook"),
    path("webhooks/<int:pk>/replay", webhooks.replay, name="replay_webhook"),
    path("webhooks/<int:pk>/messages/<int:message>", webhooks.message, name="webhook_message"),
    path("webhooks/<int:pk>/messages/<int:message>/replay", webhooks.replay_message, name="replay_message"),
    path("webhooks/<int:pk>/messages/<int:message>/skip", webhooks.skip, name="skip_message"),
    path("orders", orders.orders, name="orders"),
    path("orders.csv", orders.export, name="export_orders"),
    path("projects/<int:project>/map", orders.map_reference, name="map_reference"),
    path("orders/<int:pk>", order.order, name="order"),
    path("orders/<int:pk>/resume", order.resume, name="resume"),
    path("orders/<int:pk>/accept", order.accept, name="accept"),
    path("orders/<int:pk>/handled", order.handled, name="handled"),
    path("orders/<int:pk>/release", order.release, name="release"),
    path("orders/<int:pk>/address", order.address, name="correct_address"),
    path("orders/<int:pk>/tracking", order.tracking, name="add_tracking"),
    path("orders/<int:pk>/parcels/<int:shipment>/carrier", order.carrier, name="choose_carrier"),
    path("orders/<int:pk>/papers/<int:paper>", order.paper, name="paper"),
    path("orders/<int:pk>/cancel", order.cancel, name="cancel_order"),
    path("connections", connections.connections, name="connections"),
    path("connections/new", connections.new_connection, name="new_connection"),
    path("connections/<int:pk>", connections.connection, name="connection"),
    path("connections/<int:pk>/activate", connections.activate, name="activate"),
    path("connections/<int:pk>/pause", connections.pause, name="pause"),
    path("connections/<int:pk>/archive", connections.archive, name="archive"),
    path("connections/<int:pk>/settings", connections.connection_settings, name="connection_settings"),
    path("connections/<int:pk>/unfetched", connections.unfetched_orders, name="unfetched_orders"),
    path("connections/<int:pk>/carriers", connections.connection_carriers, name="connection_carriers"),
    path("connections/<int:pk>/test-order", test_orders.test_order, name="test_order"),
    path("connections/<int:pk>/test-order/<int:sent>", test_orders.sent_test_order, name="sent_test_order"),
    path("connections/<int:pk>/test-order/<int:sent>/cancel", test_orders.cancel, name="cancel_test_order"),
    path("connections/<int:pk>/activity", connections.connection_activity, name="connection_activity"),
    path("connections/<int:pk>/direction/<str:name>", connections.direction, name="direction"),
    path("projects", projects.projects, name="projects"),
    path("projects/shipping-methods", projects.shop_methods, name="shop_methods"),
    path("projects/new", projects.new_project, name="new_project"),
    path("projects/<int:pk>", projects.project, name="project"),
    path("projects/<int:pk>/product-id", projects.product_id, name="product_id"),
    path("projects/<int:pk>/stock-address", projects.stock_address, name="stock_address"),
    path("projects/<int:pk>/connect/<str:platform>", projects.connect, name="connect_shop"),
    path("accounts", accounts.accounts, name="accounts"),
    path("accounts/consent", accounts.consent, name="consent"),
    path("accounts/new/<str:marketplace>", accounts.new_account, name="new_account"),
    path("accounts/<int:pk>", accounts.account, name="account"),
    path("carriers", carriers.carriers, name="carriers"),
    path("carriers/held", carriers.try_held, name="try_held"),
    path("carriers/codes/<str:seller>", carriers.carrier_codes, name="carrier_codes"),
    path("carriers/new", carriers.new_plan, name="new_plan"),
    path("carriers/<int:pk>", carriers.carrier_plan, name="carrier_plan"),
    path("carriers/<int:pk>/change", carriers.change, name="change_plan"),
    path("returns", returns.returns, name="returns"),
    path("returns/<int:pk>/answer", returns.answer, name="answer_return"),
    path("stock", stock.stock, name="stock"),
]
