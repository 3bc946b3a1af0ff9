"""How streets are written, country by country: data for `adapterkit.address_patterns`.

Every list is a regular expression of alternatives, matched without regard to case and only as whole words; a dot may
follow. What is not in these lists is not guessed: an address that they do not explain keeps its raw lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One country's habits. Empty where a country has no such words."""

    number_first: bool = False
    streets: str = ""  # words that make a street
    street_endings: str = ""  # the same, also at the end of a longer word: "Dorpsstraat"
    prefixes: str = ""  # what begins with one of these is a street, wherever its number stands
    named: str = ""  # a part of a building, followed by its number or letter: "bus 4"
    counted: str = ""  # a part of a building that is counted: "2e etage", "1. OG"
    alone: str = ""  # a part of a building that needs no number: "huis", "links"
    steps: bool = False  # floor and door as ordinals: "3º 2ª"
    missing: str = ""  # written where there is no house number
    boxes: str = ""  # a post-office box, followed by its number
    names: str = ""  # parts of street names whose digits are no house number
    digits: int = 4  # of the longest house number; a longer number is a postcode
    letters: str = "[a-z]"  # what may follow a house number
    apart: bool = True  # the letter may stand apart: "12 A"
    second_number: bool = False  # a number after the house number is its addition: "12 3"
    ranges: bool = True  # "12-14" is one house number
    units_join: bool = False  # a part of a building after a comma is the addition, not a supplement
    joint: str = "/"  # between a house number and an addition that is a number


MARKS = "no|nr|n|num|num[ée]ro|número|nummer|numer|hausnr|hausnummer|huisnummer|huisnr"
"""Words that only say that a number follows; they stay with the street."""

CARE_OF = (
    r"c/o|p/a|a/c|co|t\.?a\.?v|t\.?n\.?v|z\.? ?hd|zu händen|attn?|attention|fao|chez|presso|bei|do rąk|na ręce"
    "|a la atención de|to the attention of|care of|ter attentie van"
)
"""What a line begins with that names somebody at the address."""

LOCKERS = "(?:dhl[ -]+)?packstation|(?:dhl[ -]+)?postfiliale|(?:dhl[ -]+)?paketshop|paczkomat(?: inpost)?"
"""Automats and counters; their number stands where the house number stands."""

LEGAL_FORMS = (
    r"b\.?v|n\.?v|v\.?o\.?f|c\.?v|bvba|cvba|vzw|asbl|sprl|gmbh(?: ?& ?co\.? ?kga?)?|mbh"
    r"|ug(?: ?\(haftungsbeschränkt\))?|ohg|e\.k|e\.v|ges\.? ?m\.? ?b\.? ?h|gbr|sarl|s\.à\.?r\.l|s\.a\.r\.l|sasu"
    r"|s\.a\.s|eurl|s\.?r\.?l|s\.?r\.?l\.?s|s\.?p\.?a|s\.?n\.?c|s\.?l|s\.?l\.?u|s\.a|sp\.? ?z ?o\.? ?o|sp\.? ?j"
    r"|sp\.? ?k|s\.?c|ltd|limited|plc|llp|llc|l\.l\.c|inc|incorporated|corp|corporation"
)
"""What a company's name ends with."""

SHORT_FORMS = "SA|SAS|AG|KG|SE|AB|AS|CV|EI|Oy|ApS"
"""Legal forms that are surnames or words too, unless written exactly like this."""

_YEARS = (
    r"1[6789]\d\d ?[-–/] ?(?:1[6789])?\d\d"  # "1940-1945"
    r"|1[6789]\d\d(?= +(?:r\.? )?\d)"  # "Plein 1944 12", "Bitwy Warszawskiej 1920 r. 12"
)
_FRENCH = (
    "rue|avenue|av|ave|boulevard|bd|bld|blvd|place|pl|chemin|ch|allées?|all|impasse|imp|quai|route|rte|cours"
    "|square|sq|chaussée|chée|passage|sentier|faubourg|fbg|fg|hameau|voie|esplanade|rond-point|drève|clos"
    "|promenade|ruelle|traverse|montée|venelle|résidence|lotissement|parvis"
)
_FRENCH_NAMED = (
    "app|apt|appt|appart|appartement|b[âa]t|b[âa]timent|esc|escalier|étage|etage|porte|hall|entrée|logement|log"
    "|lot|bo[îi]te|bte|immeuble|imm|bureau|local|studio|chambre|bloc"
)
_FRENCH_DATES = (
    r"\d{1,2}(?:er)? (?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)"
    r"(?: 1[6789]\d\d)?"
)
_KM = r"km\.? ?\d+(?:[.,]\d+)?"
_DUTCH = (
    "straat|str|laan|weg|plein|gracht|kade|dijk|singel|steeg|hof|pad|dreef|plantsoen|baan|markt|wal|haven|dam|lei"
    "|park|burg|ring|veld|kamp|akker|rede|dal|berg|land|hoek|erf|horst|vaart|oever|brink|heuvel|tuin|bos|poort"
    "|steenweg"
)
_DUTCH_NAMED = (
    "app|apt|appartement|kamer|unit|hal|loods|box|bus|gebouw|etage|verdieping|verd|toestel|woning|studio|blok"
    "|ingang|deur|kantoor|suite|poort|dock"
)
_DUTCH_COUNTED = "hoog(?:[ -]?(?:achter|voor|links|rechts))?|etage|verdieping|verd|verdiep|et|h"
_GERMAN = (
    "straße|strasse|str|weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig|hof|markt|berg|promenade|graben|kai"
    "|stieg|pfad|zeile|park|wall|tor|brücke|feld|grund|siedlung"
)
_GERMAN_NAMED = (
    "whg|wohnung|wohnungs|we|app|apt|apartment|appartement|etage|haus|gebäude|geb|halle|eingang|aufgang"
    "|zimmer|zi|raum|block|top|tür|tuer|stiege|stg|stock|ebene|büro|suite|box|zugang"
)
_GERMAN_COUNTED = (
    r"og|o\.g|obergeschoss|obergeschoß|stock|stockwerk|etage|ug|stg|stiege|hinterhof|hof|hinterhaus|ebene|dg"
    "|geschoss"
)
_GERMAN_ALONE = (
    "eg|erdgeschoss|dg|dachgeschoss|hochparterre|parterre|souterrain|hh|hinterhaus|vh|vorderhaus|seitenflügel|sf"
    "|gartenhaus|gh|links|rechts|mitte|hinterhof|anbau|rückgebäude|rgb"
)
_GERMAN_BOXES = r"postfach|pf|p\.?o\.? ?box"
_GERMAN_MISSING = r"o\.? ?nr|ohne hausnummer|ohne nummer"
_ENGLISH_NAMED = (
    "flat|apt|apartment|appt|unit|suite|ste|room|rm|floor|fl|bldg|building|block|lot|trlr|spc|space|dept"
    "|office|studio|door|level|lvl|house|#"
)
_ENGLISH_COUNTED = "floor|fl|level"
_ENGLISH_ALONE = (
    "basement|bsmt|ground floor|first floor|second floor|third floor|top floor|penthouse|ph|rear|upper|lower|front"
)

RULES: Mapping[str, Rules] = {
    "NL": Rules(
        street_endings=_DUTCH,
        named=_DUTCH_NAMED,
        counted=_DUTCH_COUNTED,
        alone=(
            "huis|hs|bg|bgg|begane grond|sous|souterrain|achter|boven|beneden|links|rechts|bis|ter|rood|rd|zwart"
            "|zw|parterre|bel-etage|beletage|kelder"
        ),
        missing="z/n|zonder nummer",
        boxes="postbus|antwoordnummer",
        names=_YEARS + r"|plein 19\d\d",
        digits=5,
        letters="[a-z]{1,2}",
        second_number=True,
        ranges=False,
        joint="-",
    ),
    "BE": Rules(
        street_endings=_DUTCH,
        streets=_FRENCH,
        prefixes=_FRENCH,
        named=_DUTCH_NAMED + "|" + _FRENCH_NAMED + "|b|bt|postbus",
        counted=_DUTCH_COUNTED + "|étage",
        alone="bis|ter|gelijkvloers|glv|glvl|rez-de-chaussée|rez|rdc|links|rechts",
        missing="z/n|s/n|sans numéro",
        boxes=r"postbus|pb|b\.?p|boîte postale",
        names=_YEARS + "|" + _FRENCH_DATES + "|" + _KM,
        second_number=True,
        units_join=True,
    ),
    "DE": Rules(
        street_endings=_GERMAN,
        named=_GERMAN_NAMED,
        counted=_GERMAN_COUNTED,
        alone=_GERMAN_ALONE,
        missing=_GERMAN_MISSING,
        boxes=_GERMAN_BOXES,
        names="^[A-U] ?[1-7](?=$|[ ,])",  # the squares of Mannheim: "Q7, 24"
    ),
    "AT": Rules(
        street_endings=_GERMAN,
        named=_GERMAN_NAMED,
        counted=_GERMAN_COUNTED,
        alone=_GERMAN_ALONE,
        missing=_GERMAN_MISSING,
        boxes=_GERMAN_BOXES,
        units_join=True,
    ),
    "FR": Rules(
        number_first=True,
        streets=_FRENCH,
        prefixes=_FRENCH,
        named=_FRENCH_NAMED,
        counted="étage|etage|ét",
        alone="rdc|rez-de-chaussée|rez de chaussée|gauche|droite|fond de cour",
        missing="s/n|sans numéro",
        boxes=r"b\.?p|boîte postale|c\.?s|tsa",
        names=_FRENCH_DATES + "|" + _KM,
        letters="(?:(?:[a-z] )?(?:bis|ter|quater|quinquies)|[a-qs-z])",  # "1 r Haute" is a "rue"
    ),
    "GB": Rules(
        number_first=True,
        streets=(
            "street|st|road|rd|lane|ln|avenue|ave|close|drive|dr|way|court|ct|crescent|cres|terrace|gardens|gdns"
            "|place|pl|grove|square|sq|mews|hill|row|park|green|walk|gate|rise|view|parade|strand|broadway|quay"
            "|wharf|embankment|common|vale|bank"
        ),
        named=_ENGLISH_NAMED,
        counted=_ENGLISH_COUNTED,
        alone=_ENGLISH_ALONE,
        boxes=r"p\.? ?o\.? ?box",
    ),
    "ES": Rules(
        prefixes=(
            r"calle|c/|c\.|cl|cll|avenida|avda|avd|av|plaza|pza|plza|pl|placa|plaça|paseo|p\.?º|passeig|pg|carrer"
            "|ronda|rda|camino|cno|camí|carretera|ctra|travesía|trva|rambla|gran vía|glorieta|gta|urbanización"
            "|urb|callejón|cuesta|avinguda|rúa|alameda|pasaje|sector"
        ),
        named=(
            "esc|escalera|bl|bloque|bloq|blq|portal|ptal|port|piso|planta|pl|pta|puerta|puert|local|nave|parcela"
            "|parc|apt|apto|apartamento|dpto|casa|chalet|oficina|ofic|of|edificio|edif|km|letra|vivienda"
        ),
        counted="piso|planta|pl|puerta|pta|izq(?:uierda|da|d|ª)?|dcha|dch|der(?:echa|ª)?|ctro|centro",
        alone=(
            "izq(?:uierda|da|d)?|izqda|dcha|dch|derecha|drcha|bajos?|bjos|bjs|bj|entlo?|entresuelo|entr|pral"
            "|principal|[áàa]tico?|sobre[áà]tico?|bis|ctro|centro|centre|int(?:erior)?|ext(?:erior)?|semisótano"
            "|dup(?:licado|l)?"
        ),
        steps=True,
        missing=r"s/n|s\.n|sn|sin número",
        boxes=r"apartado(?: de correos)?|apdo(?:\.? (?:de )?correos)?",
        names=r"[a-z]{1,2}-\d+|" + _KM,
        units_join=True,
        joint="-",
    ),
    "IT": Rules(
        prefixes=(
            r"via|v\.|viale|v\.le|piazza|p\.?zza|p\.za|piazzale|p\.le|corso|c\.so|largo|vicolo|strada|str|contrada"
            r"|c\.da|località|loc|frazione|fraz|lungomare|lungotevere|lungarno|borgo|calle|salita|galleria"
            "|circonvallazione|traversa|rione|campo|fondamenta|riva|regione"
        ),
        named="int|interno|sc|scala|p|piano|pal|palazzina|edificio|ed|app|appartamento|lotto|apt|blocco|cancello|capannone|km",
        counted="piano|p",
        alone=r"bis|ter|rosso|nero|piano terra|p\.t|primo piano|secondo piano|terzo piano",
        missing=r"s\.?n\.?c|s/n|s\.n|senza numero",
        boxes=r"casella postale|c\.?p",
        names=r"(?:s\.?s|s\.?p|s\.?r|statale|provinciale|regionale)\.? ?\d+|" + _KM,
        units_join=True,
    ),
    "PL": Rules(
        streets="ul|ulica|al|aleja|aleje|os|osiedle|pl|plac|rondo|rynek|skwer|bulwar|bulw",
        named="m|mieszk|mieszkanie|lok|lokal|l|kl|klatka|p|piętro|pok|pokój|bud|budynek|blok|bl|apt|apartament|hala",
        counted="piętro|p",
        alone="parter|oficyna|bis",
        missing="b/n|bn|bez numeru",
        boxes=r"skr(?:ytka|\.)? ?poczt(?:owa)?|skrytka",
        names=_YEARS + "|jana paw[łl]a 2",
        units_join=True,
    ),
    "US": Rules(
        number_first=True,
        streets=(
            "street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|parkway|pkwy|highway"
            "|hwy|place|pl|terrace|ter|circle|cir|trail|trl|loop|broadway|route|rte|square|sq|alley|expressway"
            "|expy|freeway|fwy|pike|turnpike|run|cove|plaza"
        ),
        named=_ENGLISH_NAMED + "|hangar|stop|slip|pier",
        counted=_ENGLISH_COUNTED,
        alone=_ENGLISH_ALONE,
        boxes=r"p\.? ?o\.? ?box|post office box",
        digits=6,
        letters="(?:[a-z]|½)",
        apart=False,  # "12 E Main St" lies east
    ),
}
"""By ISO 3166-1 alpha-2 code."""

LIKE: Mapping[str, str] = {"CH": "DE", "LI": "DE", "LU": "FR", "MC": "FR", "IE": "GB", "SM": "IT", "CA": "US"}
"""Countries that write their streets as another one does."""


def rules_of(country: str) -> Rules | None:
    """Return a country's rules; None for one that nobody described yet, whose addresses keep their raw lines."""
    code = country.upper()
    return RULES.get(LIKE.get(code, code))
