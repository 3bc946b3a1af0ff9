"""The pages before and about signing in; their views are django-allauth's."""
