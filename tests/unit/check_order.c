/* What is kept of a list that is not in order. */
#include <check.h>
#include <stdint.h>
#include <string.h>

#include "../../daemon/analysis/order.h"
#include "suite.h"

#define COUNT 8

/* How many the best choice keeps: all are tried. */
static size_t best(const size_t *numbers, size_t count)
{
	size_t most = 0;

	for (unsigned chosen = 0; chosen < 1u << count; chosen++) {
		size_t last = 0, kept = 0;
		bool rises = true;

		for (size_t i = 0; rises && i < count; i++) {
			if (!(chosen >> i & 1))
				continue;
			rises = numbers[i] >= last;
			last = numbers[i];
			kept++;
		}
		if (rises && kept > most)
			most = kept;
	}
	return most;
}

static void check_list(const size_t *numbers, size_t count)
{
	bool kept[COUNT + 1] = { false };
	size_t last = 0, found = 0;

	ck_assert_int_eq(fdp_order_keep(numbers, count, kept), 0);
	for (size_t i = 0; i < count; i++) {
		if (!kept[i])
			continue;
		ck_assert_uint_ge(numbers[i], last);
		last = numbers[i];
		found++;
	}
	ck_assert_uint_eq(found, best(numbers, count));
}

START_TEST(test_all_short_lists)
{
	/* Each list of COUNT digits from 0 to 3, and each beginning of it. */
	for (unsigned code = 0; code < 1u << (2 * COUNT); code += 7) {
		size_t numbers[COUNT];

		for (size_t i = 0; i < COUNT; i++)
			numbers[i] = code >> (2 * i) & 3;
		check_list(numbers, code % (COUNT + 1));
	}
}
END_TEST

START_TEST(test_one_that_is_wrong)
{
	static const size_t numbers[] = { 1, 9, 2, 3, 0, 4, SIZE_MAX, 5 };
	static const bool wanted[] = { true,  false, true,  true,
				       false, true,  false, true };
	bool kept[8];

	ck_assert_int_eq(fdp_order_keep(numbers, 8, kept), 0);
	ck_assert_int_eq(memcmp(kept, wanted, sizeof(kept)), 0);
}
END_TEST

static Suite *order_suite(void)
{
	Suite *suite = suite_create("order");
	TCase *tests = tcase_create("order");

	tcase_add_test(tests, test_all_short_lists);
	tcase_add_test(tests, test_one_that_is_wrong);
	suite_add_tcase(suite, tests);
	return suite;
}

int main(void)
{
	return fdp_suite_run(order_suite());
}
