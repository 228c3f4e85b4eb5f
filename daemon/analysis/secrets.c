#include "secrets.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>

#include "../base/util.h"

/*
 * A '_' also stands for '-' and for nothing; a plural s may follow, but no
 * other letter ("tokenizer") unless it begins a new word ("tokenValue").
 */
static const char *const words[] = {
	"password",   "passwd",	    "passphrase", "passcode",
	"pwd",	      "secret",	    "token",	  "api_key",
	"auth_key",   "access_key", "secret_key", "private_key",
	"credential", "cookie",	    "bearer",	  "authorization",
};

/* True if the word that ends before END goes on there. */
static bool goes_on(const char *end)
{
	return isalpha((unsigned char)*end) &&
	       !(islower((unsigned char)end[-1]) &&
		 isupper((unsigned char)*end));
}

/* The length of WORD at the beginning of TEXT, or 0. */
static size_t match_word(const char *text, const char *word)
{
	const char *at = text;

	for (; *word; word++) {
		if (*word == '_') {
			at += *at == '_' || *at == '-';
			continue;
		}
		if (tolower((unsigned char)*at) != *word)
			return 0;
		at++;
	}
	at += tolower((unsigned char)*at) == 's';
	return goes_on(at) ? 0 : (size_t)(at - text);
}

const char *fdp_secret_word(const char *text)
{
	for (const char *at = text; *at; at++) {
		for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
			size_t length = match_word(at, words[i]);

			if (length > 0)
				return at + length;
		}
	}
	return NULL;
}
