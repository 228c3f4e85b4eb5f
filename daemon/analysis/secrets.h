/*
 * Names of what must not be seen: options, variables, keys, attributes.
 */
#ifndef FDP_ANALYSIS_SECRETS_H
#define FDP_ANALYSIS_SECRETS_H

/*
 * The end of the first word in TEXT that says that what it names is secret
 * ("password", "api-key", "accessTokens"), or NULL.
 */
const char *fdp_secret_word(const char *text);

#endif
