/*
 * BOTH(name, args, cols, text), or EACH(name, args, cols, sqlite, mariadb)
 * with the reason why the engines differ.
 */
#include "config.h"

#include <stddef.h>

#include "db/sql.h"

/* clang-format off */
#define BOTH(id, args, cols, text) \
	[id] = { #id, args, cols, text, NULL, NULL }
#define EACH(id, args, cols, sqlite, mariadb) \
	[id] = { #id, args, cols, NULL, sqlite, mariadb }

const struct sql_entry sql_table[SQL_COUNT] = {

/* ---- schema ---- */

/* Version, and the oldest build that works with it. */
BOTH(SQL_SCHEMA_VERSION, "", "ii",
    "SELECT COALESCE(MAX(version), 0), COALESCE(MAX(oldest), 0)"
    " FROM migration WHERE done_at IS NOT NULL"),

/* STRICT is SQLite's word, InnoDB and the collation are MariaDB's. */
EACH(SQL_MIGRATION_TABLE, "", "",
    "CREATE TABLE IF NOT EXISTS migration ("
    " version INTEGER PRIMARY KEY, name TEXT NOT NULL, sum TEXT NOT NULL,"
    " oldest INTEGER NOT NULL, step INTEGER NOT NULL, done_at INTEGER) STRICT",
    "CREATE TABLE IF NOT EXISTS migration ("
    " version BIGINT PRIMARY KEY, name VARCHAR(200) NOT NULL,"
    " sum VARCHAR(64) NOT NULL, oldest BIGINT NOT NULL, step BIGINT NOT NULL,"
    " done_at BIGINT) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
    " COLLATE=utf8mb4_bin"),

BOTH(SQL_MIGRATION_LIST, "", "ittiI",
    "SELECT version, name, sum, step, done_at FROM migration ORDER BY version"),

BOTH(SQL_MIGRATION_BEGIN, "itti", "",
    "INSERT INTO migration (version, name, sum, oldest, step)"
    " VALUES (?, ?, ?, ?, 0)"),

BOTH(SQL_MIGRATION_STEP, "ii", "",
    "UPDATE migration SET step = ? WHERE version = ?"),

BOTH(SQL_MIGRATION_END, "ii", "",
    "UPDATE migration SET done_at = ? WHERE version = ?"),

/* SQLite needs none: its migration is one IMMEDIATE transaction.  Locks of
 * MariaDB are the server's, not the database's: hence the name. */
EACH(SQL_MIGRATION_LOCK, "i", "I",
    NULL,
    "SELECT GET_LOCK(LEFT('hatshop ' || DATABASE(), 64), ?)"),

EACH(SQL_MIGRATION_UNLOCK, "", "I",
    NULL,
    "SELECT RELEASE_LOCK(LEFT('hatshop ' || DATABASE(), 64))"),

/* Migrations of SQLite run with foreign keys off, as rebuilding a table needs
 * it, and are checked afterwards. */
EACH(SQL_FOREIGN_KEYS, "", "tIti",
    "PRAGMA foreign_key_check",
    NULL),

/* ---- shop: items ---- */

/* The columns of item_row() in lib/shop/item_row.c. */
#define ITEM \
    "SELECT i.id, i.source_key, i.slug, i.name, i.price, i.category_id," \
    " c.name, c.slug, i.level, i.held, i.gone, i.flaw, i.picture," \
    " i.picture_width, i.picture_height, i.changed_at"
#define ITEM_COLS "itttiITTiiiitiii"
#define ITEM_FROM " FROM item i LEFT JOIN category c ON c.id = i.category_id"

/* And of item_row_card(): what a shelf shows. */
#define CARD \
    "SELECT id, slug, name, price, level, held, gone, picture FROM item"
#define CARD_COLS "ittiiiit"

BOTH(SQL_ITEM_BY_SLUG, "t", ITEM_COLS "t",
    ITEM ", i.text" ITEM_FROM " WHERE i.slug = ?"),

BOTH(SQL_ITEM_BY_ID, "i", ITEM_COLS "t",
    ITEM ", i.text" ITEM_FROM " WHERE i.id = ?"),

BOTH(SQL_ITEM_BY_KEY, "t", ITEM_COLS "t",
    ITEM ", i.text" ITEM_FROM " WHERE i.source_key = ?"),

BOTH(SQL_ITEM_CARDS, "iiiiiiiiiiiiiiiiiiiiiiii", CARD_COLS,
    CARD " WHERE id IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
    " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ORDER BY id"),

/* From the stored counters; hats without a category have none. */
BOTH(SQL_ITEM_COUNT, "", "i",
    "SELECT (SELECT COALESCE(SUM(items), 0) FROM category)"
    " + (SELECT COUNT(*) FROM item WHERE category_id IS NULL AND gone = 0)"),

BOTH(SQL_ITEM_LIST_NEW, "ii", CARD_COLS,
    CARD " WHERE gone = 0"
    " ORDER BY added_at DESC, id DESC LIMIT ? OFFSET ?"),

BOTH(SQL_ITEM_LIST_PRICE_UP, "ii", CARD_COLS,
    CARD " WHERE gone = 0"
    " ORDER BY price, id LIMIT ? OFFSET ?"),

BOTH(SQL_ITEM_LIST_PRICE_DOWN, "ii", CARD_COLS,
    CARD " WHERE gone = 0"
    " ORDER BY price DESC, id DESC LIMIT ? OFFSET ?"),

BOTH(SQL_ITEM_LIST_NAME, "ii", CARD_COLS,
    CARD " WHERE gone = 0"
    " ORDER BY name, id LIMIT ? OFFSET ?"),

/* What decides about a hat in a list, all of it in the index item_keys; without
 * an order, which lib/shop/pick.c makes.  Bounds of the price, pieces left: the
 * sums keep SQLite from item_by_price, where the rest would be read per row. */
#define KEYS "SELECT id, price, added_at, name FROM item WHERE "
#define KEYS_FILTER \
    " AND price + 0 >= ? AND price + 0 <= ? AND level - held >= ?"

BOTH(SQL_ITEM_KEYS, "iii", "iiit",
    KEYS "gone = 0" KEYS_FILTER),

BOTH(SQL_ITEM_KEYS_IN, "iiii", "iiit",
    KEYS "gone = 0 AND category_id = ?" KEYS_FILTER),

/* And here from reading the whole index. */
BOTH(SQL_ITEM_KEYS_OF, "iiiiiiiiiiiiiiiiiiiiiiiiiiiii", "iiit",
    KEYS "gone + 0 = 0 AND id IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
    " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) AND (? = 0 OR category_id = ?)"
    KEYS_FILTER),

/* In stock, of one category or of any, between two ids: along an index, so that
 * no more is read than is shown. */
#define NEAR_RANGE \
    "id > ? AND id < ? AND gone = 0 AND level > held ORDER BY id LIMIT ?"

BOTH(SQL_ITEM_NEAR, "iiii", CARD_COLS,
    CARD " WHERE category_id = ? AND " NEAR_RANGE),

BOTH(SQL_ITEM_NEAR_ANY, "iii", CARD_COLS,
    CARD " WHERE " NEAR_RANGE),

BOTH(SQL_ITEM_SLUGS, "", "ti",
    "SELECT slug, changed_at FROM item WHERE gone = 0 ORDER BY id"),

BOTH(SQL_ITEM_LAST, "", "i",
    "SELECT COALESCE(MAX(id), 0) FROM item"),

/* With a picture (1) or without one (0). */
BOTH(SQL_ITEM_WINDOW, "iiiii", "i",
    "SELECT id FROM item WHERE category_id = ? AND gone = 0 AND id >= ?"
    " AND id < ? AND level > held"
    " AND CASE WHEN picture = '' THEN 0 ELSE 1 END = ? ORDER BY id LIMIT ?"),

BOTH(SQL_ITEM_WINDOW_NONE, "iiii", "i",
    "SELECT id FROM item WHERE category_id IS NULL AND gone = 0 AND id >= ?"
    " AND id < ? AND level > held"
    " AND CASE WHEN picture = '' THEN 0 ELSE 1 END = ? ORDER BY id LIMIT ?"),

/* ---- shop: publishing items ---- */

BOTH(SQL_ITEM_STORED, "t", "iiiIiitt",
    "SELECT id, price, level, category_id, gone, flaw, name, text FROM item"
    " WHERE source_key = ?"),

BOTH(SQL_ITEM_SLUG_TAKEN, "t", "i",
    "SELECT id FROM item WHERE slug = ?"),

BOTH(SQL_ITEM_ADD, "ttIiiiiiitt", "",
    "INSERT INTO item (source_key, slug, category_id, price, level, gone,"
    " flaw, added_at, changed_at, name, text)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),

BOTH(SQL_ITEM_CHANGE, "Iiiiiitti", "",
    "UPDATE item SET category_id = ?, price = ?, level = ?, gone = ?,"
    " flaw = ?, changed_at = ?, name = ?, text = ? WHERE id = ?"),

BOTH(SQL_ITEM_LEVEL, "iiii", "",
    "UPDATE item SET level = ?, flaw = ?, changed_at = ? WHERE id = ?"),

BOTH(SQL_ITEM_WITHDRAW, "ii", "",
    "UPDATE item SET gone = 1, level = 0, flaw = 0, changed_at = ?"
    " WHERE id = ?"),

BOTH(SQL_ITEM_PICTURE, "tiit", "",
    "UPDATE item SET picture = ?, picture_width = ?, picture_height = ?"
    " WHERE source_key = ?"),

/* ---- shop: categories ---- */

BOTH(SQL_CATEGORY_BY_SLUG, "t", "itti",
    "SELECT id, slug, name, items FROM category WHERE slug = ?"),

BOTH(SQL_CATEGORY_BY_NAME, "t", "i",
    "SELECT id FROM category WHERE name = ?"),

BOTH(SQL_CATEGORY_LIST, "", "itti",
    "SELECT id, slug, name, items FROM category WHERE items > 0"
    " ORDER BY name, id"),

BOTH(SQL_CATEGORY_SLUG_TAKEN, "t", "i",
    "SELECT id FROM category WHERE slug = ?"),

BOTH(SQL_CATEGORY_ADD, "tt", "",
    "INSERT INTO category (slug, name) VALUES (?, ?)"),

BOTH(SQL_CATEGORY_COUNT, "ii", "",
    "UPDATE category SET items = items + ? WHERE id = ?"),

/* ---- shop: search; the bits of weight are in lib/shop/terms.h ---- */

BOTH(SQL_TERM_WHOLE, "ti", "ii",
    "SELECT item_id, weight FROM term WHERE term = ?"
    " AND weight >= 8 ORDER BY item_id LIMIT ?"),

BOTH(SQL_TERM_PREFIX, "tti", "ii",
    "SELECT item_id, weight FROM term WHERE term >= ? AND term < ?"
    " AND weight % 8 > 0 ORDER BY term, item_id LIMIT ?"),

BOTH(SQL_TERM_COUNT, "t", "i",
    "SELECT COUNT(*) FROM term WHERE term = ? AND weight % 8 > 0"),

BOTH(SQL_TERM_ADD, "tii", "",
    "INSERT INTO term (term, item_id, weight) VALUES (?, ?, ?)"),

BOTH(SQL_TERM_ADD_8, "tiitiitiitiitiitiitiitii", "",
    "INSERT INTO term (term, item_id, weight) VALUES (?, ?, ?), (?, ?, ?),"
    " (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?)"),

BOTH(SQL_TERM_DROP, "i", "",
    "DELETE FROM term WHERE item_id = ?"),

BOTH(SQL_WORD_NEAR, "iii", "t",
    "SELECT word FROM word WHERE chars >= ? AND chars <= ?"
    " ORDER BY chars, word LIMIT ?"),

/* Bytes and characters have each other's names. */
EACH(SQL_WORD_FILL, "i", "",
    "INSERT INTO word (word, chars)"
    " SELECT t.term, LENGTH(t.term) FROM term t WHERE t.item_id = ?"
    " AND t.weight % 8 > 0"
    " AND NOT EXISTS (SELECT 1 FROM word w WHERE w.word = t.term)",
    "INSERT INTO word (word, chars)"
    " SELECT t.term, CHAR_LENGTH(t.term) FROM term t WHERE t.item_id = ?"
    " AND t.weight % 8 > 0"
    " AND NOT EXISTS (SELECT 1 FROM word w WHERE w.word = t.term)"),

/* MariaDB 10.11 would read the whole vocabulary for an IN (SELECT …). */
EACH(SQL_WORD_PURGE, "ii", "",
    "DELETE FROM word WHERE word IN (SELECT t.term FROM term t"
    " WHERE t.item_id = ? AND t.weight % 8 > 0 AND NOT EXISTS"
    " (SELECT 1 FROM term o WHERE o.term = t.term AND o.item_id <> ?"
    " AND o.weight % 8 > 0))",
    "DELETE w FROM term t JOIN word w ON w.word = t.term"
    " WHERE t.item_id = ? AND t.weight % 8 > 0 AND NOT EXISTS"
    " (SELECT 1 FROM term o WHERE o.term = t.term AND o.item_id <> ?"
    " AND o.weight % 8 > 0)"),

/* ---- shop: baskets ---- */

BOTH(SQL_BASKET_FIND, "t", "i",
    "SELECT id FROM basket WHERE token_hash = ?"),

BOTH(SQL_BASKET_ADD, "tii", "",
    "INSERT INTO basket (token_hash, made_at, seen_at) VALUES (?, ?, ?)"),

BOTH(SQL_BASKET_LINES, "i", ITEM_COLS "i",
    ITEM ", l.qty FROM basket_line l JOIN item i ON i.id = l.item_id"
    " LEFT JOIN category c ON c.id = i.category_id WHERE l.basket_id = ?"
    " ORDER BY l.added_at, i.id"),

BOTH(SQL_BASKET_PIECES, "i", "i",
    "SELECT COALESCE(SUM(qty), 0) FROM basket_line WHERE basket_id = ?"),

BOTH(SQL_BASKET_SEEN, "ii", "",
    "UPDATE basket SET seen_at = ? WHERE id = ?"),

/* An item, how many of it the basket has, and the basket's lines. */
BOTH(SQL_BASKET_LOOK, "iii", "iiiii",
    "SELECT i.level, i.held, i.gone, COALESCE(l.qty, 0),"
    " (SELECT COUNT(*) FROM basket_line WHERE basket_id = ?)"
    " FROM item i LEFT JOIN basket_line l ON l.item_id = i.id"
    " AND l.basket_id = ? WHERE i.id = ?"),

BOTH(SQL_BASKET_PUT, "iiii", "",
    "INSERT INTO basket_line (basket_id, item_id, qty, added_at)"
    " VALUES (?, ?, ?, ?)"),

BOTH(SQL_BASKET_QTY, "iii", "",
    "UPDATE basket_line SET qty = ? WHERE basket_id = ? AND item_id = ?"),

BOTH(SQL_BASKET_REMOVE, "ii", "",
    "DELETE FROM basket_line WHERE basket_id = ? AND item_id = ?"),

/* ---- shop: the mirror and leases ---- */

BOTH(SQL_MIRROR_READ, "", "ttiiitiiiiiittiiiiiiti",
    "SELECT source, mode, confirmed_at, published_at, partial, problem,"
    " problem_at, items, visible, flawed, pictures, broken, reason, position,"
    " event_at, read_lag_ms, apply_lag_ms, compared_at, differences, waiting,"
    " store_problem, vanished FROM mirror WHERE id = 1"),

BOTH(SQL_MIRROR_FRESH, "", "ii",
    "SELECT confirmed_at, partial FROM mirror WHERE id = 1"),

/* Changes nothing: it locks the row. */
BOTH(SQL_LEASE_LOCK, "t", "",
    "UPDATE lease SET fence = fence WHERE name = ?"),

BOTH(SQL_LEASE_READ, "t", "tii",
    "SELECT holder, fence, expires_at FROM lease WHERE name = ?"),

BOTH(SQL_LEASE_ADD, "ttii", "",
    "INSERT INTO lease (name, holder, fence, expires_at) VALUES (?, ?, ?, ?)"),

BOTH(SQL_LEASE_SET, "tiit", "",
    "UPDATE lease SET holder = ?, fence = ?, expires_at = ? WHERE name = ?"),

BOTH(SQL_LEASE_DROP, "tti", "",
    "UPDATE lease SET holder = '', expires_at = 0"
    " WHERE name = ? AND holder = ? AND fence = ?"),

/* Changes nothing: it locks the row, if it is still ours. */
BOTH(SQL_LEASE_CHECK, "tti", "",
    "UPDATE lease SET fence = fence WHERE name = ? AND holder = ?"
    " AND fence = ?"),

/* ---- shop: holds ---- */

BOTH(SQL_HOLD_READ, "ti", "ii",
    "SELECT state, qty FROM hold WHERE order_uid = ? AND item_id = ?"),

/* One row, condition included: parallel orders never hold more than there is. */
BOTH(SQL_HOLD_ITEM, "iii", "",
    "UPDATE item SET held = held + ? WHERE id = ? AND gone = 0"
    " AND level - held >= ?"),

BOTH(SQL_HOLD_ITEM_LESS, "tii", "",
    "UPDATE item SET held = held - (SELECT qty FROM hold WHERE order_uid = ?"
    " AND item_id = ?) WHERE id = ?"),

BOTH(SQL_HOLD_ADD, "tiii", "",
    "INSERT INTO hold (order_uid, item_id, qty, made_at) VALUES (?, ?, ?, ?)"),

BOTH(SQL_HOLD_AGAIN, "iiti", "",
    "UPDATE hold SET state = 1, attempt = '', sold = 0, qty = ?, made_at = ?,"
    " ended_at = 0 WHERE order_uid = ? AND item_id = ? AND state <> 1"),

BOTH(SQL_HOLD_ATTEMPT, "tt", "",
    "UPDATE hold SET attempt = ? WHERE order_uid = ? AND state = 1"),

BOTH(SQL_HOLD_RELEASE, "iti", "",
    "UPDATE hold SET state = 3, ended_at = ? WHERE order_uid = ?"
    " AND item_id = ? AND state = 1 AND sold = 0"),

BOTH(SQL_HOLD_END, "itit", "",
    "UPDATE hold SET state = 2, ended_at = ? WHERE order_uid = ?"
    " AND item_id = ? AND state = 1 AND attempt = ?"),

/* What the mirror had ended for goods that were taken, and are not. */
BOTH(SQL_HOLD_BACK, "tit", "",
    "UPDATE hold SET state = 1, ended_at = 0 WHERE order_uid = ?"
    " AND item_id = ? AND state = 2 AND attempt = ?"),

BOTH(SQL_HOLD_ITEM_MORE, "tii", "",
    "UPDATE item SET held = held + (SELECT qty FROM hold WHERE order_uid = ?"
    " AND item_id = ?) WHERE id = ?"),

BOTH(SQL_HOLD_OPEN, "", "ttiti",
    "SELECT h.order_uid, h.attempt, h.item_id, i.source_key, h.qty FROM hold h"
    " JOIN item i ON i.id = h.item_id WHERE h.state = 1 AND h.attempt > ''"
    " ORDER BY h.attempt, h.item_id"),

BOTH(SQL_HOLD_WRONG, "", "tii",
    "SELECT i.source_key, i.held, COALESCE(h.qty, 0) FROM item i"
    " LEFT JOIN (SELECT item_id, SUM(qty) AS qty FROM hold WHERE state = 1"
    " GROUP BY item_id) h ON h.item_id = i.id"
    " WHERE i.held <> COALESCE(h.qty, 0)"),

/* The columns of put_rows() in lib/shop/hold.c. */
#define HOLD_ROW \
    "SELECT h.order_uid, h.item_id, h.attempt, h.qty, h.state, h.made_at," \
    " h.ended_at, i.source_key, COALESCE(o.id, 0), h.sold FROM hold h" \
    " JOIN item i ON i.id = h.item_id LEFT JOIN orders o ON o.uid = h.order_uid"
#define HOLD_ROW_COLS "titiiiitii"

BOTH(SQL_HOLD_OF_ORDER, "t", HOLD_ROW_COLS,
    HOLD_ROW " WHERE h.order_uid = ? ORDER BY h.item_id"),

/* 1 is HOLD_HELD. */
BOTH(SQL_HOLD_OF_ITEM, "i", HOLD_ROW_COLS,
    HOLD_ROW " WHERE h.state = 1 AND h.item_id = ? ORDER BY h.made_at"),

/* ---- the writing side of the mirror ---- */

BOTH(SQL_STAGE_PUT, "tiiiiittt", "",
    "INSERT INTO stage (source_key, run, visible, price, level, flaw,"
    " category, name, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),

/* With the flaw that the shop knows, so that only a new one is told. */
BOTH(SQL_STAGE_READ, "ti", "tiiiittti",
    "SELECT s.source_key, s.visible, s.price, s.level, s.flaw, s.category,"
    " s.name, s.text, COALESCE(i.flaw, 0) FROM stage s"
    " LEFT JOIN item i ON i.source_key = s.source_key"
    " WHERE s.source_key > ? ORDER BY s.source_key LIMIT ?"),

BOTH(SQL_STAGE_DROP, "t", "",
    "DELETE FROM stage WHERE source_key <= ?"),

BOTH(SQL_STAGE_KNOWN, "ti", "tiiiittttt",
    "SELECT i.source_key, i.gone, i.price, i.level, i.flaw,"
    " COALESCE(c.name, ''), i.name, i.text, i.picture, i.picture_source"
    " FROM item i LEFT JOIN category c ON c.id = i.category_id"
    " WHERE i.source_key > ? ORDER BY i.source_key LIMIT ?"),

BOTH(SQL_STAGE_KNOWN_ONE, "t", "tiiiittttt",
    "SELECT i.source_key, i.gone, i.price, i.level, i.flaw,"
    " COALESCE(c.name, ''), i.name, i.text, i.picture, i.picture_source"
    " FROM item i LEFT JOIN category c ON c.id = i.category_id"
    " WHERE i.source_key = ?"),

/* A position is one of the server that it was stored for.  MariaDB assigns from
 * left to right. */
BOTH(SQL_MIRROR_CONFIRM, "ttti", "",
    "UPDATE mirror SET position = CASE WHEN source = ? THEN position ELSE ''"
    " END, source = ?, mode = ?, confirmed_at = ?, partial = 0,"
    " problem = '', problem_at = 0 WHERE id = 1"),

BOTH(SQL_MIRROR_PUBLISHED, "i", "",
    "UPDATE mirror SET published_at = ? WHERE id = 1"),

BOTH(SQL_MIRROR_PARTIAL, "", "",
    "UPDATE mirror SET partial = 1 WHERE id = 1"),

BOTH(SQL_MIRROR_PROBLEM, "ti", "",
    "UPDATE mirror SET problem = ?, problem_at = ? WHERE id = 1"),

BOTH(SQL_MIRROR_COUNT, "", "iiiii",
    "SELECT COUNT(*), COUNT(CASE WHEN gone = 0 THEN 1 END),"
    " COUNT(CASE WHEN flaw <> 0 THEN 1 END),"
    " COUNT(CASE WHEN gone = 0 AND picture <> '' THEN 1 END),"
    " COUNT(CASE WHEN gone = 0 AND picture = '' AND picture_source <> ''"
    " THEN 1 END) FROM item"),

BOTH(SQL_MIRROR_COUNTED, "iiiii", "",
    "UPDATE mirror SET items = ?, visible = ?, flawed = ?, pictures = ?,"
    " broken = ? WHERE id = 1"),

BOTH(SQL_MIRROR_REASON, "t", "",
    "UPDATE mirror SET reason = ? WHERE id = 1"),

BOTH(SQL_MIRROR_POSITION, "t", "",
    "UPDATE mirror SET position = ? WHERE id = 1"),

BOTH(SQL_MIRROR_LAGS, "iii", "",
    "UPDATE mirror SET event_at = ?, read_lag_ms = ?, apply_lag_ms = ?"
    " WHERE id = 1"),

BOTH(SQL_MIRROR_COMPARED, "ii", "",
    "UPDATE mirror SET compared_at = ?, differences = ? WHERE id = 1"),

BOTH(SQL_MIRROR_COMPARE, "", "",
    "UPDATE mirror SET compared_at = 0 WHERE id = 1"),

BOTH(SQL_MIRROR_COMPARE_ASKED, "", "i",
    "SELECT compared_at = 0 FROM mirror WHERE id = 1"),

BOTH(SQL_MIRROR_PICTURES, "it", "",
    "UPDATE mirror SET waiting = ?, store_problem = ? WHERE id = 1"),

BOTH(SQL_GALLERY_FIND, "t", "iiiit",
    "SELECT state, width, height, bytes, reason FROM picture WHERE hash = ?"),

BOTH(SQL_GALLERY_FORGET, "t", "",
    "DELETE FROM picture WHERE hash = ?"),

BOTH(SQL_GALLERY_PUT, "tiiiiit", "",
    "INSERT INTO picture (hash, state, width, height, bytes, made_at, reason)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"),

BOTH(SQL_GALLERY_SOURCE, "tt", "",
    "UPDATE item SET picture_source = ? WHERE source_key = ?"),

BOTH(SQL_GALLERY_EACH, "ti", "t",
    "SELECT DISTINCT picture FROM item WHERE picture > ?"
    " ORDER BY picture LIMIT ?"),

/* Each of UNION once. */
BOTH(SQL_GALLERY_KNOWN, "tti", "t",
    "SELECT picture FROM item WHERE picture > ?"
    " UNION SELECT hash FROM picture WHERE state = 0 AND hash > ?"
    " ORDER BY 1 LIMIT ?"),

BOTH(SQL_GALLERY_SHOWN, "t", "i",
    "SELECT COUNT(*) FROM item WHERE picture = ?"),

BOTH(SQL_GALLERY_AGAIN, "t", "",
    "UPDATE item SET picture_source = '' WHERE picture = ?"),

BOTH(SQL_STATUS_FLAWED, "i", "ti",
    "SELECT source_key, flaw FROM item WHERE flaw <> 0"
    " ORDER BY source_key LIMIT ?"),

BOTH(SQL_STATUS_BROKEN, "i", "tt",
    "SELECT source_key, picture_source FROM item WHERE gone = 0"
    " AND picture = '' AND picture_source <> '' ORDER BY source_key LIMIT ?"),

#include "db/sql_mail.inc"
#include "db/sql_accounts.inc"

#include "db/sql_orders.inc"
#include "db/sql_invoices.inc"
#include "db/sql_desk.inc"
#include "db/sql_reconcile.inc"
#include "db/sql_parcels.inc"
#include "db/sql_returns.inc"
};
/* clang-format on */

_Static_assert(sizeof(sql_table) / sizeof(sql_table[0]) == SQL_COUNT,
    "one entry for each statement");
