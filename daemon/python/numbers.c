#include "numbers.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"

/* A digit of Python's. */
#define DIGIT_BITS 30
#define DIGIT_MASK ((UINT32_C(1) << DIGIT_BITS) - 1)

/* Python's digits that FDP_INTEGER_DIGITS_MAX decimal ones can need: a decimal
 * digit has 3.33 bits. */
#define DIGITS_MAX (FDP_INTEGER_DIGITS_MAX * 10 / 3 / DIGIT_BITS + 2)

/* More bits than any memory has: 2^40 digits are 4 TiB. */
#define DIGITS_SANE (UINT64_C(1) << 40)

/* Decimal digits of one word. */
#define GROUP 9
#define GROUP_BASE UINT64_C(1000000000)
#define GROUPS_MAX (DIGITS_MAX * DIGIT_BITS * 10 / 33 / GROUP + 2)

/* What the digits of an integer cost: the time goes with their square. */
#define COST_OF_DIGITS 4

/* A tag's two lowest bits say the sign. */
#define TAG_SIGN 3
#define TAG_NEGATIVE 2

/* A double in decimal needs so many digits, and if it is no denormal, any
 * with so many has only one. */
#define PRECISION_MAX 17
#define PRECISION_UNIQUE 15

/* repr() writes an exponent if the point is not within these. */
#define POINT_FIRST (-4)
#define POINT_LAST 16

struct integer {
	bool negative;
	uint64_t count; /* of its digits */
};

static int read_head(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets, uint64_t address,
		     struct integer *integer)
{
	uint32_t shift = offsets->integer.count_shift;
	uint64_t word;
	int r = fdp_target_read_u64(target, address + offsets->integer.count,
				    &word);

	if (r < 0)
		return r;
	if (shift) {
		integer->negative = (word & TAG_SIGN) == TAG_NEGATIVE;
		/* Zero has a digit, too. */
		integer->count = (word & TAG_SIGN) == 1 ? 0 : word >> shift;
	} else {
		integer->negative = (int64_t)word < 0;
		integer->count = integer->negative ? -word : word;
	}
	return integer->count > DIGITS_SANE ? -EBADMSG : 0;
}

/* Multiplies the COUNT words of GROUPS by 2^30 and adds DIGIT.  The new count.
 */
static size_t shift_in(uint32_t *groups, size_t count, uint32_t digit)
{
	uint64_t carry = digit;

	for (size_t i = 0; i < count; i++) {
		carry += (uint64_t)groups[i] << DIGIT_BITS;
		groups[i] = (uint32_t)(carry % GROUP_BASE);
		carry /= GROUP_BASE;
	}
	while (carry) {
		groups[count++] = (uint32_t)(carry % GROUP_BASE);
		carry /= GROUP_BASE;
	}
	return count;
}

/* A number of whose digits nobody wants to see all. */
static void write_bits(const struct integer *integer, uint32_t top,
		       struct fdp_writer *writer)
{
	uint64_t bits = (integer->count - 1) * DIGIT_BITS;

	for (; top; top >>= 1)
		bits++;
	fdp_writer_printf(writer, "<%sint of %llu bits>",
			  integer->negative ? "negative " : "",
			  (unsigned long long)bits);
}

static void write_decimal(const struct integer *integer, const uint32_t *digits,
			  struct fdp_writer *writer)
{
	uint32_t groups[GROUPS_MAX];
	char text[GROUPS_MAX * GROUP + 2];
	size_t used = 0;
	size_t size;

	for (size_t i = integer->count; i-- > 0;)
		used = shift_in(groups, used, digits[i]);
	if (used == 0) {
		fdp_writer_put(writer, "0");
		return;
	}
	size = (size_t)snprintf(text, sizeof(text), "%s%u",
				integer->negative ? "-" : "", groups[used - 1]);
	for (size_t i = used - 1; i-- > 0;)
		size += (size_t)snprintf(text + size, sizeof(text) - size,
					 "%0*u", GROUP, groups[i]);
	if (size - integer->negative > FDP_INTEGER_DIGITS_MAX)
		write_bits(integer, digits[integer->count - 1], writer);
	else
		fdp_writer_put_bytes(writer, text, size);
}

static bool are_digits(const uint32_t *digits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (digits[i] > DIGIT_MASK)
			return false;
	}
	/* The first is never zero. */
	return count == 0 || digits[count - 1] != 0;
}

/* Of a larger one its first digit alone is read. */
static int read_digits(struct fdp_target *target, uint64_t address,
		       const struct integer *integer, uint32_t *digits)
{
	size_t count = integer->count;
	int r;

	if (count > DIGITS_MAX) {
		address += (count - 1) * sizeof(*digits);
		count = 1;
	}
	r = fdp_target_read(target, address, digits, count * sizeof(*digits));
	return r == 0 && !are_digits(digits, count) ? -EBADMSG : r;
}

int fdp_integer_write(struct fdp_target *target,
		      const struct fdp_python_offsets *offsets,
		      uint64_t address, bool is_bool, uint64_t *cost,
		      struct fdp_writer *writer)
{
	uint32_t digits[DIGITS_MAX];
	struct integer integer;
	int r = read_head(target, offsets, address, &integer);

	if (r == 0)
		r = read_digits(target, address + offsets->integer.digits,
				&integer, digits);
	if (r < 0)
		return r;
	if (is_bool) {
		fdp_writer_put(writer, integer.count ? "True" : "False");
	} else if (integer.count > DIGITS_MAX) {
		write_bits(&integer, digits[0], writer);
	} else {
		*cost += integer.count / COST_OF_DIGITS;
		write_decimal(&integer, digits, writer);
	}
	return 0;
}

/* The shortest decimal that is VALUE: d.ddde+xx. */
static void shortest(double value, char *text, size_t size)
{
	int precision = fabs(value) < DBL_MIN ? 1 : PRECISION_UNIQUE;

	for (; precision <= PRECISION_MAX; precision++) {
		snprintf(text, size, "%.*e", precision - 1, value);
		if (strtod(text, NULL) == value)
			break;
	}
}

/* A finite number that is not negative, in decimal. */
struct decimal {
	char digits[PRECISION_MAX + 1]; /* without zeros at the end */
	int count;
	int point; /* how many of them are before it */
};

static void decimal_of(double value, struct decimal *decimal)
{
	char text[PRECISION_MAX + 16];
	const char *at = text;

	shortest(value, text, sizeof(text));
	decimal->count = 0;
	for (; *at && *at != 'e'; at++) {
		if (*at != '.' && decimal->count < PRECISION_MAX)
			decimal->digits[decimal->count++] = *at;
	}
	while (decimal->count > 1 && decimal->digits[decimal->count - 1] == '0')
		decimal->count--;
	decimal->digits[decimal->count] = '\0';
	decimal->point = *at ? atoi(at + 1) + 1 : 1;
}

static void write_exponent(const struct decimal *decimal,
			   struct fdp_writer *writer)
{
	int exponent = decimal->point - 1;

	fdp_writer_printf(writer, "%c%s%se%c%02d", decimal->digits[0],
			  decimal->count > 1 ? "." : "", decimal->digits + 1,
			  exponent < 0 ? '-' : '+', abs(exponent));
}

static void write_fixed(const struct decimal *decimal, bool add_point,
			struct fdp_writer *writer)
{
	static const char zeros[] = "0000000000000000"; /* POINT_LAST */
	int point = decimal->point;

	if (point <= 0)
		fdp_writer_printf(writer, "0.%.*s%s", -point, zeros,
				  decimal->digits);
	else if (point >= decimal->count)
		fdp_writer_printf(writer, "%s%.*s%s", decimal->digits,
				  point - decimal->count, zeros,
				  add_point ? ".0" : "");
	else
		fdp_writer_printf(writer, "%.*s.%s", point, decimal->digits,
				  decimal->digits + point);
}

/* ADD_POINT: a whole number ends with ".0". */
static void write_double(double value, bool add_point,
			 struct fdp_writer *writer)
{
	struct decimal decimal;

	if (isnan(value)) {
		fdp_writer_put(writer, "nan");
		return;
	}
	if (signbit(value))
		fdp_writer_put(writer, "-");
	if (isinf(value)) {
		fdp_writer_put(writer, "inf");
		return;
	}
	decimal_of(fabs(value), &decimal);
	if (decimal.point > POINT_LAST || decimal.point <= POINT_FIRST)
		write_exponent(&decimal, writer);
	else
		write_fixed(&decimal, add_point, writer);
}

void fdp_real_write(double value, struct fdp_writer *writer)
{
	write_double(value, true, writer);
}

void fdp_complex_write(double real, double imaginary, struct fdp_writer *writer)
{
	bool alone = real == 0.0 && !signbit(real);

	if (!alone) {
		fdp_writer_put(writer, "(");
		write_double(real, false, writer);
		if (isnan(imaginary) || !signbit(imaginary))
			fdp_writer_put(writer, "+");
	}
	write_double(imaginary, false, writer);
	fdp_writer_put(writer, alone ? "j" : "j)");
}
