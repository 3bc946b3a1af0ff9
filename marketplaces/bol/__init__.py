"""bol (Netherlands and Belgium): Retailer API v10, Offers API v11."""
