#include "config.h"

#include <string.h>

#include "base/text.h"
#include "t/fuzz/fuzz.h"
#include "web/form.h"

enum { F_QTY, F_ITEM, F_NOTE, F_GIFT, F_COUNT };

static const struct field fields[F_COUNT] = {
	[F_QTY] = { "qty", FIELD_INT, -5, LIMIT_QTY, FIELD_NEEDED },
	[F_ITEM] = { "item", FIELD_TEXT, 2, 10, 0 },
	[F_NOTE] = { "note", FIELD_AREA, 1, 20, FIELD_NEEDED },
	[F_GIFT] = { "gift", FIELD_FLAG, 0, 0, 0 },
};

static void
check_values(const struct form *f)
{
	const char *s;
	size_t i;

	for (i = 0; i < F_COUNT; i++) {
		s = form_typed(f, i);
		assert(text_utf8(s, strlen(s)) && strchr(s, '\r') == NULL);
	}
	if (form_error(f, F_QTY) == FIELD_OK)
		assert(form_int(f, F_QTY) >= -5 &&
		       form_int(f, F_QTY) <= LIMIT_QTY);
	if (form_error(f, F_ITEM) == FIELD_OK) {
		s = form_text(f, F_ITEM);
		assert(text_line(s, strlen(s)));
		assert(strlen(s) >= 2 && strlen(s) <= 10);
		assert(s[0] != ' ' && s[strlen(s) - 1] != ' ');
	}
	if (form_error(f, F_NOTE) == FIELD_OK)
		assert(strlen(form_text(f, F_NOTE)) <= 20);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = ERROR_NONE;
	struct form f;
	enum rc rc;

	rc = form_read(&f, fields, F_COUNT, (const char *)data, size, &e);
	assert(rc == RC_OK || rc == RC_INVALID || rc == RC_TOOBIG);
	check_values(&f);
	if (rc != RC_OK)
		assert(form_error(&f, F_QTY) == FIELD_MISSING && !f.twice);
	form_release(&f);
	return 0;
}
