-- What the shop's account may do on the stock server (R94), for the
-- demonstration schema; "syncd -n" prints what is missing for any other.
-- To be run by an administrator of the server, once; MySQL and MariaDB.

-- Our own schema beside the legacy one: syncd -n prints its tables.
CREATE DATABASE IF NOT EXISTS `hatshop`
    CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Choose a password and the network that the shop's machines are in.
CREATE USER 'hatshop'@'10.0.%' IDENTIFIED BY 'choose one' REQUIRE SSL;

-- To mirror: read the tables that are mapped, and no other.
GRANT SELECT ON `hatstock`.`prod_mast` TO 'hatshop'@'10.0.%';
GRANT SELECT ON `hatstock`.`prod_cat` TO 'hatshop'@'10.0.%';
GRANT SELECT ON `hatstock`.`stk_level` TO 'hatshop'@'10.0.%';
GRANT SELECT ON `hatstock`.`prod_pics` TO 'hatshop'@'10.0.%';

-- With stock.access = write: lower the level, that one column, and keep books
-- of it in our own schema.  Not needed with stock.access = read.
GRANT UPDATE (`on_hand`) ON `hatstock`.`stk_level` TO 'hatshop'@'10.0.%';
GRANT SELECT, INSERT, UPDATE, DELETE ON `hatshop`.* TO 'hatshop'@'10.0.%';

-- To follow the binary log, with stock.mode = binlog or auto; without it syncd
-- polls, which needs nothing more.
GRANT REPLICATION SLAVE ON *.* TO 'hatshop'@'10.0.%';
