"""The words of the adapters' settings and names, listed to be found for translation: adapters know no Django."""

from __future__ import annotations

from django.utils.translation import gettext_noop as noop

WORDS = frozenset(
    {
        noop("Any other platform (REST API)"),
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
        noop("How requests are signed"),
        noop("With all four keys (OAuth 1.0a)"),
        noop("With the access token alone"),
        noop("The access token alone works only after it was allowed on the server; see the guide"),
        noop("Access token"),
        noop("Access token secret"),
        noop("Store view"),
        noop("The code that stands under Stores > All Stores"),
        noop("ID of the store view"),
        noop("The number that ends its page's address"),
        noop("Website"),
        noop("The website's code; its stock is offered"),
        noop("Base currency of the shop"),
        noop("Only where it is not the currency of the orders, for example USD"),
        noop("Payment method of the orders"),
        noop("Its code in Magento"),
        noop("Shipping method of the orders"),
        noop("Attribute with the EAN"),
        noop("The attribute's code, for example ean"),
        noop(
            "Orders made through Magento's API reserve no stock inside Magento, so its own salable quantity ends too high and the web shop may oversell. What OrderSync offers on marketplaces is right all the same: the quantity on hand less all open orders. Let Magento correct itself every few minutes, as the guide says."
        ),
        noop("Webservice key"),
        noop("Advanced Parameters > Webservice; 32 characters"),
        noop("ID of the carrier"),
        noop("Shipping > Carriers; one for marketplace orders only. By default the first free one"),
        noop("ID of the customer group"),
        noop("Shop Parameters > Customer Settings > Groups; the group that the carrier is kept for"),
        noop("Technical name of the payment module"),
        noop("An installed payment module, for example ps_wirepayment"),
        noop("ID of the product for shipping costs"),
        noop("Only where a marketplace charges the customer for shipping"),
        noop("ID of the shop"),
        noop("Only with multistore"),
        noop(
            "PrestaShop sends the buyer its own confirmation of each order, and takes no orders that the marketplace ships. The Channable module leaves both to you."
        ),
        noop(
            "The module gets the name with each order; which of the shop's methods or carriers the order gets is set in the module. Its list cannot be read from here."
        ),
        noop("The order shows it as the name of its shipping."),
        noop(
            "The carriers in use are offered, free ones first: the others charge what the shop says. The order gets the carrier of that name; with any other text, which stands in its note, that of the shop's settings."
        ),
        noop(
            "The methods in the shop's latest orders are offered, for Magento's API lists none. The order gets that name and its code; any other text stands on it with the code of the shop's settings."
        ),
        noop("No order is created in this shop, so nothing is done with it."),
        noop("Your program reads it with each order; what the shop offers cannot be read from here."),
        noop("Magento 1 without the Channable module (reading only)"),
        noop("Magento 1 with the Channable module"),
        noop("Magento 2 with the Channable module"),
        noop("PrestaShop with the Channable module"),
        noop("Name of the API user"),
        noop("Under System > Web Services > SOAP/XML-RPC - Users"),
        noop("API key of that user"),
        noop("Optional; with it each order's lines and total are compared"),
        noop("Where our number stands in an order"),
        noop("External order number"),
        noop("Number of the Channable module"),
        noop(
            "Magento 1's own API takes no prices. Without the Channable module products and stock are read, and no order is created: choose “Magento 1 with the Channable module” for orders."
        ),
        noop(
            "The module does not tell what an order came to in Magento. Let OrderSync read Magento's own API, as the guide says, and each order's total is compared; without it, nobody notices what Magento changes in the shipping costs of orders that go abroad."
        ),
        noop(
            "The module does not tell what an order came to in Magento. Enter an API user, as the guide says, and each order's total is compared; without one, nobody notices what Magento changes in the prices of orders that go abroad."
        ),
        noop(
            "The module does not tell what an order came to in PrestaShop, so its total cannot be compared: look at the test order there. It tells one tracking code of an order, and takes no orders that a marketplace ships."
        ),
        noop("Token of the module"),
        noop("What follows /token/ in a feed's address"),
        noop("Connect Token, under Magmodules > Channable Feed"),
        noop("Number of the store view"),
        noop("The orders come in there"),
        noop("Prefix of order numbers"),
        noop("Exactly as it is set in the module"),
        noop("Compare orders through Magento's own API"),
        noop("With the four keys of an integration each order's lines and total are compared"),
        noop("Alphanumeric Order ID"),
        noop("As it is set in the module"),
        noop("No"),
        noop("Yes"),
        noop("Time zone of the shop"),
        noop("E-mail address for orders without one"),
        noop("The shop refuses an order without an address"),
        noop("Key of the module"),
        noop("The module's page shows it; it starts with CHANNABLE"),
        noop("Stores"),
        noop("The countries of your stores in one region, for example NL, DE, FR"),
        noop("Merchant token"),
        noop("Seller Central > Account info > Merchant token"),
        noop("Starts with amzn1.application-oa2-client."),
        noop("Starts with amzn1.oa2-cs."),
        noop("Refresh token"),
        noop("Starts with Atzr|"),
        noop("Application ID"),
        noop("Only for connecting without a refresh token; starts with amzn1.sp.solution."),
        noop("State of the application"),
        noop("Draft"),
        noop("Published"),
        noop("Amazon's sandbox"),
    }
)

# What adapters, and the door they go through, say of an error.
SAID = frozenset(
    {
        noop("The module takes no returns; switch them on in it, for all store views"),
        noop("The shop has no such return"),
        noop("It is not known under which number the module made order %(number)s"),
        noop("The module answered without the return"),
        noop("The status of a return is no object"),
        noop("The return was called off in the shop"),
        noop("The shop tells an unknown state of a return"),
        noop("The client id and secret are refused"),
        noop("The token server is not available"),
        noop("The token server answered without a token"),
        noop("The token server does not answer"),
        noop("The token server asked us to wait"),
        noop("The token server answered without a refresh token"),
        noop("The authorisation was not taken"),
        noop("The answer cannot be read"),
        noop("The answer was cut off"),
        noop("A web page came instead of data; is there a maintenance page?"),
        noop("The credentials are refused"),
        noop("This is forbidden to us there, by a firewall or by the rights that the key has"),
        noop("Not found there"),
        noop("Too many calls"),
        noop("Not available now"),
        noop("The address leads on to another one; enter the last"),
        noop("It took too long there"),
        noop("It failed there"),
        noop("It failed there half-way"),
        noop("The request is refused"),
        noop("This is no web address; it begins with https:// and names a host"),
        noop("No answer"),
        noop(
            "This host is inside a private network; use its public address, or have the operator of this server "
            "allow it in ORDERSYNC_ALLOWED_PRIVATE_HOSTS"
        ),
        noop("The answer did not arrive"),
        noop("bol's answer cannot be read"),
        noop("bol did not say where to ask for the outcome"),
        noop("There is no offer with this reference that you ship yourself"),
        noop("bol has no shipment with this reference"),
        noop("bol refuses it"),
        noop("bol says the account is not active"),
        noop("bol does not know it"),
        noop("bol does not offer this version of its API any more"),
        noop("The shop's list is not a list"),
        noop("The shop answered without the order"),
        noop("The order is in use in the shop and is not removed"),
        noop("The webhook's message is not one of WooCommerce's"),
        noop("The webhook's signature does not fit its secret"),
        noop("The shop refuses the key; it needs read and write permission"),
        noop("There is no WooCommerce API at this address; are permalinks switched on?"),
        noop("The shop does not have it"),
        noop("The shop refuses it"),
        noop("There is no Magento API at this address; enter the shop's own"),
        noop(
            "The shop refuses the signature: one of the two secrets is wrong, or the shop stands behind a proxy and does "
            "not know that its address begins with https"
        ),
        noop(
            "The shop does not take the address: correct it here, or make the field optional under "
            "Stores > Configuration > Customers > Customer Configuration > Name and Address Options"
        ),
        noop("The platform tells us of its orders; they cannot be read there"),
        noop("The remote side asked us to wait"),
        noop("Our own pace for this account is used up"),
        noop("The login is refused"),
        noop("The login is not available"),
        noop("An address without encryption was given"),
        noop("The address that was given for it has expired"),
        noop("Amazon's processing report is empty"),
        noop("Amazon's processing report cannot be read"),
        noop("The application may not do this: give it the role in Seller Central and authorise it again"),
        noop("Amazon refuses it"),
        noop("Amazon does not know it"),
        noop("The merchant token is missing; it stands in Seller Central under Account info"),
        noop("Amazon takes no shipment without a tracking code; confirm it in Seller Central by hand"),
        noop("A parcel needs a number and the moment at which it was shipped"),
        noop("Amazon answered in another way than it says it does"),
        noop(
            "Amazon cancels whole orders only, and only while nothing of them is shipped. Refund what "
            "you do not send in Seller Central, under Orders > Manage orders"
        ),
        noop("This walk cannot be taken up"),
        noop("The shop does not tell what its key may do"),
        noop("The shop's time zone is not known"),
        noop(
            "The shop rounds the price of each piece, and no price makes this order's total. In "
            "PrestaShop choose Shop Parameters > General > Round type > Round on each line, then try "
            "again"
        ),
        noop("The shop's answer cannot be read"),
        noop("A web page came instead of data; is the shop in maintenance?"),
        noop("The shop answered without the record"),
        noop("The shop is not available now"),
        noop("The cart is no order yet"),
        noop("The shop said that it made the order, and does not have it"),
        noop("The shop does not know this SKU"),
        noop("The order number is taken"),
        noop("The module refuses it"),
        noop("Something else came instead of data; is there a maintenance page?"),
        noop("The module refuses the key"),
        noop("The module answered without the order"),
        noop("The module does not post its stock; switch its item updates on"),
        noop("The status of an order is no object"),
        noop("The list of shipments is no list"),
        noop("The shop did not answer in time"),
        noop("The token of the message is not the shop's"),
        noop("The message is not a list of items"),
        noop("The module does not take the address for its stock"),
        noop("The product feed is no list"),
        noop("The shop opened no session"),
        noop("The API user and key are refused, or the user has no role"),
        noop("The shop ends each session at once; log in as this user elsewhere no more"),
        noop("Not found in the shop"),
        noop("It failed in the shop; its exception log says why"),
        noop("A batch was answered with another number"),
        noop("A list of the shop is no list of records"),
        noop("An order of the shop cannot be read"),
        noop("%(field)s is %(value)s, which cannot be read"),
        noop("%(field)s is %(value)s, which is not known"),
        noop("%(field)s is empty"),
        noop("%(field)s is missing"),
        noop("%(field)s: %(why)s"),
        noop("%(message)s: %(remote)s"),
        noop("%(sku)s is listed in none of your stores"),
        noop("A package of order %(number)s cannot be read: %(why)s"),
        noop("Amazon answers %(status)s"),
        noop(
            "Amazon has no store %(unknown)s. Name the countries of your stores, with commas between them: %(countries)s"
        ),
        noop("Amazon itself ships %(sku)s; its stock is not ours to set"),
        noop("Amazon refuses the authorisation, the region of the stores, or a role that the application lacks"),
        noop("Amazon's answer holds no %(field)s"),
        noop("Carrier %(carrier)s is switched off in the shop; switch it on"),
        noop(
            "Carrier %(carrier)s was deleted or switched off in the shop; choose the ID of a carrier from PrestaShop's Shipping > Carriers in the shop's settings"
        ),
        noop(
            "Magento does not take the access token alone: allow it on the server with bin/magento config:set oauth/consumer/enable_integration_as_bearer 1, or enter all four keys. Where it is allowed, the integration lacks %(resources)s"
        ),
        noop("Name the countries of your stores, with commas between them: %(countries)s"),
        noop("Order %(number)s cannot be read: %(why)s"),
        noop("Order %(number)s is in use in the shop and is not removed"),
        noop("Order %(number)s is shipped in the shop and is not cancelled"),
        noop("The order status %(state)s, to which cancelled orders are set (PS_OS_CANCELED), is missing"),
        noop("Order %(number)s was cancelled in the shop before OrderSync knew of it"),
        noop("Order %(number)s was invoiced in the shop and is unpaid all the same"),
        noop("Order %(number)s was made, but cannot be read now"),
        noop("PHP complains in the shop and hides its answer; have its developer mend this or hide PHP's warnings"),
        noop(
            "Product %(product)s costs %(shop)s in the shop: too little to tell which tax the shop adds. Give it a price of at least %(amount)s there; the order keeps the marketplace's price"
        ),
        noop("The answer is no XML-RPC: %(why)s"),
        noop("The base currency of the shop is %(currency)s: enter it"),
        noop(
            "The country %(country)s is not active in the shop, which then makes no order; enable it in PrestaShop under International > Locations > Countries"
        ),
        noop(
            "The country %(country)s is not active in the shop; enable it under International > Locations > Countries"
        ),
        noop(
            "The customer paid %(amount)s for shipping, and carrier %(carrier)s is free: the shop's total would be another. Enter a product for shipping costs in the shop's settings"
        ),
        noop("The integration may not use %(resources)s: grant it under System > Extensions > Integrations"),
        noop("The key does not work for this shop; choose its shop association under Advanced Parameters > Webservice"),
        noop("The key lacks a right; tick it in the shop under Advanced Parameters > Webservice"),
        noop("The key lacks rights; tick them in the shop under Advanced Parameters > Webservice"),
        noop("The listing %(sku)s cannot be read: %(why)s"),
        noop("The message has %(items)s items, %(most)s are taken at once"),
        noop("The message is not JSON"),
        noop("The module cannot order a product of this kind"),
        noop("The module failed in its own program; is it the newest version?"),
        noop("The module is not ready; switch it on for this store view, its order import too"),
        noop("The module lets only certain addresses in; add ours to its list"),
        noop("The module refuses the token"),
        noop("The module takes no orders that the marketplace ships; switch FBB/LVB orders on in it"),
        noop("The module wants the number of the store view"),
        noop("The order is made, but not finished: %(why)s"),
        noop("The order status %(state)s, with which the shop's web service begins (PS_OS_WS_PAYMENT), is missing"),
        noop("The record could not be stored: %(why)s"),
        noop("The role of the API user may not use %(call)s"),
        noop(
            "The shop charges %(shop)s for shipping in order %(number)s, the marketplace %(marketplace)s. Look for automatic discounts in the shop, then try again"
        ),
        noop("The shop does not cancel order %(number)s"),
        noop("The shop does not know a product by its id any more; have the products imported again"),
        noop("The shop does not know the country %(country)s; add it under International > Locations"),
        noop("The shop had this order already and made %(number)s beside it"),
        noop("The shop has an order of this number that the module did not make; choose another prefix"),
        noop("The shop has another order with the number %(number)s; rename that one"),
        noop(
            "The shop has no carrier %(carrier)s; choose the ID of a carrier from PrestaShop's Shipping > Carriers in the shop's settings"
        ),
        noop("The shop has no combinations %(ids)s any more; map the order's lines anew"),
        noop(
            "The shop has no currency %(currency)s; add it in PrestaShop under International > Localization > Currencies"
        ),
        noop(
            "The shop has no free carrier; choose the ID of a carrier from PrestaShop's Shipping > Carriers in the shop's settings"
        ),
        noop("The shop has no order %(number)s"),
        noop(
            "The shop has no payment module %(module)s; enter the technical name of an installed one in the shop's settings (in PrestaShop: Payment > Payment Methods)"
        ),
        noop("The shop has no product %(product)s any more; map the order's line to another product"),
        noop("The shop has no product for %(skus)s any more"),
        noop("The shop has no products %(ids)s any more; map the order's lines anew"),
        noop("The shop has no rate from %(base)s to %(currency)s; enter one under Stores > Currency Rates"),
        noop("The shop has no such address: is the code of the store view right, and its inventory switched on?"),
        noop("The shop has no such order"),
        noop(
            "The shop has too few of a product; raise its stock, or let the module take orders of what is out of stock"
        ),
        noop("The shop refuses %(call)s"),
        noop("The shop refuses the address; correct it here"),
        noop(
            "The shop refuses the key. If it is the one under Advanced Parameters > Webservice, the web server may keep it from PrestaShop: have the hoster switch CGIPassAuth on"
        ),
        noop(
            "The shop refuses the key; copy it again from Advanced Parameters > Webservice, and see that its status is on"
        ),
        noop("The shop refuses the keys"),
        noop(
            "The shop split the order into %(numbers)s, because no one carrier sends all of it. Cancel these in the shop, let the carrier of OrderSync's settings serve every product, and enter this order by hand"
        ),
        noop("The shop's API has no %(call)s; is the address right?"),
        noop("The shop's database is busy"),
        noop(
            "The shop's order %(number)s has %(pieces)s of %(wanted)s pieces: it was not finished. Cancel it in the shop and enter this order by hand"
        ),
        noop(
            "The shop's order %(number)s is not paid for, as the shop sees it, and takes no stock. Set its status to Payment accepted in the shop, then try again"
        ),
        noop("The shop's web service is switched off; switch it on under Advanced Parameters > Webservice"),
        noop("The store view does not know this currency; allow it there"),
        noop("The web server in front of the shop forbids PUT, PATCH or DELETE; have the hoster allow them"),
        noop("There is no PrestaShop web service at this address; is it the shop's own, with its folder?"),
        noop("There is no XML-RPC API at this address; does it need /index.php at its end?"),
        noop("There is no product feed; switch it on for this store view, and compare store view and token"),
        noop("There is no store view %(code)s with ID %(id)s; there are: %(there)s"),
        noop("There is no time zone “%(zone)s”"),
        noop("These stores are in different regions; connect each region as an account of its own"),
        noop("an object with %(field)s was expected, %(value)s was found"),
        noop("bol answers %(status)s"),
        noop("it is longer than what is read at most"),
        noop("it took too long"),
        noop("its TLS certificate is not valid"),
        noop("no connection was made in time"),
        noop("no list of %(field)s"),
        noop("nothing came for too long"),
        noop("quantity is %(quantity)s, with quantityShipped %(shipped)s and quantityCancelled %(cancelled)s"),
        noop("the connection broke"),
        noop("the host cannot be reached"),
        noop("nobody knows the host's name"),
        noop("The shop has no website %(website)s with a stock"),
    }
)
