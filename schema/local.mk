# schema

# A folder is distributed whole.
EXTRA_DIST += schema/stock-demo
