#include "config.h"

#include <string.h>

#include "base/text.h"
#include "shop/tariff.h"
#include "t/fuzz/fuzz.h"

/* Whatever is taken keeps its bounds and promises no day of the past. */
static void
check(const struct tariff *t, const struct tariff_option *o)
{
	static const int64_t when[] = { 0, 1795305600, INT64_C(253402300799) };
	int64_t first, last;

	assert(text_line(o->name, strlen(o->name)));
	assert(o->price >= 0 && o->days_min <= o->days_max);
	assert(o->places[0] == ' ' && strlen(o->places) >= 4);
	for (size_t i = 0; i < sizeof(when) / sizeof(when[0]); i++) {
		tariff_promise(t, o, when[i], &first, &last);
		assert(first >= when[i] / 86400 && last >= first);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = ERROR_NONE;
	const struct tariff_option *o = NULL;
	struct tariff t;
	int64_t rate;
	enum rc rc;

	rc = tariff_parse("fuzz", (const char *)data, size, "GBP", &t, &e);
	assert((rc == RC_OK) == (e.text[0] == '\0'));
	while (rc == RC_OK && (o = tariff_next(&t, "GB", o)) != NULL) {
		assert(tariff_tax(&t, "GB", &rate) && rate <= 10000);
		assert(tariff_find(&t, "GB", o->key) == o);
		check(&t, o);
	}
	tariff_release(&t);
	return 0;
}
