#include "config.h"

#include <argon2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <utf8proc.h>

#include "base/text.h"
#include "shop/password.h"

#define SALT 16 /* RFC 9106 section 3.1 */
#define HASH 32

/* One code point becomes at most 18 (Unicode 15), each of up to four bytes
 * when they are written back over the points. */
#define POINTS (PASSWORD_MAX * 18)

/* The normalised text, to be wiped. */
struct plain {
	size_t len;
	utf8proc_int32_t text[POINTS + 1]; /* bytes, once it is made */
};

static bool
normalise(const char *typed, struct plain *p)
{
	const utf8proc_option_t how =
	    UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE;
	uint8_t utf8[PASSWORD_MAX];
	utf8proc_ssize_t n;
	size_t len = strlen(typed);

	p->len = 0;
	if (len == 0 || len > PASSWORD_MAX || !text_utf8(typed, len))
		return false;
	memcpy(utf8, typed, len);
	n = utf8proc_decompose(
	    utf8, (utf8proc_ssize_t)len, p->text, POINTS, how);
	if (n >= 0 && n <= POINTS)
		n = utf8proc_reencode(p->text, n, how);
	explicit_bzero(utf8, sizeof(utf8));
	if (n <= 0)
		return false;
	p->len = (size_t)n;
	return true;
}

/* What is tried first, of those that are long enough; in lower case. */
static const char *const commonest[] = {
	"00000000",
	"11111111",
	"11223344",
	"12121212",
	"12312312",
	"123123123",
	"1234567890",
	"12341234",
	"123454321",
	"123456123",
	"12345678",
	"123456789",
	"123456789a",
	"1234567a",
	"123456aa",
	"1234abcd",
	"1234qwer",
	"123qweasd",
	"13131313",
	"147258369",
	"1q2w3e4r",
	"1q2w3e4r5t",
	"1qaz2wsx",
	"1qazxsw2",
	"22222222",
	"55555555",
	"66666666",
	"69696969",
	"77777777",
	"87654321",
	"88888888",
	"987654321",
	"99999999",
	"a1b2c3d4",
	"a1234567",
	"a12345678",
	"aa123456",
	"aaaaaaaa",
	"abc12345",
	"abc123456",
	"abcd1234",
	"abcdefgh",
	"abcdefghi",
	"adminadmin",
	"administrator",
	"alexander",
	"asdf1234",
	"asdfasdf",
	"asdfghjk",
	"asdfghjkl",
	"babygirl",
	"baseball",
	"basketball",
	"blink182",
	"butterfly",
	"changeme",
	"charlie1",
	"chocolate",
	"computer",
	"consumer",
	"corvette",
	"danielle",
	"december",
	"dragon123",
	"einstein",
	"elephant",
	"facebook",
	"football",
	"football1",
	"forever1",
	"freedom1",
	"funnyhat",
	"funnyhats",
	"garfield",
	"gfhjkm123",
	"hello123",
	"helloworld",
	"iloveyou",
	"iloveyou1",
	"internet",
	"jennifer",
	"jonathan",
	"jordan23",
	"kimberly",
	"letmein1",
	"letmein123",
	"liverpool",
	"liverpool1",
	"loveyou1",
	"manchester",
	"marlboro",
	"master123",
	"maverick",
	"mercedes",
	"michael1",
	"michelle",
	"midnight",
	"mustang1",
	"nicholas",
	"november",
	"password",
	"password!",
	"password1",
	"password12",
	"password123",
	"password1234",
	"p@ssw0rd",
	"p@ssword",
	"passw0rd",
	"passwort",
	"patricia",
	"peter123",
	"pokemon1",
	"princess",
	"princess1",
	"q1w2e3r4",
	"q1w2e3r4t5",
	"qazwsxedc",
	"qwer1234",
	"qwert123",
	"qwerty12",
	"qwerty123",
	"qwertyui",
	"qwertyuiop",
	"rainbow1",
	"samantha",
	"secret123",
	"september",
	"sunshine",
	"sunshine1",
	"superman",
	"superman1",
	"trustno1",
	"veronica",
	"victoria",
	"welcome1",
	"welcome123",
	"whatever",
	"william1",
	"zaq12wsx",
	"zxcvbnm1",
	"zxcvbnm123",
};

/* ASCII case apart; the local part of an address too. */
static bool
is_own(const char *typed, const char *own)
{
	const char *at;

	if (own == NULL || own[0] == '\0')
		return false;
	if (strcasecmp(typed, own) == 0)
		return true;
	at = strchr(own, '@');
	return at != NULL && strlen(typed) == (size_t)(at - own) &&
	       strncasecmp(typed, own, (size_t)(at - own)) == 0;
}

enum rc
password_fit(const char *typed, const char *user_name, const char *email,
    struct error *e)
{
	size_t n = strlen(typed);

	if (n > PASSWORD_MAX)
		return error_set(e, RC_INVALID,
		    "This password is too long: at most %d characters.",
		    PASSWORD_MAX);
	if (!text_utf8(typed, n) || text_count(typed) < PASSWORD_MIN)
		return error_set(e, RC_INVALID,
		    "A password needs at least %d characters.", PASSWORD_MIN);
	if (is_own(typed, user_name) || is_own(typed, email))
		return error_set(e, RC_INVALID,
		    "A password must not be the user name or the address.");
	for (size_t i = 0; i < sizeof(commonest) / sizeof(commonest[0]); i++)
		if (strcasecmp(typed, commonest[i]) == 0)
			return error_set(e, RC_INVALID,
			    "This password is among the first that are tried. "
			    "Please choose another.");
	return RC_OK;
}

static enum rc
fail(int code, struct error *e)
{
	return error_set(e,
	    code == ARGON2_MEMORY_ALLOCATION_ERROR ? RC_NOMEM : RC_INVALID,
	    "could not hash a password: %s", argon2_error_message(code));
}

/* libargon2 refuses less than 8 KiB a lane. */
static uint32_t
memory_of(const struct settings *s)
{
	int64_t least = 8 * s->password_lanes;

	return (
	    uint32_t)(s->password_memory > least ? s->password_memory : least);
}

enum rc
password_make(const struct settings *s, const char *typed,
    char encoded[PASSWORD_SIZE], struct error *e)
{
	uint8_t salt[SALT];
	struct plain p;
	enum rc rc;
	int code;

	encoded[0] = '\0';
	if (getrandom(salt, sizeof(salt), 0) != (ssize_t)sizeof(salt))
		return error_errno(e, RC_IO, "could not get random bytes");
	if (normalise(typed, &p)) {
		code = argon2id_hash_encoded((uint32_t)s->password_time,
		    memory_of(s), (uint32_t)s->password_lanes, p.text, p.len,
		    salt, sizeof(salt), HASH, encoded, PASSWORD_SIZE);
		rc = code == ARGON2_OK ? RC_OK : fail(code, e);
	} else {
		rc = error_set(
		    e, RC_INVALID, "this cannot be used as a password");
	}
	explicit_bzero(&p, sizeof(p));
	return rc;
}

/* Whether the encoded hash was made with what is configured. */
static bool
is_current(const struct settings *s, const char *encoded)
{
	char head[80];
	int n;

	n = snprintf(head, sizeof(head), "$argon2id$v=%d$m=%u,t=%u,p=%u$",
	    (int)ARGON2_VERSION_13, memory_of(s), (unsigned)s->password_time,
	    (unsigned)s->password_lanes);
	return n > 0 && strncmp(encoded, head, (size_t)n) == 0;
}

/* As long as checking takes, for nothing. */
static enum rc
pretend(const struct settings *s, struct error *e)
{
	static const char salt[SALT + 1] = "of nobody at all";
	uint8_t hash[HASH];
	int code;

	code = argon2id_hash_raw((uint32_t)s->password_time, memory_of(s),
	    (uint32_t)s->password_lanes, "no password", 11, salt, SALT, hash,
	    sizeof(hash));
	return code == ARGON2_OK ? RC_OK : fail(code, e);
}

enum rc
password_check(const struct settings *s, const char *encoded, const char *typed,
    bool *right, bool *old, struct error *e)
{
	struct plain p;
	bool usable;
	int code;

	*right = *old = false;
	usable = normalise(typed, &p);
	if (encoded == NULL || encoded[0] == '\0' || !usable) {
		explicit_bzero(&p, sizeof(p));
		return pretend(s, e);
	}
	code = argon2id_verify(encoded, p.text, p.len);
	explicit_bzero(&p, sizeof(p));
	if (code != ARGON2_OK && code != ARGON2_VERIFY_MISMATCH)
		return fail(code, e);
	*right = code == ARGON2_OK;
	*old = *right && !is_current(s, encoded);
	return RC_OK;
}
