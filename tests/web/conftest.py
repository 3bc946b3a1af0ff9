"""What the tests of the pages share."""

from tests.web.browser import browser, page, started  # noqa: F401 - fixtures
from tests.web.served import served  # noqa: F401 - a fixture
