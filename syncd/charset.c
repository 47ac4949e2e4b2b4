#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "syncd/charset.h"

/* 0x80 to 0x9f of code page 1252; the servers map its five gaps to themselves. */
static const uint16_t cp1252[32] = { 0x20ac, 0x81, 0x201a, 0x192, 0x201e,
	0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d,
	0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013,
	0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178 };

enum rc
charset_of_name(const char *name, enum charset *out)
{
	static const struct {
		const char *name;
		enum charset cs;
	} known[] = {
		{ "ascii", CHARSET_ASCII },
		{ "binary", CHARSET_BINARY },
		{ "latin1", CHARSET_LATIN1 },
		{ "utf8", CHARSET_UTF8 },
		{ "utf8mb3", CHARSET_UTF8 },
		{ "utf8mb4", CHARSET_UTF8 },
	};

	if (name == NULL) {
		*out = CHARSET_BINARY;
		return RC_OK;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0) {
			*out = known[i].cs;
			return RC_OK;
		}
	return RC_NOTFOUND;
}

enum rc
charset_of_collation(uint32_t id, enum charset *out)
{
	/* INFORMATION_SCHEMA.COLLATIONS of both servers.  MariaDB has NO PAD
	 * twins 1024 above, and from 2048 on blocks of 256 by character set:
	 * utf8mb3, utf8mb4, then ucs2 and wider. */
	static const struct {
		uint16_t first, last;
		enum charset cs;
	} known[] = {
		{ 5, 5, CHARSET_LATIN1 },
		{ 8, 8, CHARSET_LATIN1 },
		{ 11, 11, CHARSET_ASCII },
		{ 15, 15, CHARSET_LATIN1 },
		{ 31, 31, CHARSET_LATIN1 },
		{ 33, 33, CHARSET_UTF8 },
		{ 45, 46, CHARSET_UTF8 },
		{ 47, 49, CHARSET_LATIN1 },
		{ 63, 63, CHARSET_BINARY },
		{ 65, 65, CHARSET_ASCII },
		{ 76, 76, CHARSET_UTF8 },
		{ 83, 83, CHARSET_UTF8 },
		{ 94, 94, CHARSET_LATIN1 },
		{ 192, 215, CHARSET_UTF8 },
		{ 223, 247, CHARSET_UTF8 },
		{ 255, 323, CHARSET_UTF8 },
		{ 576, 578, CHARSET_UTF8 },
		{ 608, 610, CHARSET_UTF8 },
		{ 2048, 2559, CHARSET_UTF8 },
	};

	if (id > 1024 && id < 1024 + 512)
		id -= 1024;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (id >= known[i].first && id <= known[i].last) {
			*out = known[i].cs;
			return RC_OK;
		}
	return RC_NOTFOUND;
}

void
charset_put(struct buf *b, enum charset cs, const char *s, size_t n)
{
	if (cs != CHARSET_LATIN1) {
		buf_put(b, s, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		text_encode(b, c >= 0x80 && c <= 0x9f ? cp1252[c - 0x80] : c);
	}
}
