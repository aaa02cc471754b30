"""What pictures of all kinds of puzzle share: square cells at any scale, and montages."""
