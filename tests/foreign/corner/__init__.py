"""The corner shop: four kinds of it, which differ in how an order is made once."""
