/* Symbols in memory: those of this very process, sound and damaged. */
#include <check.h>
#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../../daemon/base/util.h"
#include "../../daemon/capture/cache.h"
#include "../../daemon/capture/maps.h"
#include "../../daemon/capture/procfs.h"
#include "../../daemon/native/dynamic.h"
#include "../../daemon/native/modules.h"
#include "suite.h"

/* One byte in this many is wrong; 0: none. */
static int damage;

static ssize_t self_read(void *backend, uint64_t address, void *buffer,
			 size_t size)
{
	struct iovec local = { buffer, size };
	struct iovec remote = { (void *)(uintptr_t)address, size };
	ssize_t got = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);

	(void)backend;
	for (ssize_t i = 0; damage && i < got; i++)
		if (random() % damage == 0)
			((uint8_t *)buffer)[i] = (uint8_t)random();
	return got < 0 ? 0 : got;
}

static int self_fact(void *backend, const char *key, char **ret_value,
		     size_t *ret_size)
{
	return fdp_procfs_fact(backend, key, ret_value, ret_size);
}

static void self_free(void *backend)
{
	fdp_procfs_free(backend);
}

static const struct fdp_target_ops ops = {
	.name = "self",
	.read = self_read,
	.fact = self_fact,
	.free = self_free,
};

static struct fdp_target *target_self(void)
{
	struct fdp_procfs *procfs;
	struct fdp_target *target;
	const char *maps;
	size_t size;

	ck_assert_int_eq(fdp_procfs_new(getpid(), &procfs), 0);
	target = fdp_target_new(&ops, procfs);
	ck_assert_ptr_nonnull(target);
	target->pid = getpid();
	ck_assert_int_eq(fdp_target_fact(target, "proc/maps", &maps, &size), 0);
	ck_assert_int_ge(fdp_maps_load(target, maps, size), 0);
	return target;
}

static const char *const names[] = { "malloc", "getpid", "strtol", "qsort" };

START_TEST(finds_what_dlsym_finds)
{
	void *expected = dlsym(RTLD_DEFAULT, names[_i]);
	struct fdp_report report = { .id = NULL };
	const struct fdp_module *module;
	struct fdp_target *target;
	uint64_t address, size;

	damage = 0;
	target = target_self();
	ck_assert_int_eq(fdp_modules_read(target, &report), 0);
	module = fdp_modules_find(&report, (uint64_t)expected);
	ck_assert_ptr_nonnull(module);
	ck_assert_int_eq(
		fdp_dynamic_symbol(target, module, names[_i], &address, &size),
		0);
	ck_assert_uint_eq(address, (uint64_t)expected);
	ck_assert_uint_gt(size, 0);
	fdp_report_done(&report);
	fdp_target_free(target);
}
END_TEST

static const char *const absent[] = {
	"",
	"no_such_symbol",
	"mallo",
	"malloc_",
	"_PyRuntime",
	"a_name_that_is_longer_than_any_symbol_that_anybody_would_look_up_here_"
	"and_then_some_more_of_it_to_be_sure_that_it_is_longer_than_that",
};

START_TEST(finds_nothing_else)
{
	struct fdp_report report = { .id = NULL };
	struct fdp_target *target;
	uint64_t address, size;

	damage = 0;
	target = target_self();
	ck_assert_int_eq(fdp_modules_read(target, &report), 0);
	ck_assert_uint_gt(report.module_count, 2);
	for (size_t i = 0; i < report.module_count; i++)
		ck_assert_int_eq(fdp_dynamic_symbol(target, &report.modules[i],
						    absent[_i], &address,
						    &size),
				 -ENOENT);
	fdp_report_done(&report);
	fdp_target_free(target);
}
END_TEST

/* Damaged tables end in an answer, wrong or none, and never in a loop. */
START_TEST(survives_damage)
{
	int failed = 0;

	srandom(3);
	for (int round = 0; round < 200; round++) {
		struct fdp_report report = { .id = NULL };
		struct fdp_target *target;
		uint64_t address, size;

		damage = 0;
		target = target_self();
		ck_assert_int_eq(fdp_modules_read(target, &report), 0);
		fdp_cache_free(target->cache);
		target->cache = fdp_cache_new();
		damage = 20 + round * 10;
		for (size_t i = 0; i < report.module_count; i++)
			failed += fdp_dynamic_symbol(target, &report.modules[i],
						     "malloc", &address,
						     &size) < 0;
		fdp_report_done(&report);
		fdp_target_free(target);
	}
	ck_assert_int_gt(failed, 200);
}
END_TEST

/* The test programs export nothing. */
static void not_exported(void)
{
}

static const struct {
	const char *symbol; /* NULL: not_exported() */
	size_t offset;
} places[] = {
	{ "malloc", 0 },
	{ "malloc", 5 },
	{ "getpid", 3 },
	{ "qsort", 1 },
	{ "pthread_mutex_lock", 9 },
	{ "stdout", 2 },
	{ NULL, 0 },
};

START_TEST(names_what_dladdr_names)
{
	struct fdp_report report = { .id = NULL };
	struct fdp_target *target;

	damage = 0;
	target = target_self();
	ck_assert_int_eq(fdp_modules_read(target, &report), 0);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		uint64_t address =
			(places[i].symbol ? (uint64_t)dlsym(RTLD_DEFAULT,
							    places[i].symbol)
					  : (uint64_t)not_exported) +
			places[i].offset;
		struct fdp_exported exported[] = { { .address = address },
						   { .address = 0 },
						   { .address = address } };
		const struct fdp_module *module =
			fdp_modules_find(&report, address);
		Dl_info info;

		ck_assert_ptr_nonnull(module);
		ck_assert_int_ne(dladdr((void *)address, &info), 0);
		ck_assert_int_eq(!info.dli_sname, !places[i].symbol);
		ck_assert_int_eq(fdp_dynamic_name(target, module, &report.arena,
						  exported,
						  ARRAY_SIZE(exported)),
				 0);
		ck_assert_ptr_null(exported[1].name);
		for (size_t j = 0; j < ARRAY_SIZE(exported); j += 2) {
			ck_assert_pstr_eq(exported[j].name, info.dli_sname);
			ck_assert_uint_eq(exported[j].start,
					  (uint64_t)info.dli_saddr);
		}
	}
	fdp_report_done(&report);
	fdp_target_free(target);
}
END_TEST

/* Wherever in libc, code or data, named or not. */
START_TEST(names_all_of_libc_as_dladdr)
{
	enum { STEP = 4096 - 37 };
	struct fdp_report report = { .id = NULL };
	const struct fdp_module *module;
	struct fdp_target *target;
	size_t named = 0;

	damage = 0;
	target = target_self();
	ck_assert_int_eq(fdp_modules_read(target, &report), 0);
	/* No sanitizer stands in front of that. */
	module = fdp_modules_find(&report, (uint64_t)gnu_get_libc_version);
	ck_assert_ptr_nonnull(module);
	for (uint64_t at = module->start; at < module->end; at += STEP) {
		struct fdp_exported exported = { .address = at };
		Dl_info info = { .dli_sname = NULL };

		ck_assert_int_eq(fdp_dynamic_name(target, module, &report.arena,
						  &exported, 1),
				 0);
		dladdr((void *)at, &info);
		ck_assert_pstr_eq(exported.name, info.dli_sname);
		named += exported.name != NULL;
	}
	ck_assert_uint_gt(named, 50);
	fdp_report_done(&report);
	fdp_target_free(target);
}
END_TEST

START_TEST(names_survive_damage)
{
	srandom(5);
	for (int round = 0; round < 100; round++) {
		struct fdp_report report = { .id = NULL };
		struct fdp_target *target;

		damage = 0;
		target = target_self();
		ck_assert_int_eq(fdp_modules_read(target, &report), 0);
		fdp_cache_free(target->cache);
		target->cache = fdp_cache_new();
		damage = 20 + round * 40;
		for (size_t i = 0; i < report.module_count; i++) {
			const struct fdp_module *module = &report.modules[i];
			struct fdp_exported exported = {
				.address = (module->start + module->end) / 2
			};
			int r = fdp_dynamic_name(target, module, &report.arena,
						 &exported, 1);

			ck_assert_int_le(r, 0);
			if (exported.name)
				ck_assert_uint_le(strlen(exported.name), 65536);
		}
		fdp_report_done(&report);
		fdp_target_free(target);
	}
}
END_TEST

#define ADD_ROWS(tests, test, table)                                           \
	tcase_add_loop_test(tests, test, 0, (int)ARRAY_SIZE(table))

int main(void)
{
	Suite *suite = suite_create("dynamic");
	TCase *tests = tcase_create("dynamic");

	ADD_ROWS(tests, finds_what_dlsym_finds, names);
	ADD_ROWS(tests, finds_nothing_else, absent);
	tcase_add_test(tests, survives_damage);
	tcase_add_test(tests, names_what_dladdr_names);
	tcase_add_test(tests, names_all_of_libc_as_dladdr);
	tcase_add_test(tests, names_survive_damage);
	tcase_set_timeout(tests, 120);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
