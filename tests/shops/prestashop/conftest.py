from tests.shops.prestashop.shop import shop  # noqa: F401 - a fixture of these tests
