# Migrations of the sales database, one folder an engine.
salessqlitedir = $(pkgdatadir)/sales/sqlite
dist_salessqlite_DATA = \
	schema/sales/sqlite/0001-shop-window.sql
salesmariadbdir = $(pkgdatadir)/sales/mariadb
dist_salesmariadb_DATA = \
	schema/sales/mariadb/0001-shop-window.sql
EXTRA_DIST += schema/grants-stock.sql
