#include "expression.h"

#include <string.h>

#include "../base/util.h"

struct parser {
	const uint32_t *text;
	size_t count;
	size_t at;   /* of the next token, blanks skipped */
	size_t last; /* where the token before it ended */
	int depth;
};

bool fdp_expression_is_space(uint32_t character)
{
	return character == ' ' || (character >= '\t' && character <= '\r') ||
	       (character >= 0x1c && character <= 0x1f) || character == 0x85 ||
	       character == 0xa0 || character == 0x1680 ||
	       (character >= 0x2000 && character <= 0x200a) ||
	       character == 0x2028 || character == 0x2029 ||
	       character == 0x202f || character == 0x205f ||
	       character == 0x3000;
}

static bool is_digit(uint32_t character)
{
	return character >= '0' && character <= '9';
}

static bool begins_name(uint32_t character)
{
	return (character >= 'a' && character <= 'z') ||
	       (character >= 'A' && character <= 'Z') || character == '_' ||
	       (character >= 0x80 && !fdp_expression_is_space(character));
}

size_t fdp_expression_name(const uint32_t *text, size_t count, size_t at)
{
	if (at >= count || !begins_name(text[at]))
		return at;
	while (at < count && (begins_name(text[at]) || is_digit(text[at])))
		at++;
	return at;
}

size_t fdp_expression_skip(const uint32_t *text, size_t count, size_t at)
{
	while (at < count) {
		if (text[at] == '#') {
			while (at < count && text[at] != '\n')
				at++;
		} else if (text[at] == ' ' || text[at] == '\t' ||
			   text[at] == '\f' || text[at] == '\n' ||
			   text[at] == '\r') {
			at++;
		} else if (text[at] == '\\' && at + 1 < count &&
			   text[at + 1] == '\n') {
			at += 2;
		} else {
			break;
		}
	}
	return at;
}

/* The next token begins behind END. */
static void move_to(struct parser *parser, size_t end)
{
	parser->last = end;
	parser->at = fdp_expression_skip(parser->text, parser->count, end);
}

static uint32_t peek(const struct parser *parser, size_t ahead)
{
	return parser->at + ahead < parser->count
		       ? parser->text[parser->at + ahead]
		       : 0;
}

static bool stands(const struct parser *parser, const char *text)
{
	for (size_t i = 0; text[i]; i++)
		if (peek(parser, i) != (uint32_t)(unsigned char)text[i])
			return false;
	return true;
}

/* True if the next token is the word WORD. */
static bool is_word(const struct parser *parser, const char *word)
{
	size_t length = strlen(word);

	return stands(parser, word) &&
	       fdp_expression_name(parser->text, parser->count, parser->at) ==
		       parser->at + length;
}

static bool take_word(struct parser *parser, const char *word)
{
	if (!is_word(parser, word))
		return false;
	move_to(parser, parser->at + strlen(word));
	return true;
}

/* Words that are no names. */
static bool is_keyword(const struct parser *parser)
{
	static const char *const words[] = {
		"and",	  "as",	      "assert", "async",  "await",    "break",
		"class",  "continue", "def",	"del",	  "elif",     "else",
		"except", "finally",  "for",	"from",	  "global",   "if",
		"import", "in",	      "is",	"lambda", "nonlocal", "not",
		"or",	  "pass",     "raise",	"return", "try",      "while",
		"with",	  "yield",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (is_word(parser, words[i]))
			return true;
	return false;
}

/* Where a string that begins at AT, behind its prefix, ends; 0: nowhere. */
static size_t string_end(const struct parser *parser, size_t at, bool fields);

/*
 * From behind an opening brace in an f-string to behind the closing one; 0:
 * nowhere.
 */
static size_t field_end(const struct parser *parser, size_t at, int depth)
{
	size_t open = 1;

	while (at < parser->count && depth < FDP_EXPRESSION_DEPTH) {
		uint32_t character = parser->text[at];

		if (character == '\'' || character == '"') {
			at = string_end(parser, at, true);
			if (!at)
				return 0;
			continue;
		}
		open += character == '{';
		open -= character == '}';
		at++;
		if (!open)
			return at;
	}
	return 0;
}

static bool is_triple(const struct parser *parser, size_t at)
{
	return at + 2 < parser->count &&
	       parser->text[at + 1] == parser->text[at] &&
	       parser->text[at + 2] == parser->text[at];
}

static size_t string_end(const struct parser *parser, size_t at, bool fields)
{
	const uint32_t *text = parser->text;
	uint32_t quote = text[at];
	bool triple = is_triple(parser, at);

	at += triple ? 3 : 1;
	while (at < parser->count) {
		if (text[at] == '\\') {
			at += 2;
		} else if (text[at] == quote &&
			   (!triple || is_triple(parser, at))) {
			return at + (triple ? 3 : 1);
		} else if (text[at] == '\n' && !triple) {
			return 0;
		} else if (fields && text[at] == '{' &&
			   at + 1 < parser->count && text[at + 1] != '{') {
			at = field_end(parser, at + 1, 0);
			if (!at)
				return 0;
		} else {
			at += fields && text[at] == '{' ? 2 : 1;
		}
	}
	return 0;
}

/* How long the prefix of a string is that stands there; 3: there is none. */
static size_t prefix_length(const struct parser *parser)
{
	for (size_t i = 0; i < 3; i++) {
		uint32_t character = peek(parser, i);

		if (character == '\'' || character == '"')
			return i;
		if (!character || character >= 0x80 ||
		    !strchr("rRbBuUfFtT", (int)character))
			return 3;
	}
	return 3;
}

/* A string literal; false if there is none. */
static bool take_string(struct parser *parser)
{
	size_t prefix = prefix_length(parser), end;
	bool fields = false;

	if (prefix == 3)
		return false;
	for (size_t i = 0; i < prefix; i++)
		fields |= strchr("fFtT", (int)peek(parser, i)) != NULL;
	end = string_end(parser, parser->at + prefix, fields);
	if (!end)
		return false;
	move_to(parser, end);
	return true;
}

static bool take_number(struct parser *parser)
{
	const uint32_t *text = parser->text;
	size_t at = parser->at;
	bool hexadecimal = stands(parser, "0x") || stands(parser, "0X");

	if (!is_digit(peek(parser, 0)) &&
	    !(peek(parser, 0) == '.' && is_digit(peek(parser, 1))))
		return false;
	while (at < parser->count) {
		bool exponent = !hexadecimal && at > parser->at &&
				(text[at - 1] == 'e' || text[at - 1] == 'E') &&
				(text[at] == '+' || text[at] == '-');

		if (!exponent && text[at] != '.' && !is_digit(text[at]) &&
		    !begins_name(text[at]))
			break;
		at++;
	}
	move_to(parser, at);
	return true;
}

/* From an opening bracket to behind its closing one, over whatever is there. */
static bool skip_brackets(struct parser *parser)
{
	size_t open = 0;

	while (parser->at < parser->count) {
		uint32_t character = peek(parser, 0);

		if (take_string(parser))
			continue;
		if (prefix_length(parser) != 3)
			return false;
		if (begins_name(character)) {
			move_to(parser,
				fdp_expression_name(parser->text, parser->count,
						    parser->at));
			continue;
		}
		open += character == '(' || character == '[' ||
			character == '{';
		if (character == ')' || character == ']' || character == '}')
			open--;
		move_to(parser, parser->at + 1);
		if (!open)
			return true;
	}
	return false;
}

static bool parse(struct parser *parser, struct fdp_expression *expression);

static struct fdp_expression other(size_t start, size_t end)
{
	return (struct fdp_expression){ .kind = FDP_EXPRESSION_OTHER,
					.start = start,
					.end = end };
}

/* A group is what is in it; a tuple and a generator are all of it. */
static bool parse_parentheses(struct parser *parser,
			      struct fdp_expression *expression)
{
	struct parser begin = *parser;
	size_t start = parser->at;

	move_to(parser, parser->at + 1);
	if (parse(parser, expression) && peek(parser, 0) == ')') {
		move_to(parser, parser->at + 1);
		return true;
	}
	*parser = begin;
	if (!skip_brackets(parser))
		return false;
	*expression = other(start, parser->last);
	return true;
}

static bool parse_atom(struct parser *parser, struct fdp_expression *expression)
{
	size_t start = parser->at, name;
	uint32_t character = peek(parser, 0);

	if (character == '(')
		return parse_parentheses(parser, expression);
	if (character == '[' || character == '{') {
		if (!skip_brackets(parser))
			return false;
	} else if (take_string(parser)) {
		while (take_string(parser))
			;
	} else if (stands(parser, "...")) {
		move_to(parser, start + 3);
	} else if (!take_number(parser)) {
		name = fdp_expression_name(parser->text, parser->count, start);
		if (name == start || is_keyword(parser))
			return false;
		move_to(parser, name);
		*expression = other(start, name);
		expression->kind = FDP_EXPRESSION_NAME;
		return true;
	}
	*expression = other(start, parser->last);
	return true;
}

/* One of .name, (...), [...]; false if there is none, or not a whole one. */
static bool parse_trailer(struct parser *parser, size_t start,
			  struct fdp_expression *expression)
{
	struct fdp_expression whole = { .start = start,
					.left_end = expression->end,
					.bracket = parser->at };
	size_t name;

	switch (peek(parser, 0)) {
	case '.':
		move_to(parser, parser->at + 1);
		name = fdp_expression_name(parser->text, parser->count,
					   parser->at);
		if (name == parser->at)
			return false;
		move_to(parser, name);
		break;
	case '(':
		whole.kind = FDP_EXPRESSION_CALL;
		whole.calls_name = expression->kind == FDP_EXPRESSION_NAME;
		if (!skip_brackets(parser))
			return false;
		break;
	default:
		whole.kind = FDP_EXPRESSION_SUBSCRIPT;
		if (!skip_brackets(parser))
			return false;
	}
	whole.end = parser->last;
	*expression = whole;
	return true;
}

static bool parse_primary(struct parser *parser,
			  struct fdp_expression *expression)
{
	size_t start = parser->at;

	if (!parse_atom(parser, expression))
		return false;
	while (peek(parser, 0) == '(' || peek(parser, 0) == '[' ||
	       (peek(parser, 0) == '.' && !stands(parser, "...")))
		if (!parse_trailer(parser, start, expression))
			return false;
	return true;
}

static struct fdp_expression binary(size_t start,
				    const struct fdp_expression *left,
				    const struct fdp_expression *right,
				    size_t end)
{
	return (struct fdp_expression){ .kind = FDP_EXPRESSION_BINARY,
					.start = start,
					.end = end,
					.left_end = left->end,
					.right_start = right->start };
}

static bool parse_factor(struct parser *parser,
			 struct fdp_expression *expression);

static bool parse_power(struct parser *parser,
			struct fdp_expression *expression)
{
	size_t start = parser->at;
	struct fdp_expression right;

	if (take_word(parser, "await")) {
		if (!parse_primary(parser, expression))
			return false;
		*expression = other(start, parser->last);
	} else if (!parse_primary(parser, expression)) {
		return false;
	}
	if (!stands(parser, "**") || stands(parser, "**="))
		return true;
	move_to(parser, parser->at + 2);
	if (!parse_factor(parser, &right))
		return false;
	*expression = binary(start, expression, &right, parser->last);
	return true;
}

static bool parse_factor(struct parser *parser,
			 struct fdp_expression *expression)
{
	size_t start = parser->at;
	uint32_t sign = peek(parser, 0);
	bool parsed;

	if (sign != '+' && sign != '-' && sign != '~')
		return parse_power(parser, expression);
	if (parser->depth >= FDP_EXPRESSION_DEPTH)
		return false;
	move_to(parser, parser->at + 1);
	parser->depth++;
	parsed = parse_factor(parser, expression);
	parser->depth--;
	*expression = other(start, parser->last);
	return parsed;
}

/* Binary operators, those that bind least first; ** is of its own. */
#define LEVELS 5
static const char *const operators[LEVELS][6] = {
	{ "|" }, { "^" }, { "&" }, { "<<", ">>" }, { "+", "-" },
};
static const char *const strongest[] = { "//", "*", "/", "%", "@" };

/* How long the operator of LIST is that stands there; 0: there is none. */
static size_t operator_length(const struct parser *parser,
			      const char *const *list, size_t count)
{
	for (size_t i = 0; i < count && list[i]; i++) {
		size_t length = strlen(list[i]);

		/* What ends in "=" assigns, and ends an expression. */
		if (stands(parser, list[i]) && peek(parser, length) != '=' &&
		    !(length == 1 && peek(parser, 0) == '*' &&
		      peek(parser, 1) == '*'))
			return length;
	}
	return 0;
}

static bool parse_binary(struct parser *parser, int level,
			 struct fdp_expression *expression)
{
	const char *const *list = level < LEVELS ? operators[level] : strongest;
	size_t count = level < LEVELS ? ARRAY_SIZE(operators[0])
				      : ARRAY_SIZE(strongest);
	size_t start = parser->at, length;
	struct fdp_expression right;

	if (level > LEVELS)
		return parse_factor(parser, expression);
	if (!parse_binary(parser, level + 1, expression))
		return false;
	while ((length = operator_length(parser, list, count))) {
		move_to(parser, parser->at + length);
		if (!parse_binary(parser, level + 1, &right))
			return false;
		*expression = binary(start, expression, &right, parser->last);
	}
	return true;
}

static bool take_comparison(struct parser *parser)
{
	static const char *const signs[] = { "==", "!=", "<=", ">=", "<", ">" };

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		if (!stands(parser, signs[i]))
			continue;
		move_to(parser, parser->at + strlen(signs[i]));
		return true;
	}
	if (take_word(parser, "not"))
		return take_word(parser, "in");
	if (take_word(parser, "is")) {
		take_word(parser, "not");
		return true;
	}
	return take_word(parser, "in");
}

static bool parse_comparison(struct parser *parser,
			     struct fdp_expression *expression)
{
	size_t start = parser->at;
	bool compares = false;

	if (!parse_binary(parser, 0, expression))
		return false;
	while (take_comparison(parser)) {
		compares = true;
		if (!parse_binary(parser, 0, expression))
			return false;
	}
	if (compares)
		*expression = other(start, parser->last);
	return true;
}

static bool parse_inversion(struct parser *parser,
			    struct fdp_expression *expression)
{
	size_t start = parser->at;
	bool inverts = false;

	while (take_word(parser, "not"))
		inverts = true;
	if (!parse_comparison(parser, expression))
		return false;
	if (inverts)
		*expression = other(start, parser->last);
	return true;
}

/* `or` of `and`s. */
static bool parse_disjunction(struct parser *parser,
			      struct fdp_expression *expression)
{
	size_t start = parser->at;
	bool joins = false;

	if (!parse_inversion(parser, expression))
		return false;
	while (take_word(parser, "or") || take_word(parser, "and")) {
		joins = true;
		if (!parse_inversion(parser, expression))
			return false;
	}
	if (joins)
		*expression = other(start, parser->last);
	return true;
}

/* `lambda`, up to its end, which is that of what it gives. */
static bool parse_lambda(struct parser *parser,
			 struct fdp_expression *expression)
{
	while (peek(parser, 0) && peek(parser, 0) != ':') {
		if (strchr("([{", (int)(peek(parser, 0) & 0x7f)) &&
		    peek(parser, 0) < 0x80) {
			if (!skip_brackets(parser))
				return false;
		} else if (!take_string(parser)) {
			size_t end = fdp_expression_name(
				parser->text, parser->count, parser->at);

			move_to(parser,
				end > parser->at ? end : parser->at + 1);
		}
	}
	if (peek(parser, 0) != ':')
		return false;
	move_to(parser, parser->at + 1);
	return parse(parser, expression);
}

static bool parse_whole(struct parser *parser,
			struct fdp_expression *expression)
{
	size_t start = parser->at;
	bool is_other = false;

	if (take_word(parser, "lambda")) {
		if (!parse_lambda(parser, expression))
			return false;
		is_other = true;
	} else if (!parse_disjunction(parser, expression)) {
		return false;
	}
	if (take_word(parser, "if")) {
		is_other = true;
		if (!parse_disjunction(parser, expression) ||
		    !take_word(parser, "else") || !parse(parser, expression))
			return false;
	} else if (stands(parser, ":=")) {
		move_to(parser, parser->at + 2);
		is_other = true;
		if (!parse(parser, expression))
			return false;
	}
	if (is_other)
		*expression = other(start, parser->last);
	return true;
}

static bool parse(struct parser *parser, struct fdp_expression *expression)
{
	bool parsed;

	if (parser->depth >= FDP_EXPRESSION_DEPTH)
		return false;
	parser->depth++;
	parsed = parse_whole(parser, expression);
	parser->depth--;
	return parsed;
}

bool fdp_expression_parse(const uint32_t *text, size_t count, size_t at,
			  struct fdp_expression *ret_expression,
			  size_t *ret_end)
{
	struct parser parser = { .text = text, .count = count };

	move_to(&parser, at);
	if (!parse(&parser, ret_expression))
		return false;
	*ret_end = parser.last;
	return true;
}
