/*
 * What the parts of represent.h share.  Each function that writes a value
 * returns 0; -EBADMSG, -EFAULT and the like if there is none; or -ENOMEM.
 */
#ifndef FDP_PYTHON_REPRESENT_INTERNAL_H
#define FDP_PYTHON_REPRESENT_INTERNAL_H

#include "../base/arena.h"
#include "represent.h"
#include "types.h"
#include "writer.h"

struct fdp_values {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_report *report;
	struct fdp_types *types;
	struct fdp_arena scratch; /* of one value */
	struct fdp_writer writer;
	uint64_t frame_left, report_left;   /* steps */
	uint64_t open[FDP_VALUE_DEPTH_MAX]; /* objects around this one */
	size_t depth;
	bool plain;  /* without attributes */
	bool failed; /* no memory */
};

/* represent.c: the value at ADDRESS, whatever it is; never fails. */
void fdp_value_write(struct fdp_values *values, uint64_t address);

/* False if there are fewer steps left; then none are. */
bool fdp_value_pay(struct fdp_values *values, uint64_t steps);

/*
 * Goes into the object at ADDRESS, and out of it again.  False if it is one
 * that we are in, or too deep.
 */
bool fdp_value_enter(struct fdp_values *values, uint64_t address);
void fdp_value_leave(struct fdp_values *values);

/* The str at ADDRESS, cut where names are; NULL if there is none. */
const char *fdp_value_name(struct fdp_values *values, uint64_t address);

/* A word of an object. */
int fdp_value_field(struct fdp_values *values, uint64_t address, uint32_t field,
		    uint64_t *ret_value);

/* represent_containers.c */
int fdp_value_write_list(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type);
int fdp_value_write_tuple(struct fdp_values *values, uint64_t address,
			  const struct fdp_type *type);
int fdp_value_write_dict(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type);
int fdp_value_write_set(struct fdp_values *values, uint64_t address,
			const struct fdp_type *type);
int fdp_value_write_exception(struct fdp_values *values, uint64_t address,
			      const struct fdp_type *type);

/* represent_objects.c: what repr() writes in angle brackets. */
int fdp_value_write_function(struct fdp_values *values, uint64_t address,
			     const struct fdp_type *type);
int fdp_value_write_method(struct fdp_values *values, uint64_t address,
			   const struct fdp_type *type);
int fdp_value_write_builtin(struct fdp_values *values, uint64_t address,
			    const struct fdp_type *type);
int fdp_value_write_module(struct fdp_values *values, uint64_t address,
			   const struct fdp_type *type);
int fdp_value_write_code(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type);
int fdp_value_write_generator(struct fdp_values *values, uint64_t address,
			      const struct fdp_type *type);
int fdp_value_write_type(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type);
int fdp_value_write_cell(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type);

/* represent_arrays.c: an array of numpy. */
int fdp_value_write_array(struct fdp_values *values, uint64_t address,
			  const struct fdp_type *type);

/* represent_27.c */
int fdp_value_write_word(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type);
int fdp_value_write_long(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type);
int fdp_value_write_xrange(struct fdp_values *values, uint64_t address,
			   const struct fdp_type *type);
int fdp_value_write_classic_class(struct fdp_values *values, uint64_t address,
				  const struct fdp_type *type);
int fdp_value_write_classic_instance(struct fdp_values *values,
				     uint64_t address,
				     const struct fdp_type *type);

/* "<bound method C.f", or "<unbound method C.f" if SELF is 0. */
int fdp_value_write_method_27(struct fdp_values *values, uint64_t address,
			      const char *function, uint64_t self);
int fdp_value_write_module_27(struct fdp_values *values, uint64_t address);

/* instances.c: an object of which nothing but its class is known. */
int fdp_value_write_instance(struct fdp_values *values, uint64_t address,
			     const struct fdp_type *type);

/* Behind what it is: " {name=value, ...}", if it has some. */
void fdp_value_write_attributes(struct fdp_values *values, uint64_t address,
				const struct fdp_type *type);

#endif
