"""What keeps everything going: outbox, cursors, runs, pacing, exchanges. Knows no order, no marketplace and no shop."""
