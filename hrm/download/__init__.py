"""Files over HTTP: the hub's protocol, partial files, verification."""
