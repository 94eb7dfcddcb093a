"""Winner-take-all codes: who fires, who collides."""
