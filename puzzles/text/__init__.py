"""What texts of all kinds of puzzle share: lines, grids, lists of cells, JSON, surroundings."""
