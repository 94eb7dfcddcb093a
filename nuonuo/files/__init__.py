"""What strangers bring: read and checked once; and what they take away."""
