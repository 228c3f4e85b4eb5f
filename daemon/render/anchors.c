#include "anchors.h"

#include <string.h>

#include "expression.h"

/* How many bytes the first COUNT characters are in UTF-8. */
static size_t bytes_of(const uint32_t *text, size_t count)
{
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += text[i] < 0x80	     ? 1
			 : text[i] < 0x800   ? 2
			 : text[i] < 0x10000 ? 3
					     : 4;
	return bytes;
}

/* How many characters begin within the first BYTES of it. */
static size_t characters_of(const uint32_t *text, size_t count, size_t bytes)
{
	size_t characters = 0, at = 0;

	while (characters < count && at < bytes) {
		at += bytes_of(&text[characters], 1);
		characters++;
	}
	return characters;
}

static bool is_one_of(uint32_t character, const char *characters)
{
	return character && character < 0x80 &&
	       strchr(characters, (int)character);
}

/*
 * Up to 3.12 bytes and characters are confused where there are others than
 * ASCII: left is counted in bytes, and looked at as if it were characters.
 */
static bool binary_early(const uint32_t *segment, size_t count,
			 enum fdp_anchors_style style,
			 const struct fdp_expression *expression,
			 struct fdp_anchors *anchors)
{
	const uint32_t *between = segment + expression->left_end;
	size_t length = expression->right_start - expression->left_end;
	size_t blanks = 0, left, right;

	while (blanks < length && fdp_expression_is_space(between[blanks]))
		blanks++;
	left = bytes_of(segment, expression->left_end) + blanks;
	right = left + 1;
	if (blanks + 1 < length &&
	    !fdp_expression_is_space(between[blanks + 1]))
		right++;
	while (style != FDP_ANCHORS_311 && left < count &&
	       (fdp_expression_is_space(segment[left]) ||
		is_one_of(segment[left], ")#"))) {
		left++;
		right++;
	}
	anchors->left = characters_of(segment, count, left);
	anchors->right = characters_of(segment, count, right);
	return true;
}

/* From AT over blanks, closing brackets and comments; COUNT: to the end. */
static size_t skip_to_operator(const uint32_t *segment, size_t count, size_t at)
{
	while (at < count) {
		if (is_one_of(segment[at], "\\#")) {
			while (at < count && segment[at] != '\n')
				at++;
		} else if (!fdp_expression_is_space(segment[at]) &&
			   segment[at] != ')') {
			break;
		}
		if (at < count)
			at++;
	}
	return at;
}

static bool binary_late(const uint32_t *segment, size_t count,
			const struct fdp_expression *expression,
			struct fdp_anchors *anchors)
{
	size_t left = skip_to_operator(segment, count, expression->left_end);
	size_t right = left + 1;

	if (left >= count)
		return false;
	if (right < count && segment[right] != '\n' &&
	    right < expression->right_start &&
	    !fdp_expression_is_space(segment[right]) &&
	    !is_one_of(segment[right], "\\#"))
		right++;
	*anchors = (struct fdp_anchors){ left, right };
	return true;
}

/*
 * Up to 3.11.3 the brackets end one behind what is in them, without parentheses
 * around that and blanks behind.
 */
static size_t subscript_end(const uint32_t *segment, size_t count,
			    const struct fdp_expression *expression)
{
	size_t at = expression->end, end;
	struct fdp_expression inside;

	if (fdp_expression_parse(segment, count, expression->bracket + 1,
				 &inside, &end) &&
	    fdp_expression_skip(segment, count, end) == expression->end - 1)
		return inside.end + 1;
	while (at > expression->bracket + 1 &&
	       fdp_expression_is_space(segment[at - 2]))
		at--;
	return at < count ? at : count;
}

bool fdp_anchors_find(const uint32_t *segment, size_t count,
		      enum fdp_anchors_style style,
		      struct fdp_anchors *ret_anchors)
{
	struct fdp_expression expression;
	size_t end;

	if (!fdp_expression_parse(segment, count, 0, &expression, &end) ||
	    fdp_expression_skip(segment, count, end) < count)
		return false;
	switch (expression.kind) {
	case FDP_EXPRESSION_BINARY:
		return style == FDP_ANCHORS_313
			       ? binary_late(segment, count, &expression,
					     ret_anchors)
			       : binary_early(segment, count, style,
					      &expression, ret_anchors);
	case FDP_EXPRESSION_CALL:
		if (style != FDP_ANCHORS_313)
			return false;
		break;
	case FDP_EXPRESSION_SUBSCRIPT:
		if (style == FDP_ANCHORS_311) {
			ret_anchors->left = expression.left_end;
			ret_anchors->right =
				subscript_end(segment, count, &expression);
			return true;
		}
		break;
	default:
		return false;
	}
	ret_anchors->left = expression.bracket;
	ret_anchors->right = expression.end;
	return true;
}

/* Behind `return`, or behind `name =`; 0: it begins with neither. */
static size_t value_start(const uint32_t *text, size_t count)
{
	static const char word[] = "return";
	size_t end = fdp_expression_name(text, count, 0), at = 0;

	while (at < strlen(word) && at < end &&
	       text[at] == (uint32_t)(unsigned char)word[at])
		at++;
	if (at == strlen(word) && at == end)
		return fdp_expression_skip(text, count, end);
	if (end == 0)
		return 0;
	at = fdp_expression_skip(text, count, end);
	if (at + 1 >= count || text[at] != '=' || text[at + 1] == '=')
		return 0;
	return fdp_expression_skip(text, count, at + 1);
}

bool fdp_anchors_are_plain_call(const uint32_t *text, size_t count,
				size_t start, size_t end)
{
	struct fdp_expression expression;
	size_t at = value_start(text, count), behind;

	if (!at || !fdp_expression_parse(text, count, at, &expression, &behind))
		return false;
	while (behind < count && (text[behind] == ' ' || text[behind] == '\t'))
		behind++;
	return expression.kind == FDP_EXPRESSION_CALL &&
	       expression.calls_name && expression.start == start &&
	       expression.end == end &&
	       (behind == count || is_one_of(text[behind], "\n;#"));
}
