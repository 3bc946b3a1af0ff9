"""What happened to orders, what keeps them and how to mend it, in words for the merchant."""
