"""Pages of what the catalog knows, for people: read only, made when they are asked for."""
