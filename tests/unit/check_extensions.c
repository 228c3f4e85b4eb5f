/* dict, set and sys.modules, as they are and damaged. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/containers.h"
#include "../../daemon/python/extensions.h"
#include "fake_python.h"
#include "suite.h"

#define PAGE 4096
#define NOWHERE 0xdead0000

/* Bits of tp_flags. */
#define FLAG_DICT (UINT64_C(1) << 29)
#define FLAG_STRING (UINT64_C(1) << 28)

/* DictKeysKind */
#define GENERAL 0
#define UNICODE 1

/* The first whose lists are read. */
#define MINOR_LISTS 10
/* Modules can be without a definition, and parts of packages go with them. */
#define MINOR_TOKENS 15

/* Names in a list that a test makes. */
#define NAMES_MAX 10

struct pair {
	uint64_t key, value;
};

struct fixture {
	struct fdp_target *target;
	struct fdp_arena arena;
	struct fake_python fake;
	uint64_t object_type, dict_type, module_type, frozenset_type;
	uint64_t interpreter;
	struct pair modules[NAMES_MAX], sysdict[NAMES_MAX];
	size_t module_count, sysdict_count;
};

static uint64_t make_type(struct fixture *fixture, const char *name,
			  uint64_t base, uint64_t flags)
{
	struct fake_python *fake = &fixture->fake;
	uint64_t type = fake_python_alloc(fake, 512);
	uint64_t text = fake_python_alloc(fake, strlen(name) + 1);

	fake_target_write(fixture->target, text, name, strlen(name) + 1);
	fake_python_set(fake, type, fake->offsets->type.name, text);
	fake_python_set(fake, type, fake->offsets->type.base, base);
	fake_python_set(fake, type, fake->offsets->type.flags, flags);
	return type;
}

static void setup(struct fixture *fixture, int minor)
{
	*fixture = (struct fixture){ .target = fake_target_new() };
	fake_python_start(&fixture->fake, fixture->target, minor);
	fixture->object_type = make_type(fixture, "object", 0, 0);
	fixture->dict_type =
		make_type(fixture, "dict", fixture->object_type, FLAG_DICT);
	fixture->module_type =
		make_type(fixture, "module", fixture->object_type, 0);
	fixture->frozenset_type =
		make_type(fixture, "frozenset", fixture->object_type, 0);
	fixture->interpreter = fake_python_alloc(&fixture->fake, 8192);
}

static void teardown(struct fixture *fixture)
{
	fdp_arena_done(&fixture->arena);
	fdp_target_free(fixture->target);
}

static uint64_t make_object(struct fixture *fixture, uint64_t type)
{
	struct fake_python *fake = &fixture->fake;
	uint64_t object = fake_python_alloc(fake, 128);

	fake_python_set(fake, object, fake->offsets->object.type, type);
	return object;
}

/* How a dict is laid out: its index has 2^LOG2 places. */
struct shape {
	unsigned log2;
	uint8_t kind; /* of 3.11 and later */
};

static const struct shape small = { 3, UNICODE };

/* As new_keys_object() has it: as wide as the number of places wants. */
static uint64_t index_bytes(struct shape shape)
{
	uint64_t places = UINT64_C(1) << shape.log2;

	return shape.log2 < 8	 ? places
	       : shape.log2 < 16 ? places * 2
				 : places * 4;
}

static bool is_old(const struct fixture *fixture)
{
	return fixture->fake.offsets->dict_keys.kind == FDP_ABSENT;
}

static void set_byte(struct fixture *fixture, uint64_t address, unsigned byte)
{
	uint8_t bytes[] = { (uint8_t)byte };

	fake_target_write(fixture->target, address, bytes, 1);
}

/* What stands before the entries; returns the address of the first. */
static uint64_t make_keys(struct fixture *fixture, uint64_t keys,
			  struct shape shape, uint64_t count)
{
	const struct fdp_python_offsets *offsets = fixture->fake.offsets;
	uint64_t index = index_bytes(shape);
	uint8_t *bytes = malloc(index);

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, 0x41, index);
	fake_target_write(fixture->target, keys + offsets->dict_keys.index,
			  bytes, index);
	free(bytes);
	fake_python_set(&fixture->fake, keys, offsets->dict_keys.entries,
			count);
	if (is_old(fixture)) {
		fake_python_set(&fixture->fake, keys,
				offsets->dict_keys.index_entries,
				UINT64_C(1) << shape.log2);
	} else {
		unsigned wider = shape.log2 < 8 ? 0 : shape.log2 < 16 ? 1 : 2;

		set_byte(fixture, keys + offsets->dict_keys.index_log2,
			 shape.log2 + wider);
		set_byte(fixture, keys + offsets->dict_keys.kind, shape.kind);
	}
	return keys + offsets->dict_keys.index + index;
}

static void write_pairs(struct fixture *fixture, uint64_t at,
			const struct pair *pairs, size_t count, bool has_hash)
{
	for (size_t i = 0; i < count; i++) {
		if (has_hash) {
			fake_target_write_u64(fixture->target, at, 0x4a5b);
			at += 8;
		}
		fake_target_write(fixture->target, at, &pairs[i],
				  sizeof(pairs[i]));
		at += sizeof(pairs[i]);
	}
}

static uint64_t make_dict(struct fixture *fixture, const struct pair *pairs,
			  size_t count, struct shape shape)
{
	const struct fdp_python_offsets *offsets = fixture->fake.offsets;
	uint64_t dict = make_object(fixture, fixture->dict_type);
	uint64_t keys = fake_python_alloc(
		&fixture->fake, 64 + index_bytes(shape) + count * 24 + 24);
	uint64_t entries = make_keys(fixture, keys, shape, count);

	fake_python_set(&fixture->fake, dict, offsets->dict.keys, keys);
	write_pairs(fixture, entries, pairs, count,
		    is_old(fixture) || shape.kind != UNICODE);
	return dict;
}

/* A set with COUNT places, of which that many are a power of two. */
static uint64_t make_set(struct fixture *fixture, uint64_t type,
			 const uint64_t *keys, size_t count)
{
	const struct fdp_python_offsets *offsets = fixture->fake.offsets;
	uint64_t set = make_object(fixture, type);
	uint64_t table = fake_python_alloc(&fixture->fake, count * 16);

	for (size_t i = 0; i < count; i++) {
		fake_target_write_u64(fixture->target, table + i * 16, keys[i]);
		fake_target_write_u64(fixture->target, table + i * 16 + 8,
				      0x4a5b);
	}
	fake_python_set(&fixture->fake, set, offsets->set.mask, count - 1);
	fake_python_set(&fixture->fake, set, offsets->set.table, table);
	return set;
}

/* All kinds of what an entry can be, and what comes of them. */
static const struct pair entries[] = {
	{ 0x1000, 0x2000 }, { 0x1001, 0 }, /* deleted */
	{ 0, 0 },	    { 0, 0x2002 }, { 0x1003, 0x2003 },
	{ 0x1003, 0x2004 }, { 0x1005, 0 },
};

static const struct pair found_entries[] = {
	{ 0x1000, 0x2000 },
	{ 0x1003, 0x2003 },
	{ 0x1003, 0x2004 },
};

static const struct shape shapes[] = {
	{ 3, UNICODE },	 { 3, GENERAL },  { 7, UNICODE },
	{ 8, UNICODE },	 { 8, GENERAL },  { 15, UNICODE },
	{ 16, UNICODE }, { 16, GENERAL }, { 17, UNICODE },
};

static void check_dict(int minor, struct shape shape)
{
	struct fixture fixture;
	struct fdp_container dict;
	uint64_t address, key, value;

	setup(&fixture, minor);
	address = make_dict(&fixture, entries, ARRAY_SIZE(entries), shape);
	ck_assert_int_eq(fdp_dict_begin(fixture.target, fixture.fake.offsets,
					address, &dict),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(found_entries); i++) {
		ck_assert_msg(fdp_container_next(&dict, &key, &value),
			      "3.%d, 2^%u", minor, shape.log2);
		ck_assert_uint_eq(key, found_entries[i].key);
		ck_assert_uint_eq(value, found_entries[i].value);
	}
	ck_assert(!fdp_container_next(&dict, &key, &value));
	ck_assert(!fdp_container_next(&dict, &key, &value));
	teardown(&fixture);
}

START_TEST(test_dict)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		check_dict(_i, shapes[i]);
}
END_TEST

START_TEST(test_empty)
{
	struct fixture fixture;
	struct fdp_container dict;
	uint64_t key, value;

	setup(&fixture, _i);
	ck_assert_int_eq(fdp_dict_begin(fixture.target, fixture.fake.offsets,
					make_dict(&fixture, NULL, 0, small),
					&dict),
			 0);
	ck_assert(!fdp_container_next(&dict, &key, &value));
	teardown(&fixture);
}
END_TEST

/* Where a dict is damaged. */
enum field {
	DICT_TYPE,
	DICT_KEYS,
	DICT_VALUES,
	KEYS_ENTRIES,
	KEYS_PLACES, /* of the index; up to 3.10 */
	KEYS_LOG2,   /* from 3.11 on; and two */
};

static const struct {
	const char *what;
	enum field field;
	uint64_t value;
	int result;
} damages[] = {
	{ "nothing", DICT_VALUES, 0, 0 },
	{ "no type", DICT_TYPE, 0, -EBADMSG },
	{ "type unreadable", DICT_TYPE, NOWHERE, -EBADMSG },
	{ "no keys", DICT_KEYS, 0, -EFAULT },
	{ "keys unreadable", DICT_KEYS, NOWHERE, -EFAULT },
	{ "keys at the end", DICT_KEYS, UINT64_MAX, -EFAULT },
	{ "keys before the end", DICT_KEYS, UINT64_MAX - 16, -EFAULT },
	{ "as many as may be", KEYS_ENTRIES, FDP_CONTAINER_MAX, 0 },
	{ "one more", KEYS_ENTRIES, FDP_CONTAINER_MAX + 1, -EBADMSG },
	{ "a negative count", KEYS_ENTRIES, UINT64_MAX, -EBADMSG },
	{ "lowest count", KEYS_ENTRIES, UINT64_C(1) << 63, -EBADMSG },
	{ "huge index", KEYS_PLACES, UINT64_MAX, -EBADMSG },
	{ "index that wraps", KEYS_PLACES, UINT64_C(1) << 61, -EBADMSG },
	{ "index of more than 32 bits", KEYS_PLACES, UINT64_C(1) << 33,
	  -EBADMSG },
	{ "2^255", KEYS_LOG2, 255, -EBADMSG },
	{ "2^64", KEYS_LOG2, 64, -EBADMSG },
	{ "2^63", KEYS_LOG2, 63, -EBADMSG },
	{ "2^33", KEYS_LOG2, 33, -EBADMSG },
};

static uint64_t make_damaged(struct fixture *fixture, enum field field,
			     uint64_t value)
{
	const struct fdp_python_offsets *offsets = fixture->fake.offsets;
	struct fake_python *fake = &fixture->fake;
	uint64_t dict = make_object(fixture, fixture->dict_type);
	uint64_t keys = fake_python_alloc(fake, 512);

	make_keys(fixture, keys, small, 1);
	fake_python_set(fake, dict, offsets->dict.keys, keys);
	if (field == DICT_TYPE)
		fake_python_set(fake, dict, offsets->object.type, value);
	if (field == DICT_KEYS)
		fake_python_set(fake, dict, offsets->dict.keys, value);
	if (field == DICT_VALUES)
		fake_python_set(fake, dict, offsets->dict.values, value);
	if (field == KEYS_ENTRIES)
		fake_python_set(fake, keys, offsets->dict_keys.entries, value);
	if (field == KEYS_PLACES)
		fake_python_set(fake, keys, offsets->dict_keys.index_entries,
				value);
	if (field == KEYS_LOG2)
		set_byte(fixture, keys + offsets->dict_keys.index_log2,
			 (unsigned)value);
	return dict;
}

START_TEST(test_damaged)
{
	for (int minor = FDP_PYTHON_MINOR_FIRST; minor <= FDP_PYTHON_MINOR_LAST;
	     minor++) {
		struct fixture fixture;
		struct fdp_container dict;
		uint64_t key, value;
		int r;

		setup(&fixture, minor);
		if (damages[_i].field ==
		    (is_old(&fixture) ? KEYS_LOG2 : KEYS_PLACES)) {
			teardown(&fixture);
			continue;
		}
		r = fdp_dict_begin(fixture.target, fixture.fake.offsets,
				   make_damaged(&fixture, damages[_i].field,
						damages[_i].value),
				   &dict);
		ck_assert_msg(r == damages[_i].result, "3.%d, %s: result %d",
			      minor, damages[_i].what, r);
		/* All that is there is zeros, and then nothing. */
		if (r == 0)
			ck_assert(!fdp_container_next(&dict, &key, &value));
		teardown(&fixture);
	}
}
END_TEST

START_TEST(test_no_dict)
{
	const uint64_t addresses[] = {
		0, 8, NOWHERE, UINT64_MAX, UINT64_MAX - 8, UINT64_MAX - 47
	};
	struct fixture fixture;
	struct fdp_container container;

	setup(&fixture, _i);
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		ck_assert_int_lt(fdp_dict_begin(fixture.target,
						fixture.fake.offsets,
						addresses[i], &container),
				 0);
		ck_assert_int_eq(fdp_set_begin(fixture.target,
					       fixture.fake.offsets,
					       addresses[i], &container),
				 -EFAULT);
	}
	teardown(&fixture);
}
END_TEST

/*
 * Entries that reach beyond what can be read, and one that does itself: what
 * is before is found.  At the last page of all, addresses go round.
 */
static void check_end(int minor, uint64_t page, bool unicode)
{
	const struct shape shape = { 3, unicode ? UNICODE : GENERAL };
	struct fixture fixture;
	struct fdp_container dict;
	uint64_t address, first, key, value, pair[2] = { 0x77, 0x88 };
	size_t size, there, found = 0;

	setup(&fixture, minor);
	size = is_old(&fixture) || !unicode ? 24 : 16;
	address = make_object(&fixture, fixture.dict_type);
	first = make_keys(&fixture, page, shape, 1000);
	fake_python_set(&fixture.fake, address, fixture.fake.offsets->dict.keys,
			page);
	for (uint64_t at = first; page + PAGE - at >= size; at += size)
		fake_target_write(fixture.target, at + size - sizeof(pair),
				  pair, sizeof(pair));
	there = (page + PAGE - first) / size;
	ck_assert_int_eq(fdp_dict_begin(fixture.target, fixture.fake.offsets,
					address, &dict),
			 0);
	while (fdp_container_next(&dict, &key, &value)) {
		ck_assert_uint_eq(key, 0x77);
		ck_assert_uint_eq(value, 0x88);
		found++;
	}
	/* The last bytes there are belong to no object. */
	ck_assert_uint_ge(found, there - (page + PAGE == 0));
	ck_assert_uint_le(found, there);
	teardown(&fixture);
}

START_TEST(test_end)
{
	check_end(_i, 0x40000000, true);
	check_end(_i, 0x40000000, false);
	check_end(_i, -(uint64_t)PAGE, true);
	check_end(_i, -(uint64_t)PAGE, false);
}
END_TEST

START_TEST(test_set)
{
	const uint64_t keys[8] = { 0, 0x1000, 0, 0x1000, 0x1002, 0, 0, 1 };
	const uint64_t found[] = { 0x1000, 0x1000, 0x1002, 1 };
	const uint64_t masks[] = { UINT64_MAX, UINT64_MAX - 1,
				   FDP_CONTAINER_MAX, UINT64_C(1) << 63 };
	struct fixture fixture;
	struct fdp_container set;
	uint64_t address, key;

	setup(&fixture, _i);
	address = make_set(&fixture, fixture.frozenset_type, keys, 8);
	ck_assert_int_eq(fdp_set_begin(fixture.target, fixture.fake.offsets,
				       address, &set),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(found); i++) {
		ck_assert(fdp_container_next(&set, &key, NULL));
		ck_assert_uint_eq(key, found[i]);
	}
	ck_assert(!fdp_container_next(&set, &key, NULL));
	teardown(&fixture);
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		setup(&fixture, _i);
		address = make_set(&fixture, fixture.frozenset_type, keys, 8);
		fake_python_set(&fixture.fake, address,
				fixture.fake.offsets->set.mask, masks[i]);
		ck_assert_int_eq(fdp_set_begin(fixture.target,
					       fixture.fake.offsets, address,
					       &set),
				 -EBADMSG);
		teardown(&fixture);
	}
}
END_TEST

/* A module of TYPE; its definition has functions, or none, or is not there. */
enum definition {
	EXTENSION,
	WITHOUT_METHODS,
	WITHOUT_DEFINITION,
	UNREADABLE,
	TOKEN_ONLY, /* an extension's until 3.14; something else since */
};

static uint64_t make_module(struct fixture *fixture, uint64_t type,
			    enum definition what)
{
	struct fake_python *fake = &fixture->fake;
	const struct fdp_python_offsets *offsets = fake->offsets;
	uint64_t module = make_object(fixture, type);
	uint64_t definition = fake_python_alloc(fake, 128);

	if (what == EXTENSION || what == TOKEN_ONLY)
		fake_python_set(fake, definition, offsets->module.methods,
				0x1234);
	if (what == WITHOUT_DEFINITION)
		definition = 0;
	if (what == UNREADABLE)
		definition = NOWHERE;
	fake_python_set(fake, module, offsets->module.definition, definition);
	if (offsets->module.has_definition != FDP_ABSENT)
		set_byte(fixture, module + offsets->module.has_definition,
			 what != TOKEN_ONLY);
	return module;
}

static void add_module(struct fixture *fixture, uint64_t key, uint64_t module)
{
	ck_assert_uint_lt(fixture->module_count, NAMES_MAX);
	fixture->modules[fixture->module_count++] =
		(struct pair){ key, module };
}

static void add_extension(struct fixture *fixture, const char *name)
{
	add_module(fixture, fake_python_string(&fixture->fake, name),
		   make_module(fixture, fixture->module_type, EXTENSION));
}

static void add_to_sys(struct fixture *fixture, const char *name,
		       uint64_t value)
{
	ck_assert_uint_lt(fixture->sysdict_count, NAMES_MAX);
	fixture->sysdict[fixture->sysdict_count++] =
		(struct pair){ fake_python_string(&fixture->fake, name),
			       value };
}

static void set_interpreter(struct fixture *fixture, uint64_t modules,
			    uint64_t sysdict)
{
	struct fake_python *fake = &fixture->fake;
	const struct fdp_python_offsets *offsets = fake->offsets;

	fake_python_set(fake, fixture->interpreter,
			offsets->interpreter.modules, modules);
	fake_python_set(fake, fixture->interpreter,
			offsets->interpreter.sysdict, sysdict);
}

/* As sound dicts. */
static void place(struct fixture *fixture, struct shape shape)
{
	uint64_t modules = make_dict(fixture, fixture->modules,
				     fixture->module_count, shape);
	uint64_t sysdict = make_dict(fixture, fixture->sysdict,
				     fixture->sysdict_count, shape);

	set_interpreter(fixture, modules, sysdict);
}

/* The names that are found, with a space behind each. */
static char *names_of(struct fixture *fixture)
{
	struct fdp_extensions extensions;
	char *names = fdp_arena_strdup(&fixture->arena, "");

	ck_assert_int_eq(fdp_extensions_read(fixture->target,
					     fixture->fake.offsets,
					     fixture->interpreter,
					     &fixture->arena, &extensions),
			 0);
	for (size_t i = 0; i < extensions.count; i++)
		names = fdp_arena_printf(&fixture->arena, "%s%s ", names,
					 extensions.names[i]);
	return names;
}

/* sys.stdlib_module_names: dummies of what was removed are objects. */
static uint64_t make_own(struct fixture *fixture, uint64_t type)
{
	struct fake_python *fake = &fixture->fake;
	const uint64_t keys[8] = {
		0,
		fake_python_string(fake, "json"),
		make_object(fixture, fixture->object_type),
		fake_python_bytes(fake, "_demo", 5),
		NOWHERE,
		1,
		UINT64_MAX,
		fake_python_string(fake, "_io"),
	};

	return make_set(fixture, type, keys, ARRAY_SIZE(keys));
}

static const uint8_t kinds[] = { UNICODE, GENERAL };

static void check_extensions(int minor, uint8_t kind)
{
	struct fixture fixture;
	uint64_t type;

	setup(&fixture, minor);
	type = make_type(&fixture, "Lazy", fixture.module_type, 0);
	add_extension(&fixture, "_io");
	add_extension(&fixture, "numpy.core._multiarray_umath");
	add_module(
		&fixture, fake_python_string(&fixture.fake, "json"),
		make_module(&fixture, fixture.module_type, WITHOUT_DEFINITION));
	add_module(&fixture, fake_python_string(&fixture.fake, "zlib"),
		   make_module(&fixture, fixture.module_type, WITHOUT_METHODS));
	add_module(&fixture, fake_python_string(&fixture.fake, "lost"),
		   make_module(&fixture, fixture.module_type, UNREADABLE));
	add_module(&fixture, fake_python_string(&fixture.fake, "lazy"),
		   make_module(&fixture, type, EXTENSION));
	add_module(&fixture, fake_python_string(&fixture.fake, "none"),
		   make_module(&fixture, fixture.object_type, EXTENSION));
	add_module(&fixture, fake_python_string(&fixture.fake, "token"),
		   make_module(&fixture, fixture.module_type, TOKEN_ONLY));
	add_extension(&fixture, "_io.part");
	add_extension(&fixture, "_demo");
	add_to_sys(&fixture, "path", NOWHERE);
	add_to_sys(&fixture, "stdlib_module_names",
		   make_own(&fixture, fixture.frozenset_type));
	place(&fixture, (struct shape){ 4, kind });
	ck_assert_str_eq(names_of(&fixture),
			 minor < MINOR_LISTS ? ""
			 : minor < MINOR_TOKENS
				 ? "numpy.core._multiarray_umath lazy token "
				   "_io.part _demo "
				 : "numpy.core._multiarray_umath lazy _demo ");
	teardown(&fixture);
}

START_TEST(test_extensions)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		check_extensions(_i, kinds[i]);
}
END_TEST

/* What sys.stdlib_module_names is, and whether _io is left out for it. */
enum own {
	OWN_MISSING,
	OWN_ANOTHER_NAME,
	OWN_LONGER_NAME,
	OWN_DERIVED,
	OWN_SET,
	OWN_SIMILAR,
	OWN_NO_TYPE,
	OWN_NOWHERE,
	OWN_HUGE,
	OWN_NO_TABLE,
	OWN_TWICE,
	OWN_COUNT,
};

static const struct {
	const char *key, *type;
	bool left_out;
} own_rows[OWN_COUNT] = {
	[OWN_MISSING] = { NULL, NULL, false },
	[OWN_ANOTHER_NAME] = { "stdlib_module_name", "frozenset", false },
	[OWN_LONGER_NAME] = { "stdlib_module_names_", "frozenset", false },
	[OWN_DERIVED] = { "stdlib_module_names", "Names", true },
	[OWN_SET] = { "stdlib_module_names", "set", false },
	[OWN_SIMILAR] = { "stdlib_module_names", "frozensets", false },
	[OWN_NO_TYPE] = { "stdlib_module_names", NULL, false },
	[OWN_NOWHERE] = { "stdlib_module_names", NULL, false },
	[OWN_HUGE] = { "stdlib_module_names", "frozenset", false },
	[OWN_NO_TABLE] = { "stdlib_module_names", "frozenset", false },
	[OWN_TWICE] = { "stdlib_module_names", "frozenset", true },
};

static uint64_t own_of(struct fixture *fixture, enum own what)
{
	const struct fdp_python_offsets *offsets = fixture->fake.offsets;
	const char *name = own_rows[what].type;
	uint64_t base = what == OWN_DERIVED ? fixture->frozenset_type
					    : fixture->object_type;
	uint64_t type = name ? make_type(fixture, name, base, 0) : NOWHERE;
	uint64_t own = make_own(fixture, type);

	if (what == OWN_HUGE)
		fake_python_set(&fixture->fake, own, offsets->set.mask,
				UINT64_MAX);
	if (what == OWN_NO_TABLE)
		fake_python_set(&fixture->fake, own, offsets->set.table, 0);
	return what == OWN_NOWHERE ? NOWHERE : own;
}

START_TEST(test_own)
{
	for (int minor = MINOR_LISTS; minor <= FDP_PYTHON_MINOR_LAST; minor++) {
		struct fixture fixture;
		uint64_t own;

		setup(&fixture, minor);
		own = own_of(&fixture, (enum own)_i);
		add_extension(&fixture, "_io");
		add_extension(&fixture, "_demo");
		if (own_rows[_i].key)
			add_to_sys(&fixture, own_rows[_i].key, own);
		if (_i == OWN_TWICE) /* the first one counts */
			add_to_sys(&fixture, own_rows[_i].key, NOWHERE);
		place(&fixture, small);
		ck_assert_str_eq(names_of(&fixture), own_rows[_i].left_out
							     ? "_demo "
							     : "_io _demo ");
		teardown(&fixture);
	}
}
END_TEST

/* sys.__dict__ and sys.modules that are none. */
START_TEST(test_replaced)
{
	struct fixture fixture;
	uint64_t modules, sysdict, copy, other;

	setup(&fixture, _i);
	add_extension(&fixture, "_demo");
	add_to_sys(&fixture, "stdlib_module_names",
		   make_own(&fixture, fixture.frozenset_type));
	modules = make_dict(&fixture, fixture.modules, 1, small);
	sysdict = make_dict(&fixture, fixture.sysdict, 1, small);
	/* Something else that looks the same behind its type. */
	other = make_type(&fixture, "dict_", fixture.object_type, 0);
	copy = make_dict(&fixture, fixture.modules, 1, small);
	fake_python_set(&fixture.fake, copy, fixture.fake.offsets->object.type,
			other);
	set_interpreter(&fixture, copy, sysdict);
	ck_assert_str_eq(names_of(&fixture), "");
	teardown(&fixture);

	setup(&fixture, _i);
	add_extension(&fixture, "_io");
	modules = make_dict(&fixture, fixture.modules, 1, small);
	set_interpreter(&fixture, modules, NOWHERE);
	ck_assert_str_eq(names_of(&fixture), "_io ");
	teardown(&fixture);
}
END_TEST

/* Something else at sys.modules; each in a process of its own. */
static uint64_t odd_modules(struct fixture *fixture, int which)
{
	uint64_t derived =
		make_type(fixture, "Odd", fixture->dict_type, FLAG_DICT);
	uint64_t dict = make_dict(fixture, fixture->modules,
				  fixture->module_count, small);
	const uint64_t all[] = {
		0,
		NOWHERE,
		UINT64_MAX,
		fake_python_string(&fixture->fake, "modules"),
		fake_python_bytes(&fixture->fake, "modules", 7),
		make_own(fixture, fixture->frozenset_type),
		fixture->modules[0].value,
		fixture->dict_type,
		fixture->interpreter,
		dict,
	};

	if (which < (int)ARRAY_SIZE(all))
		return all[which];
	/* A class of the program's that is derived from dict. */
	fake_python_set(&fixture->fake, dict,
			fixture->fake.offsets->object.type, derived);
	return dict;
}

#define ODD_FIRST_GOOD 9
#define ODD_COUNT 11

START_TEST(test_odd_modules)
{
	for (int minor = MINOR_LISTS; minor <= FDP_PYTHON_MINOR_LAST; minor++) {
		struct fixture fixture;

		setup(&fixture, minor);
		add_extension(&fixture, "_io");
		set_interpreter(&fixture, odd_modules(&fixture, _i), 0);
		ck_assert_str_eq(names_of(&fixture),
				 _i < ODD_FIRST_GOOD ? "" : "_io ");
		teardown(&fixture);
	}
}
END_TEST

START_TEST(test_no_interpreter)
{
	const uint64_t addresses[] = { 0, NOWHERE, UINT64_MAX };
	struct fixture fixture;

	setup(&fixture, _i);
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		fixture.interpreter = addresses[i];
		ck_assert_str_eq(names_of(&fixture), "");
	}
	teardown(&fixture);
}
END_TEST

/* Keys that are no str, or not a sound one: the others are listed. */
START_TEST(test_names)
{
	struct fixture fixture;
	struct fake_python *fake = &fixture.fake;
	uint64_t type, key, module;

	setup(&fixture, _i);
	module = make_module(&fixture, fixture.module_type, EXTENSION);
	add_module(&fixture, make_object(&fixture, fixture.object_type),
		   module);
	add_module(&fixture, fake_python_bytes(fake, "bytes", 5), module);
	add_module(&fixture, NOWHERE, module);
	add_module(&fixture, UINT64_MAX, module);
	add_module(&fixture, 1, module);
	/* A class of the program's that is derived from str. */
	type = make_type(&fixture, "Name", fake->string_type, FLAG_STRING);
	key = fake_python_string(fake, "derived");
	fake_python_set(fake, key, fake->offsets->object.type, type);
	add_module(&fixture, key, module);
	key = fake_python_string(fake, "negative");
	fake_python_set(fake, key, fake->offsets->string.length, UINT64_MAX);
	add_module(&fixture, key, module);
	add_module(&fixture, fake_python_string(fake, "a\nb\xff"), module);
	place(&fixture, (struct shape){ 3, GENERAL });
	ck_assert_str_eq(names_of(&fixture), "derived a\nb\xc3\xbf ");
	teardown(&fixture);
}
END_TEST

/* Values that are no modules, or whose type cannot be read. */
START_TEST(test_values)
{
	struct fixture fixture;
	struct fake_python *fake = &fixture.fake;
	const uint64_t odd[] = { 1, NOWHERE, UINT64_MAX, UINT64_MAX - 15 };

	setup(&fixture, _i);
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		add_module(&fixture, fake_python_string(fake, "odd"), odd[i]);
	add_module(&fixture, fake_python_string(fake, "untyped"),
		   make_module(&fixture, NOWHERE, EXTENSION));
	add_module(&fixture, fake_python_string(fake, "no type"),
		   make_module(&fixture, 0, EXTENSION));
	add_extension(&fixture, "last");
	place(&fixture, small);
	ck_assert_str_eq(names_of(&fixture), "last ");
	teardown(&fixture);
}
END_TEST

/* A chain of COUNT types with MODULE's at its end. */
static uint64_t derive(struct fixture *fixture, int count)
{
	uint64_t type = fixture->module_type;

	for (int i = 0; i < count; i++)
		type = make_type(fixture, "Derived", type, 0);
	return type;
}

/* A type whose name is at NAME, unless that is 0, and whose base is BASE. */
static uint64_t make_odd_type(struct fixture *fixture, const char *text,
			      uint64_t name, uint64_t base)
{
	uint64_t type = make_type(fixture, text, base, 0);

	if (name)
		fake_python_set(&fixture->fake, type,
				fixture->fake.offsets->type.name, name);
	return type;
}

enum base {
	BASE_NEAR,
	BASE_FAR,
	BASE_TOO_FAR,
	BASE_ITSELF,
	BASE_CIRCLE,
	BASE_NOWHERE,
	BASE_NONE,
	BASE_LONGER_NAME,
	BASE_SHORTER_NAME,
	BASE_NO_NAME,
	BASE_NAME_AT_END,
	BASE_COUNT,
};

static const bool base_is_module[BASE_COUNT] = {
	[BASE_NEAR] = true,
	[BASE_FAR] = true,
	[BASE_NAME_AT_END] = true,
};

static uint64_t type_of(struct fixture *fixture, enum base what)
{
	const uint64_t page = 0x50000000;
	uint64_t type, other, none = fixture->object_type;

	switch (what) {
	case BASE_NEAR:
		return derive(fixture, 1);
	case BASE_FAR:
		return derive(fixture, 7);
	case BASE_TOO_FAR:
		return derive(fixture, 8);
	case BASE_ITSELF:
	case BASE_CIRCLE:
		type = make_type(fixture, "first", 0, 0);
		other = make_type(fixture, "second", type, 0);
		fake_python_set(&fixture->fake, type,
				fixture->fake.offsets->type.base,
				what == BASE_ITSELF ? type : other);
		return type;
	case BASE_NOWHERE:
		return make_type(fixture, "odd", NOWHERE, 0);
	case BASE_NONE:
		return make_type(fixture, "odd", 0, 0);
	case BASE_LONGER_NAME:
		return make_type(fixture, "modules", none, 0);
	case BASE_SHORTER_NAME:
		return make_type(fixture, "modul", none, 0);
	case BASE_NO_NAME:
		return make_odd_type(fixture, "", NOWHERE, none);
	default:
		/* Behind it nothing can be read. */
		fake_target_write(fixture->target, page + PAGE - 2, "M", 2);
		return make_odd_type(fixture, "", page + PAGE - 2,
				     fixture->module_type);
	}
}

START_TEST(test_bases)
{
	for (int minor = MINOR_LISTS; minor <= FDP_PYTHON_MINOR_LAST; minor++) {
		struct fixture fixture;
		uint64_t type;

		setup(&fixture, minor);
		type = type_of(&fixture, (enum base)_i);
		add_module(&fixture,
			   fake_python_string(&fixture.fake, "derived"),
			   make_module(&fixture, type, EXTENSION));
		add_extension(&fixture, "last");
		place(&fixture, small);
		ck_assert_str_eq(names_of(&fixture), base_is_module[_i]
							     ? "derived last "
							     : "last ");
		teardown(&fixture);
	}
}
END_TEST

/* How many extensions are found. */
static size_t count_of(struct fixture *fixture)
{
	struct fdp_extensions extensions;

	ck_assert_int_eq(fdp_extensions_read(fixture->target,
					     fixture->fake.offsets,
					     fixture->interpreter,
					     &fixture->arena, &extensions),
			 0);
	return extensions.count;
}

/* A dict of COUNT times the same pair. */
static uint64_t make_flood(struct fixture *fixture, struct pair pair,
			   size_t count)
{
	struct pair *pairs = calloc(count, sizeof(*pairs));
	uint64_t dict;

	ck_assert_ptr_nonnull(pairs);
	for (size_t i = 0; i < count; i++)
		pairs[i] = pair;
	dict = make_dict(fixture, pairs, count, (struct shape){ 20, UNICODE });
	free(pairs);
	return dict;
}

/* Names that are longer than any module's are not kept, or even read. */
START_TEST(test_long_names)
{
	char *text = malloc(30000);
	struct fixture fixture;
	struct pair pair;
	uint64_t dict;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', 29999);
	text[29999] = '\0';
	setup(&fixture, _i);
	pair.key = fake_python_string(&fixture.fake, text);
	pair.value = make_module(&fixture, fixture.module_type, EXTENSION);
	dict = make_flood(&fixture, pair, 20000);
	set_interpreter(&fixture, dict, dict);
	ck_assert_uint_eq(count_of(&fixture), 0);
	teardown(&fixture);

	setup(&fixture, _i);
	text[500] = '\0';
	add_extension(&fixture, text);
	place(&fixture, small);
	ck_assert_uint_eq(count_of(&fixture), 1);
	teardown(&fixture);
	free(text);
}
END_TEST

/* As many entries as there may be in all three, and none is in the other: it
 * takes no hours. */
START_TEST(test_flood)
{
	const size_t count = FDP_CONTAINER_MAX;
	uint64_t *keys = calloc(count, sizeof(*keys));
	struct fixture fixture;
	uint64_t name, own, modules, sysdict;

	ck_assert_ptr_nonnull(keys);
	setup(&fixture, _i);
	name = fake_python_string(&fixture.fake, "a");
	for (size_t i = 0; i < count; i++)
		keys[i] = name;
	own = make_set(&fixture, fixture.frozenset_type, keys, count);
	add_to_sys(&fixture, "stdlib_module_names", own);
	sysdict = make_dict(&fixture, fixture.sysdict, 1, small);
	modules = make_flood(
		&fixture,
		(struct pair){
			fake_python_string(&fixture.fake, "b"),
			make_module(&fixture, fixture.module_type, EXTENSION) },
		count);
	set_interpreter(&fixture, modules, sysdict);
	ck_assert_uint_gt(count_of(&fixture), 1000);
	teardown(&fixture);
	free(keys);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("extensions");
	TCase *tests = tcase_create("extensions");
	const int first = FDP_PYTHON_MINOR_FIRST;
	const int end = FDP_PYTHON_MINOR_LAST + 1;

	tcase_add_loop_test(tests, test_dict, first, end);
	tcase_add_loop_test(tests, test_empty, first, end);
	tcase_add_loop_test(tests, test_damaged, 0, (int)ARRAY_SIZE(damages));
	tcase_add_loop_test(tests, test_no_dict, first, end);
	tcase_add_loop_test(tests, test_end, first, end);
	tcase_add_loop_test(tests, test_set, first, end);
	tcase_add_loop_test(tests, test_extensions, first, end);
	tcase_add_loop_test(tests, test_own, 0, OWN_COUNT);
	tcase_add_loop_test(tests, test_replaced, MINOR_LISTS, end);
	tcase_add_loop_test(tests, test_odd_modules, 0, ODD_COUNT);
	tcase_add_loop_test(tests, test_no_interpreter, first, end);
	tcase_add_loop_test(tests, test_names, MINOR_LISTS, end);
	tcase_add_loop_test(tests, test_values, MINOR_LISTS, end);
	tcase_add_loop_test(tests, test_bases, 0, BASE_COUNT);
	tcase_add_loop_test(tests, test_long_names, MINOR_LISTS, end);
	tcase_add_loop_test(tests, test_flood, 12, 13);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
