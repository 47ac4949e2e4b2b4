#include "config.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "base/text.h"
#include "shop/customer.h"

#define USER_MIN 3
#define USER_MAX 32
#define LOCAL_MAX 64   /* RFC 5321 section 4.5.3.1.1 */
#define DOMAIN_MAX 253 /* RFC 1035, as text */
#define EMAIL_MAX 254  /* RFC 5321 section 4.5.3.1.3, without < and > */
#define LABEL_MAX 63

/* ---- user names ---- */

/* Letters that look alike across alphabets: one name takes them from one. */
static const struct {
	uint32_t first, last;
	int alphabet;
} alphabets[] = {
	{ 0x0041, 0x024f, 1 }, /* Latin */
	{ 0x0250, 0x02af, 1 }, { 0x1e00, 0x1eff, 1 }, { 0x2c60, 0x2c7f, 1 },
	{ 0xa720, 0xa7ff, 1 }, { 0xab30, 0xab6f, 1 },
	{ 0x0370, 0x03ff, 2 },                        /* Greek */
	{ 0x1f00, 0x1fff, 2 }, { 0x0400, 0x052f, 3 }, /* Cyrillic */
	{ 0x1c80, 0x1c8f, 3 }, { 0x2de0, 0x2dff, 3 }, { 0xa640, 0xa69f, 3 },
	{ 0x0530, 0x058f, 4 },                        /* Armenian */
	{ 0x10a0, 0x10ff, 5 },                        /* Georgian */
	{ 0x13a0, 0x13ff, 6 },                        /* Cherokee */
	{ 0xab70, 0xabbf, 6 }, { 0x1400, 0x167f, 7 }, /* Canadian syllabics */
	{ 0x2c80, 0x2cff, 8 },                        /* Coptic */
	{ 0xa4d0, 0xa4ff, 9 },                        /* Lisu */
};

static int
alphabet_of(uint32_t cp)
{
	for (size_t i = 0; i < sizeof(alphabets) / sizeof(alphabets[0]); i++)
		if (cp >= alphabets[i].first && cp <= alphabets[i].last)
			return alphabets[i].alphabet;
	return 0;
}

static bool
is_letter(utf8proc_category_t c)
{
	return c == UTF8PROC_CATEGORY_LU || c == UTF8PROC_CATEGORY_LL ||
	       c == UTF8PROC_CATEGORY_LT || c == UTF8PROC_CATEGORY_LM ||
	       c == UTF8PROC_CATEGORY_LO;
}

/* One code point of a folded name; not a mark at its beginning. */
static bool
user_char(uint32_t cp, bool first)
{
	utf8proc_category_t c;

	if (cp == '.' || cp == '_' || cp == '-')
		return true;
	c = utf8proc_category((utf8proc_int32_t)cp);
	if (c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_MC)
		return !first;
	return is_letter(c) || c == UTF8PROC_CATEGORY_ND;
}

static enum rc
check_user(const char *key, struct error *e)
{
	size_t chars = 0, letters = 0, len, n = strlen(key);
	int alphabet = 0, own;
	uint32_t cp;

	for (size_t i = 0; i < n; i += len, chars++) {
		len = text_decode(key + i, n - i, &cp);
		if (len == 0 || !user_char(cp, chars == 0))
			return error_set(e, RC_INVALID,
			    "A user name has letters, digits, dots, hyphens "
			    "and underscores only.");
		own = 0;
		if (cp != '.' && cp != '_' && cp != '-') {
			letters++;
			own = alphabet_of(cp);
		}
		if (own != 0 && alphabet != 0 && own != alphabet)
			return error_set(e, RC_INVALID,
			    "A user name takes its letters from one alphabet.");
		if (own != 0)
			alphabet = own;
	}
	if (chars < USER_MIN || chars > USER_MAX)
		return error_set(e, RC_INVALID,
		    "A user name has %d to %d characters.", USER_MIN, USER_MAX);
	if (letters == 0)
		return error_set(e, RC_INVALID,
		    "A user name needs at least one letter or digit.");
	return RC_OK;
}

/* NFKC_Casefold (Unicode 15, chapter 3.13) of s into key; false: malformed, or
 * far too long. */
static bool
fold(const char *s, char *key, size_t size)
{
	const utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_COMPAT |
				      UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD |
				      UTF8PROC_IGNORE;
	utf8proc_int32_t points[256];
	uint8_t utf8[sizeof(points)];
	utf8proc_ssize_t n, len;
	size_t bytes = strlen(s);

	if (bytes > 4 * (size_t)USER_MAX || !text_utf8(s, bytes))
		return false;
	memcpy(utf8, s, bytes);
	n = utf8proc_decompose(utf8, (utf8proc_ssize_t)bytes, points, 255, how);
	if (n < 0 || n > 255)
		return false;
	len = utf8proc_reencode(points, n, how);
	if (len < 0 || (size_t)len >= size)
		return false;
	memcpy(key, points, (size_t)len);
	key[len] = '\0';
	return true;
}

enum rc
customer_user_key(
    const char *user_name, char key[CUSTOMER_KEY_SIZE], struct error *e)
{
	enum rc rc;

	key[0] = '\0';
	if (!fold(user_name, key, CUSTOMER_KEY_SIZE))
		rc = error_set(e, RC_INVALID,
		    "A user name has %d to %d characters.", USER_MIN, USER_MAX);
	else
		rc = check_user(key, e);
	if (rc != RC_OK)
		key[0] = '\0';
	return rc;
}

/* ---- addresses ---- */

/* What stands unquoted before the '@' (RFC 5322, atext), and dots wherever:
 * providers have given out addresses with two in a row. */
static bool
is_local(const char *s, size_t n)
{
	static const char marks[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789.!#$%&'*+-/=?^_`{|}~";

	return n >= 1 && n <= LOCAL_MAX && strspn(s, marks) == n;
}

static bool
is_label(const char *s, size_t n)
{
	static const char marks[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

	return n >= 1 && n <= LABEL_MAX && s[0] != '-' && s[n - 1] != '-' &&
	       strspn(s, marks) >= n;
}

/* Two labels or more, the last no number: an IP address is none. */
static bool
is_domain(const char *s)
{
	const char *dot;
	size_t n;

	if (strlen(s) > DOMAIN_MAX)
		return false;
	for (int labels = 1;; labels++) {
		dot = strchr(s, '.');
		n = dot != NULL ? (size_t)(dot - s) : strlen(s);
		if (!is_label(s, n))
			return false;
		if (dot == NULL)
			return labels >= 2 && strspn(s, "0123456789") < n;
		s = dot + 1;
	}
}

enum rc
customer_email_key(
    const char *email, char key[CUSTOMER_KEY_SIZE], struct error *e)
{
	const char *at = strrchr(email, '@');
	size_t n = strlen(email);

	key[0] = '\0';
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)email[i] >= 0x80)
			return error_set(e, RC_INVALID,
			    "Only letters without accents can be used in an "
			    "e-mail address here; for the part after the @ "
			    "use its form that begins with \"xn--\".");
	if (at == NULL || n > EMAIL_MAX ||
	    !is_local(email, (size_t)(at - email)) || !is_domain(at + 1))
		return error_set(e, RC_INVALID,
		    "This is no e-mail address: write it like "
		    "name@example.com.");
	for (size_t i = 0; i <= n; i++)
		key[i] = (char)(email[i] >= 'A' && email[i] <= 'Z'
				    ? email[i] - 'A' + 'a'
				    : email[i]);
	return RC_OK;
}
