#include "config.h"

#include <string.h>

#include "shop/address_rules.h"

/*
 * In the order of their English names.  Postcodes by each post's own guide (UPU,
 * "Postal addressing systems"): only the form is checked, as new ones are given
 * out every month.
 */
const struct address_country address_rules_countries[ADDRESS_COUNTRIES] = {
	{ "AT", "Austria", "Postcode", "1010", NULL, true, false },
	{ "BE", "Belgium", "Postcode", "1000", NULL, true, false },
	{ "BG", "Bulgaria", "Postcode", "1000", NULL, true, false },
	{ "HR", "Croatia", "Postcode", "10000", NULL, true, false },
	{ "CY", "Cyprus", "Postcode", "1010", NULL, true, false },
	{ "CZ", "Czechia", "Postcode", "110 00", NULL, true, false },
	{ "DK", "Denmark", "Postcode", "1050", NULL, true, false },
	{ "EE", "Estonia", "Postcode", "10111", NULL, true, false },
	{ "FI", "Finland", "Postcode", "00100", NULL, true, false },
	{ "FR", "France", "Postcode", "75001", NULL, true, false },
	{ "DE", "Germany", "Postcode", "10115", NULL, true, false },
	{ "GR", "Greece", "Postcode", "104 31", NULL, true, false },
	{ "HU", "Hungary", "Postcode", "1051", NULL, true, false },
	{ "IE", "Ireland", "Eircode", "D02 X285", "County", true, false },
	{ "IT", "Italy", "Postcode", "00184", "Province", true, false },
	{ "LV", "Latvia", "Postcode", "LV-1010", NULL, true, false },
	{ "LT", "Lithuania", "Postcode", "LT-01100", NULL, true, false },
	{ "LU", "Luxembourg", "Postcode", "1111", NULL, true, false },
	{ "MT", "Malta", "Postcode", "VLT 1117", NULL, true, false },
	{ "NL", "Netherlands", "Postcode", "1012 AB", NULL, true, false },
	{ "PL", "Poland", "Postcode", "00-950", NULL, true, false },
	{ "PT", "Portugal", "Postcode", "1100-148", NULL, true, false },
	{ "RO", "Romania", "Postcode", "010011", NULL, true, false },
	{ "SK", "Slovakia", "Postcode", "811 01", NULL, true, false },
	{ "SI", "Slovenia", "Postcode", "1000", NULL, true, false },
	{ "ES", "Spain", "Postcode", "28001", "Province", true, false },
	{ "SE", "Sweden", "Postcode", "111 22", NULL, true, false },
	{ "GB", "United Kingdom", "Postcode", "SW1A 1AA", "County", true,
	    false },
	{ "US", "United States", "ZIP code", "10001", "State", true, true },
};

#define FORM(forms, of, like)                                                  \
	{                                                                      \
		forms,                                                         \
		    "This is no postcode of " of ": write it like " like "."   \
	}

/* In the same order. */
const struct address_rule address_rules[ADDRESS_COUNTRIES] = {
	FORM("9999", "Austria", "1010"),
	FORM("9999", "Belgium", "1000"),
	FORM("9999", "Bulgaria", "1000"),
	FORM("99999", "Croatia", "10000"),
	FORM("9999", "Cyprus", "1010"),
	FORM("999 99", "Czechia", "110 00"),
	FORM("9999", "Denmark", "1050"),
	FORM("99999", "Estonia", "10111"),
	FORM("99999", "Finland", "00100"),
	FORM("99999", "France", "75001"),
	FORM("99999", "Germany", "10115"),
	FORM("999 99", "Greece", "104 31"),
	FORM("9999", "Hungary", "1051"),
	{ "A99 ****|A9W ****", "This is no Eircode: write it like D02 X285." },
	FORM("99999", "Italy", "00184"),
	FORM("LV-9999", "Latvia", "LV-1010"),
	FORM("LT-99999", "Lithuania", "LT-01100"),
	FORM("9999", "Luxembourg", "1111"),
	FORM("AAA 9999", "Malta", "VLT 1117"),
	FORM("9999 AA", "the Netherlands", "1012 AB"),
	FORM("99-999", "Poland", "00-950"),
	FORM("9999-999", "Portugal", "1100-148"),
	FORM("999999", "Romania", "010011"),
	FORM("999 99", "Slovakia", "811 01"),
	FORM("9999", "Slovenia", "1000"),
	FORM("99999", "Spain", "28001"),
	FORM("999 99", "Sweden", "111 22"),
	FORM("A9 9AA|A99 9AA|AA9 9AA|AA99 9AA|A9A 9AA|AA9A 9AA|GIR 0AA|BFPO "
	     "9|BFPO 99|"
	     "BFPO 999|BFPO 9999",
	    "the United Kingdom", "SW1A 1AA"),
	{ "99999|99999-9999",
	    "This is no ZIP code: write it like 10001 or 10001-1234." },
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Letters and digits of s, in capitals; 0: there is something else in it, or
 * too much. */
static size_t
squeeze(const char *s, char out[ADDRESS_CODE_SIZE])
{
	size_t n = 0;

	for (; *s != '\0'; s++) {
		char c = *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s;

		if (c == ' ' || c == '-' || c == '.')
			continue;
		if ((!is_digit(c) && !is_capital(c)) ||
		    n == ADDRESS_CODE_SIZE - 1)
			return 0;
		out[n++] = c;
	}
	out[n] = '\0';
	return n;
}

/* Whether a form's character asks for one of what was typed: what stands
 * between does not. */
static bool
asks(char f)
{
	return f != ' ' && f != '-';
}

static bool
takes(char f, char c)
{
	switch (f) {
	case '9':
		return is_digit(c);
	case 'A':
		return is_capital(c);
	case '*':
		return true;
	default:
		return f == c;
	}
}

/* One form, of n characters. */
static bool
fits(const char *form, size_t n, const char *code, char out[ADDRESS_CODE_SIZE])
{
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		if (len == ADDRESS_CODE_SIZE - 1)
			return false;
		if (!asks(form[i])) {
			out[len++] = form[i];
			continue;
		}
		if (*code == '\0' || !takes(form[i], *code))
			return false;
		out[len++] = *code++;
	}
	out[len] = '\0';
	return *code == '\0';
}

static bool
fits_any(const char *forms, const char *code, char out[ADDRESS_CODE_SIZE])
{
	const char *form = forms;
	size_t n;

	for (;;) {
		n = strcspn(form, "|");
		if (fits(form, n, code, out))
			return true;
		if (form[n] == '\0')
			return false;
		form += n + 1;
	}
}

bool
address_postcode(size_t country, const char *typed, char out[ADDRESS_CODE_SIZE])
{
	const char *own = address_rules_countries[country].code;
	const char *forms = address_rules[country].forms;
	char code[ADDRESS_CODE_SIZE], with[ADDRESS_CODE_SIZE + 2];
	size_t n;

	out[0] = '\0';
	n = squeeze(typed, code);
	if (n == 0)
		return false;
	if (fits_any(forms, code, out))
		return true;
	/* "DE-10115", "L-1111", "F-75001"; and "1010" for "LV-1010". */
	if (n > 2 && memcmp(code, own, 2) == 0 &&
	    fits_any(forms, code + 2, out))
		return true;
	if (n > 1 && is_capital(code[0]) && code[0] == own[0] &&
	    is_digit(code[1]) && fits_any(forms, code + 1, out))
		return true;
	if (n + 3 > ADDRESS_CODE_SIZE)
		return false;
	memcpy(with, own, 2);
	memcpy(with + 2, code, n + 1);
	if (fits_any(forms, with, out))
		return true;
	out[0] = '\0';
	return false;
}
