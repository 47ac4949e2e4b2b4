-- What the shop's accounts may do on the server of the sales database, when that
-- is MariaDB (db.engine = mariadb). To be run by an administrator of the server,
-- once; "shopctl migrate" makes the tables.

CREATE DATABASE IF NOT EXISTS `hatshop` CHARACTER SET utf8mb4;

-- Choose passwords and the network that the shop's machines are in.
CREATE USER 'hatshop'@'10.0.%' IDENTIFIED BY 'choose one' REQUIRE SSL;
CREATE USER 'hatshop_owner'@'10.0.%' IDENTIFIED BY 'choose another' REQUIRE SSL;

-- All programs: rows, and nothing else. db.user of shop.conf.
GRANT SELECT, INSERT, UPDATE, DELETE ON `hatshop`.* TO 'hatshop'@'10.0.%';

-- "shopctl migrate" alone, by a configuration of its own that says so.
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES
    ON `hatshop`.* TO 'hatshop_owner'@'10.0.%';
