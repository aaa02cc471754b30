"""What a kind of puzzle is to the rest of the program: the protocol, its defaults, its tests."""
