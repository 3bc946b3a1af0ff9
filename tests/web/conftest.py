"""What the tests of the pages share."""

from tests.web.served import served  # noqa: F401 - a fixture
