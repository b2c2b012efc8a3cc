"""One file a schema change, numbered."""
