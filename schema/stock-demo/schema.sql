-- Stock control, hat company.
--
-- A stand-in for the legacy stock system that the shop mirrors: older than
-- the shop, not ours to change, with habits of its own.  The caller chooses
-- the database:
--
--     mariadb -e 'CREATE DATABASE hatstock CHARACTER SET utf8mb4'
--     mariadb hatstock <schema.sql
--     load.sh BUILD_DIR | mariadb hatstock
--
-- MariaDB 10.11 and MySQL 9.7 both take it as it is.

SET NAMES utf8mb4;

-- Product groups.  Flat; cat_code is the first part of a SKU.
CREATE TABLE prod_cat (
	cat_id smallint unsigned NOT NULL AUTO_INCREMENT,
	cat_code char(3) NOT NULL,
	cat_name varchar(60) NOT NULL,
	cat_sort smallint NOT NULL DEFAULT 0,
	PRIMARY KEY (cat_id),
	UNIQUE KEY uq_cat_code (cat_code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Product master.  pm_price is what a customer pays, VAT included; pm_web
-- is Y or N: "may be shown on the internet", kept by the office.
CREATE TABLE prod_mast (
	pm_sku varchar(16) NOT NULL,
	pm_title varchar(120) NOT NULL,
	pm_text text,
	pm_price decimal(10,2) NOT NULL,
	pm_vat_code char(1) NOT NULL DEFAULT 'S',
	pm_cat smallint unsigned NOT NULL,
	pm_web char(1) NOT NULL DEFAULT 'N',
	pm_supplier varchar(40) DEFAULT NULL,
	pm_cost decimal(10,2) DEFAULT NULL,
	pm_shelf varchar(8) DEFAULT NULL,
	pm_created date DEFAULT NULL,
	pm_changed timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
	    ON UPDATE CURRENT_TIMESTAMP,
	PRIMARY KEY (pm_sku),
	KEY ix_pm_cat (pm_cat),
	KEY ix_pm_title (pm_title),
	CONSTRAINT fk_pm_cat FOREIGN KEY (pm_cat) REFERENCES prod_cat (cat_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Stock level, one row for a SKU.  on_hand may be NULL ("never counted")
-- and has been seen below zero ("sold before it was booked in").
CREATE TABLE stk_level (
	sl_id int unsigned NOT NULL AUTO_INCREMENT,
	sku varchar(16) NOT NULL,
	on_hand int DEFAULT NULL,
	reorder_at int NOT NULL DEFAULT 0,
	last_count date DEFAULT NULL,
	PRIMARY KEY (sl_id),
	UNIQUE KEY uq_sl_sku (sku)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Pictures, straight from the office camera.  pic_mime is what the upload
-- screen believed, which was the ending of the file's name.
CREATE TABLE prod_pics (
	pic_id int unsigned NOT NULL AUTO_INCREMENT,
	pic_sku varchar(16) NOT NULL,
	pic_file varchar(100) NOT NULL,
	pic_mime varchar(40) NOT NULL DEFAULT 'image/png',
	pic_data longblob,
	pic_added timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
	PRIMARY KEY (pic_id),
	UNIQUE KEY uq_pic_sku (pic_sku)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Every booking in and out, written by the stock screens.
CREATE TABLE stk_moves (
	mv_no int unsigned NOT NULL AUTO_INCREMENT,
	mv_when datetime NOT NULL,
	mv_sku varchar(16) NOT NULL,
	mv_kind char(2) NOT NULL,
	mv_qty int NOT NULL,
	mv_user varchar(16) NOT NULL,
	mv_note varchar(80) DEFAULT NULL,
	PRIMARY KEY (mv_no),
	KEY ix_mv_sku (mv_sku, mv_when)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Who may use the stock screens.
CREATE TABLE sysusers (
	usr_login varchar(16) NOT NULL,
	usr_name varchar(60) NOT NULL,
	usr_pass varchar(64) NOT NULL,
	usr_level tinyint NOT NULL DEFAULT 1,
	usr_last datetime DEFAULT NULL,
	PRIMARY KEY (usr_login)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
