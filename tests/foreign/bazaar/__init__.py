"""The bazaar: it speaks XML, answers 200 whatever it thinks, waits to be told that it may sell, and takes stock in feeds."""
