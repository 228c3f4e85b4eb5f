#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "alike.h"
#include "escape.h"
#include "fold.h"
#include "text.h"

/* As of tasks: addresses in a list, and sections of greenlets that are alike.
 */
#define ADDRESSES_SHOWN 4
#define SECTIONS_MAX 100

/* The frames of one, for what compares and writes those of threads. */
static struct fdp_report_thread stack_of(const struct fdp_greenlet *greenlet)
{
	return (struct fdp_report_thread){
		.frames = greenlet->frames,
		.frame_count = greenlet->frame_count,
	};
}

static bool same_string(const char *left, const char *right)
{
	return left == right || (left && right && strcmp(left, right) == 0);
}

/* All that is said of one but its address is the same. */
static bool is_alike(const void *list, size_t left_place, size_t right_place)
{
	const struct fdp_greenlet *left =
		(const struct fdp_greenlet *)list + left_place;
	const struct fdp_greenlet *right =
		(const struct fdp_greenlet *)list + right_place;
	struct fdp_report_thread left_stack = stack_of(left);
	struct fdp_report_thread right_stack = stack_of(right);

	return left->state == right->state && left->main == right->main &&
	       left->late == right->late &&
	       left->truncated == right->truncated && left->tid == right->tid &&
	       left->parent == right->parent &&
	       same_string(left->type, right->type) &&
	       same_string(left->function, right->function) &&
	       fdp_stack_equal(&left_stack, &right_stack);
}

static void group(const struct fdp_greenlets *greenlets,
		  struct fdp_alike *groups)
{
	for (size_t i = 0; i < greenlets->count; i++) {
		struct fdp_report_thread stack = stack_of(&greenlets->list[i]);

		groups[i].hash = fdp_stack_hash(&stack);
		groups[i].item = i;
	}
	fdp_alike_group(groups, greenlets->count, is_alike, greenlets->list);
}

static void write_address(const struct fdp_text *text, size_t place)
{
	fprintf(text->out, "0x%llx",
		(unsigned long long)text->report->greenlets.list[place]
			.address);
}

/* "Greenlet 0x10", "5 greenlets 0x10, 0x20, 0x30, 0x40 and 1 more" */
static void write_addresses(const struct fdp_text *text,
			    const struct fdp_alike *groups, size_t count)
{
	bool main = text->report->greenlets.list[groups[0].item].main;

	if (count > ADDRESSES_SHOWN)
		fprintf(text->out, "%zu ", count);
	fputs(main ? count > ADDRESSES_SHOWN ? "main greenlet" : "Main greenlet"
	      : count > ADDRESSES_SHOWN ? "greenlet"
					: "Greenlet",
	      text->out);
	fputs(count > 1 ? "s " : " ", text->out);
	for (size_t i = 0; i < count && i < ADDRESSES_SHOWN; i++) {
		if (i > 0)
			fputs(", ", text->out);
		write_address(text, groups[i].item);
	}
	if (count > ADDRESSES_SHOWN)
		fprintf(text->out, " and %zu more", count - ADDRESSES_SHOWN);
}

static void write_state(const struct fdp_text *text,
			const struct fdp_greenlet *greenlet)
{
	if (greenlet->tid) {
		fputs(" in thread ", text->out);
		fdp_text_thread_of(text, greenlet->tid);
	}
	switch (greenlet->state) {
	case FDP_GREENLET_UNSTARTED:
		fputs(", never started", text->out);
		break;
	case FDP_GREENLET_RUNNING:
		fputs(greenlet->tid ? ", running, the stack is that of the "
				      "thread"
				    : ", running",
		      text->out);
		break;
	case FDP_GREENLET_SUSPENDED:
		fputs(", suspended", text->out);
		break;
	}
	if (greenlet->function) {
		fputs(", calls ", text->out);
		fdp_escape_string(text->out, greenlet->function);
	}
	if (greenlet->parent >= 0) {
		fputs(", child of ", text->out);
		write_address(text, (size_t)greenlet->parent);
	}
	if (greenlet->late)
		fputs(", read when the process ran again", text->out);
}

static void write_section(const struct fdp_text *text,
			  const struct fdp_alike *groups, size_t count)
{
	const struct fdp_greenlet *greenlet =
		&text->report->greenlets.list[groups[0].item];
	struct fdp_report_thread stack = stack_of(greenlet);

	putc('\n', text->out);
	fdp_text_style(text, FDP_STYLE_TITLE);
	write_addresses(text, groups, count);
	if (greenlet->type) {
		fputs(" (", text->out);
		fdp_escape_string(text->out, greenlet->type);
		putc(')', text->out);
	}
	write_state(text, greenlet);
	if (greenlet->frame_count)
		fprintf(text->out, ", most recent call %s:",
			text->recent_last ? "last" : "first");
	fdp_text_style(text, FDP_STYLE_PLAIN);
	putc('\n', text->out);
	if (greenlet->truncated && text->recent_last)
		fputs("  ... the rest could not be read\n", text->out);
	if (greenlet->frame_count && text->recent_last)
		fdp_text_stack_last(text, &stack);
	else if (greenlet->frame_count)
		fdp_text_stack(text, &stack);
	if (greenlet->truncated && !text->recent_last)
		fputs("  ... the rest could not be read\n", text->out);
}

static void write_sections(const struct fdp_text *text,
			   const struct fdp_alike *groups)
{
	size_t count = text->report->greenlets.count;
	size_t sections = 0;

	for (size_t first = 0, end; first < count; first = end) {
		end = fdp_alike_end(groups, count, first);
		if (sections++ == SECTIONS_MAX) {
			fprintf(text->out,
				"\n... and %zu more greenlets, which the JSON "
				"form shows\n",
				count - first);
			return;
		}
		write_section(text, groups + first, end - first);
	}
}

int fdp_text_greenlets(const struct fdp_text *text)
{
	const struct fdp_greenlets *greenlets = &text->report->greenlets;
	_cleanup_free_ struct fdp_alike *groups = NULL;

	if (greenlets->count == 0)
		return 0;
	groups = calloc(greenlets->count, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	fprintf(text->out, "\n%zu greenlet%s\n", greenlets->count,
		greenlets->count == 1 ? "" : "s");
	group(greenlets, groups);
	write_sections(text, groups);
	return 0;
}
