/*
 * Objects in the memory of a fake CPython: those that locals hold.
 */
#ifndef FDP_TESTS_FAKE_OBJECTS_H
#define FDP_TESTS_FAKE_OBJECTS_H

#include "fake_python.h"

struct fake_objects {
	struct fake_python python;
	uint64_t type_type, object_type;
	uint64_t integer_type, real_type, list_type, tuple_type, dict_type;
	uint64_t set_type, cell_type;
};

/* A place in the fake process where nothing can be read. */
#define FAKE_NOWHERE UINT64_C(0xdead0000)

void fake_objects_start(struct fake_objects *objects, struct fdp_target *target,
			int number);

/* The types alone, of an interpreter that has been started: its PYTHON. */
void fake_objects_types(struct fake_objects *objects);

/* A type of types that was not made by a class statement. */
uint64_t fake_type(struct fake_objects *objects, const char *name,
		   uint64_t base, uint64_t flags);

/* One that was, in the module "m"; its instances have no attributes. */
uint64_t fake_class(struct fake_objects *objects, const char *name,
		    uint64_t base);

/* 512 zeroed bytes, of which 128 are before the object, of TYPE. */
uint64_t fake_object(struct fake_objects *objects, uint64_t type);

uint64_t fake_integer(struct fake_objects *objects, int32_t value);
uint64_t fake_real(struct fake_objects *objects, double value);
uint64_t fake_string(struct fake_objects *objects, const char *ascii);
uint64_t fake_cell(struct fake_objects *objects, uint64_t contents);

/* COUNT items; those of a list can be changed at the address that its items
 * field says, those of a tuple at the field. */
uint64_t fake_list(struct fake_objects *objects, const uint64_t *items,
		   size_t count);
uint64_t fake_tuple(struct fake_objects *objects, const uint64_t *items,
		    size_t count);

/* COUNT keys and values, by turns. */
uint64_t fake_dict(struct fake_objects *objects, const uint64_t *pairs,
		   size_t count);

/* The same with integers as keys, of which a dict knows the hashes. */
uint64_t fake_numbers(struct fake_objects *objects, const uint64_t *pairs,
		      size_t count);

/* A module of sys.modules, whose globals are DICT. */
uint64_t fake_module(struct fake_objects *objects, uint64_t dict);

/* Gives OBJECT, whose class is TYPE, the attributes in DICT. */
void fake_set_attributes(struct fake_objects *objects, uint64_t object,
			 uint64_t type, uint64_t dict);

/* Keys that share a dict's layout but have their values elsewhere. */
uint64_t fake_shared_keys(struct fake_objects *objects, const uint64_t *keys,
			  size_t count);

/* A set with COUNT places; 0: the place is free. */
uint64_t fake_set(struct fake_objects *objects, const uint64_t *places,
		  size_t count);

#endif
