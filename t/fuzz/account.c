#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "shop/address.h"
#include "shop/customer.h"
#include "t/fuzz/fuzz.h"

/* What has a key has it for good: the key's key is itself. */
static void
check_keys(const char *s)
{
	char key[CUSTOMER_KEY_SIZE], again[CUSTOMER_KEY_SIZE];
	size_t n;

	if (customer_user_key(s, key, NULL) == RC_OK) {
		n = strlen(key);
		assert(n >= 1 && text_line(key, n) && text_count(key) <= 32);
		assert(strpbrk(key, "@ <>\"'\\") == NULL);
		assert(customer_user_key(key, again, NULL) == RC_OK);
		assert(strcmp(key, again) == 0);
	} else {
		assert(key[0] == '\0');
	}
	if (customer_email_key(s, key, NULL) == RC_OK) {
		n = strlen(key);
		assert(n >= 5 && n <= 254 && text_line(key, n));
		assert(strchr(key, '@') == strrchr(key, '@'));
		assert(strpbrk(key, " <>\",;:()[]\\\r\n") == NULL);
		assert(customer_email_key(key, again, NULL) == RC_OK);
		assert(strcmp(key, again) == 0);
	} else {
		assert(key[0] == '\0');
	}
}

static char *
copy(const char *s)
{
	char *p = strdup(s);

	assert(p != NULL);
	return p;
}

/* What is fine is a line of text each, and stays as it is when it is checked
 * again; what is not has a sentence. */
static void
check_address(struct address *a)
{
	char *const *fields[] = { &a->country, &a->name, &a->line1, &a->line2,
		&a->town, &a->region, &a->postcode, &a->phone };
	const char *wrong[ADDRESS_FIELDS];
	char *before[8];
	size_t i, wrongs = 0;
	bool fine;

	fine = address_check(a, wrong);
	for (i = 0; i < ADDRESS_FIELDS; i++)
		wrongs += wrong[i] != NULL;
	assert(fine == (wrongs == 0));
	if (!fine)
		return;
	assert(address_country(a->country) != NULL);
	for (i = 0; i < 8; i++) {
		assert(text_line(*fields[i], strlen(*fields[i])));
		assert(strlen(*fields[i]) <= 200);
		before[i] = copy(*fields[i]);
	}
	assert(address_check(a, wrong));
	for (i = 0; i < 8; i++) {
		assert(strcmp(before[i], *fields[i]) == 0);
		free(before[i]);
	}
}

/* The lines of the input are the fields of an address, and each is tried as a
 * user name and as an e-mail address. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct address a = { 0 };
	char **const fields[] = { &a.country, &a.postcode, &a.region, &a.name,
		&a.line1, &a.line2, &a.town, &a.phone };
	char *text, *line, *next;
	size_t n = 0;

	text = malloc(size + 1);
	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	for (line = text; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		check_keys(line);
		if (n < 8)
			*fields[n++] = copy(line);
	}
	for (; n < 8; n++)
		*fields[n] = copy(n % 2 == 0 ? "A1" : "");
	check_address(&a);
	address_release(&a);
	free(text);
	return 0;
}
