def pytest_configure(config):
    """Placeholder until the services are provided."""
