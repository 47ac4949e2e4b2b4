# Migrations of the sales database, one folder an engine.
salessqlitedir = $(pkgdatadir)/sales/sqlite
dist_salessqlite_DATA = \
	schema/sales/sqlite/0001-shop-window.sql \
	schema/sales/sqlite/0002-stock-stream.sql \
	schema/sales/sqlite/0003-accounts.sql \
	schema/sales/sqlite/0004-mail.sql \
	schema/sales/sqlite/0005-orders.sql \
	schema/sales/sqlite/0006-desk.sql \
	schema/sales/sqlite/0007-requests.sql \
	schema/sales/sqlite/0008-mail.sql \
	schema/sales/sqlite/0009-invoices.sql \
	schema/sales/sqlite/0010-parcels.sql \
	schema/sales/sqlite/0011-returns.sql
salesmariadbdir = $(pkgdatadir)/sales/mariadb
dist_salesmariadb_DATA = \
	schema/sales/mariadb/0001-shop-window.sql \
	schema/sales/mariadb/0002-stock-stream.sql \
	schema/sales/mariadb/0003-accounts.sql \
	schema/sales/mariadb/0004-mail.sql \
	schema/sales/mariadb/0005-orders.sql \
	schema/sales/mariadb/0006-desk.sql \
	schema/sales/mariadb/0007-requests.sql \
	schema/sales/mariadb/0008-mail.sql \
	schema/sales/mariadb/0009-invoices.sql \
	schema/sales/mariadb/0010-parcels.sql \
	schema/sales/mariadb/0011-returns.sql
# What Funny Deliveries and the shop send to each other.
dist_pkgdata_DATA += schema/funny-deliveries.xsd
EXTRA_DIST += schema/grants-sales.sql schema/grants-stock.sql
