#include "config.h"

#include <string.h>

#include "base/settings.h"
#include "base/text.h"
#include "t/fuzz/fuzz.h"

static void
check_member(const struct conf_key *k, const struct settings *s)
{
	const void *member = (const char *)s + k->offset;
	const char *text;
	int64_t number;

	if (k->type == CONF_T_TEXT) {
		memcpy(&text, member, sizeof(text));
		assert(text == NULL || text_line(text, strlen(text)));
		assert(text == NULL || (int64_t)strlen(text) <= k->max);
	} else {
		memcpy(&number, member, sizeof(number));
		assert(k->type == CONF_T_WORD ||
		       (number >= k->min && number <= k->max));
		assert(k->type != CONF_T_WORD || number >= 0);
	}
}

/* The first byte says which kind of file the rest is. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = ERROR_NONE;
	struct settings s;
	enum rc rc;
	size_t i;

	if (size == 0)
		return 0;
	rc = conf_defaults(settings_keys, settings_count, &s, &e);
	if (rc != RC_OK)
		return 0;
	rc = conf_parse(settings_keys, settings_count,
	    data[0] == 's' ? CONF_SECRETS : CONF_PLAIN, "fuzz",
	    (const char *)data + 1, size - 1, &s, &e);
	assert((rc == RC_OK) == (e.text[0] == '\0'));
	for (i = 0; i < settings_count; i++)
		check_member(&settings_keys[i], &s);
	conf_release(settings_keys, settings_count, &s);
	return 0;
}
