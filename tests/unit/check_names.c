/* Names of functions: mangled ones, and those of code made at run time. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/native/demangle.h"
#include "../../daemon/native/perf_map.h"
#include "suite.h"

struct mangled {
	const char *name;
	const char *readable; /* NULL: is not mangled */
};

static const struct mangled mangled[] = {
	{ "main", NULL },
	{ "", NULL },
	{ "_", NULL },
	{ "_Z", NULL },
	{ "_R", NULL },
	{ "_Zsomething", NULL },
	{ "_Z3foov", "foo()" },
	{ "_ZN3app3BoxIiE3runERKi", "app::Box<int>::run(int const&)" },
	{ "_ZN3app3runEv.cold", "app::run() [clone .cold]" },
	{ "_RNvC6_123foo3bar", "123foo::bar" },
	/* Rust before its own mangling: the hash goes. */
	{ "_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write" },
};

START_TEST(demangle)
{
	char *readable = fdp_demangle(mangled[_i].name);

	if (mangled[_i].readable) {
		ck_assert_ptr_nonnull(readable);
		ck_assert_str_eq(readable, mangled[_i].readable);
	} else {
		ck_assert_ptr_null(readable);
	}
	free(readable);
}
END_TEST

/*
 * f(A<T,T>, A<S_,S_>, ...) where each argument doubles the one before: 40 of
 * them would take terabytes.
 */
START_TEST(demangle_exploding)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char name[1024] = "_Z1f1AIiiE";
	char *readable;

	for (size_t i = 0; i < 34; i++) {
		char part[32];

		snprintf(part, sizeof(part), "S_IS%c_S%c_E", digits[i],
			 digits[i]);
		strcat(name, part);
	}
	readable = fdp_demangle(name);
	ck_assert_ptr_null(readable);
	/* The same with few of them is a name, so the form is right. */
	name[strlen("_Z1f1AIiiE") + 2 * strlen("S_IS0_S0_E")] = '\0';
	readable = fdp_demangle(name);
	ck_assert_ptr_nonnull(readable);
	free(readable);
}
END_TEST

START_TEST(demangle_long)
{
	char name[20000] = "_Z";

	memset(name + 2, 'P', sizeof(name) - 3);
	ck_assert_ptr_null(fdp_demangle(name));
	name[4000] = '\0';
	free(fdp_demangle(name));
}
END_TEST

struct lookup {
	uint64_t address;
	const char *name; /* NULL: none */
	uint64_t offset;
};

static const char perf_map[] = "1000 10 first\n"
			       "1010 10 py::f:/a b.py\n"
			       "2000 100 old\n"
			       "2080 40 new inside\n"
			       "3000 20 replaced\n"
			       "3000 20 replacing\n"
			       "\n"
			       "nonsense\n"
			       "4000\n"
			       "4000 10\n"
			       "4000 10 \n"
			       "4000 0 empty\n"
			       " 4000 10 space before\n"
			       "-4000 10 negative\n"
			       "4000 -10 negative\n"
			       "4000 10000000000000000 too large\n"
			       "ffffffffffffffff 2 wraps\n"
			       "0x5000 10 prefixed\n"
			       "6000 10 last without newline";

static const struct lookup lookups[] = {
	{ 0xfff, NULL, 0 },	     { 0x1000, "first", 0 },
	{ 0x100f, "first", 15 },     { 0x1010, "py::f:/a b.py", 0 },
	{ 0x1020, NULL, 0 },	     { 0x207f, "old", 0x7f },
	{ 0x2080, "new inside", 0 }, { 0x20c0, "old", 0xc0 },
	{ 0x3001, "replacing", 1 },  { 0x4000, NULL, 0 },
	{ 0x5000, "prefixed", 0 },   { 0x6001, "last without newline", 1 },
	{ UINT64_MAX, NULL, 0 },
};

static struct fdp_perf_map *parse(const char *text, size_t size)
{
	struct fdp_perf_map *map;
	char *copy = malloc(size + 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, size);
	ck_assert_int_eq(fdp_perf_map_parse(copy, size, &map), 0);
	return map;
}

START_TEST(find_in_perf_map)
{
	struct fdp_perf_map *map = parse(perf_map, sizeof(perf_map) - 1);

	for (size_t i = 0; i < ARRAY_SIZE(lookups); i++) {
		uint64_t offset = 0;
		const char *name =
			fdp_perf_map_find(map, lookups[i].address, &offset);

		if (!lookups[i].name) {
			ck_assert_ptr_null(name);
			continue;
		}
		ck_assert_ptr_nonnull(name);
		ck_assert_str_eq(name, lookups[i].name);
		ck_assert_uint_eq(offset, lookups[i].offset);
	}
	fdp_perf_map_free(map);
}
END_TEST

START_TEST(every_prefix_of_perf_map)
{
	for (size_t size = 0; size < sizeof(perf_map); size++) {
		struct fdp_perf_map *map = parse(perf_map, size);
		uint64_t offset;

		ck_assert_ptr_null(fdp_perf_map_find(map, 0x7000, &offset));
		fdp_perf_map_free(map);
	}
}
END_TEST

static Suite *names_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *tests = tcase_create("names");

	tcase_add_loop_test(tests, demangle, 0, (int)ARRAY_SIZE(mangled));
	tcase_add_test(tests, demangle_exploding);
	tcase_add_test(tests, demangle_long);
	tcase_add_test(tests, find_in_perf_map);
	tcase_add_test(tests, every_prefix_of_perf_map);
	suite_add_tcase(suite, tests);
	return suite;
}

int main(void)
{
	return fdp_suite_run(names_suite());
}
