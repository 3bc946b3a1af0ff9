"""The carriers we know: their names, other spellings that shops use, and where a parcel can be followed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Carrier:
    """`tracking_url` holds `{code}`; empty where the page needs more than the code."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    tracking_url: str = ""


CARRIERS: tuple[Carrier, ...] = (
    Carrier("postnl", "PostNL", ("post nl", "tnt post", "postnl parcels"), "https://postnl.nl/tracktrace/?B={code}"),
    Carrier("dhl", "DHL", ("dhl parcel", "dhl for you", "dhl nl"), "https://www.dhl.com/nl-nl/home/tracking.html?tracking-id={code}"),
    Carrier("dhl-ecommerce", "DHL eCommerce", ("dhl e-commerce",), "https://www.dhl.com/nl-nl/home/tracking.html?tracking-id={code}"),
    Carrier("dhl-de", "DHL Paket", ("dhl germany", "dhl de", "deutsche post dhl"), "https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html?piececode={code}"),
    Carrier("dhl-express", "DHL Express", (), "https://www.dhl.com/en/express/tracking.html?AWB={code}"),
    Carrier("dpd", "DPD", ("dpd nl", "dpd netherlands", "direct parcel distribution"), "https://tracking.dpd.de/parcelstatus?query={code}"),
    Carrier("dpd-be", "DPD Belgium", ("dpd be",), "https://tracking.dpd.de/parcelstatus?query={code}"),
    Carrier("gls", "GLS", ("gls nl", "general logistics systems"), "https://gls-group.eu/track/{code}"),
    Carrier("ups", "UPS", ("united parcel service",), "https://www.ups.com/track?tracknum={code}"),
    Carrier("fedex", "FedEx", ("federal express",), "https://www.fedex.com/fedextrack/?trknbr={code}"),
    Carrier("tnt-express", "TNT Express", ("tnt",)),
    Carrier("bpost", "bpost", ("bpost be", "belgian post", "bpack"), "https://track.bpost.cloud/btr/web/#/search?itemCode={code}"),
    Carrier("briefpost", "Letter post", ("brievenpost", "letter", "brief", "briefpost")),
    Carrier("deutsche-post", "Deutsche Post", ("german post",)),
    Carrier("hermes", "Hermes", ("hermes germany", "hermes de"), "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation/#{code}"),
    Carrier("evri", "Evri", ("hermes uk", "myhermes"), "https://www.evri.com/track/parcel/{code}"),
    Carrier("royal-mail", "Royal Mail", (), "https://www.royalmail.com/track-your-item#/tracking-results/{code}"),
    Carrier("parcelforce", "Parcelforce", ("parcel force",)),
    Carrier("yodel", "Yodel"),
    Carrier("colissimo", "Colissimo", ("la poste colissimo",), "https://www.laposte.fr/outils/suivre-vos-envois?code={code}"),
    Carrier("la-poste", "La Poste", (), "https://www.laposte.fr/outils/suivre-vos-envois?code={code}"),
    Carrier("chronopost", "Chronopost", (), "https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={code}"),
    Carrier("mondial-relay", "Mondial Relay"),
    Carrier("relais-colis", "Relais Colis"),
    Carrier("inpost", "InPost", ("paczkomaty",), "https://inpost.pl/sledzenie-przesylek?number={code}"),
    Carrier("poczta-polska", "Poczta Polska"),
    Carrier("correos", "Correos"),
    Carrier("correos-express", "Correos Express"),
    Carrier("seur", "SEUR"),
    Carrier("mrw", "MRW"),
    Carrier("nacex", "NACEX"),
    Carrier("poste-italiane", "Poste Italiane"),
    Carrier("brt", "BRT", ("bartolini",)),
    Carrier("sda", "SDA"),
    Carrier("austrian-post", "Österreichische Post", ("post at", "post.at", "austrian post")),
    Carrier("swiss-post", "Swiss Post", ("die post", "post ch")),
    Carrier("postnord", "PostNord", (), "https://tracking.postnord.com/?id={code}"),
    Carrier("bring", "Bring", ("posten norge",)),
    Carrier("budbee", "Budbee"),
    Carrier("instabox", "Instabox"),
    Carrier("trunkrs", "Trunkrs"),
    Carrier("cycloon", "Cycloon", ("fietskoeriers", "fietskoeriers.nl")),
    Carrier("dynalogic", "Dynalogic"),
    Carrier("homerr", "Homerr"),
    Carrier("packs", "Packs"),
    Carrier("red-je-pakketje", "Red je Pakketje"),
    Carrier("dachser", "Dachser"),
    Carrier("rhenus", "Rhenus"),
    Carrier("db-schenker", "DB Schenker", ("schenker",)),
    Carrier("transmission", "TransMission"),
    Carrier("own-transport", "Own transport", ("eigen vervoer", "own delivery")),
    Carrier("other", "Other", ("anders",)),
)  # fmt: skip

BY_CODE: Mapping[str, Carrier] = {carrier.code: carrier for carrier in CARRIERS}
CHOICES = [(carrier.code, carrier.name) for carrier in CARRIERS]


def normalised(name: str) -> str:
    """Return a carrier's name without case, accents, spaces and marks."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", plain)


_BY_NAME = {
    normalised(name): carrier.code for carrier in CARRIERS for name in (carrier.code, carrier.name, *carrier.aliases)
}


def recognise(name: str) -> str:
    """Return the code of the carrier that a shop names, empty when the name is not known for sure."""
    return _BY_NAME.get(normalised(name), "")


def carrier_name(code: str, *, said: str = "") -> str:
    """Return a carrier's name; what the shop `said` where the catalogue has none of its own."""
    name = BY_CODE[code].name if code in BY_CODE else ""
    return said or name if code in {"", "other"} else name


def tracking_url(code: str, tracking_code: str) -> str:
    """Return where the parcel can be followed, empty when we do not know."""
    carrier = BY_CODE.get(code)
    return carrier.tracking_url.format(code=quote(tracking_code, safe="")) if carrier and tracking_code else ""
