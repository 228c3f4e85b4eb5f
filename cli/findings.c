#include "findings.h"

#include <errno.h>
#include <stdarg.h>

#include "../daemon/base/util.h"
#include "../daemon/render/escape.h"

static struct fdp_finding *make_room(struct fdp_findings *findings)
{
	size_t capacity = findings->capacity ? 2 * findings->capacity : 32;
	struct fdp_finding *items;

	if (findings->count < findings->capacity)
		return &findings->items[findings->count];
	items = reallocarray(findings->items, capacity, sizeof(*items));
	if (!items)
		return NULL;
	findings->items = items;
	findings->capacity = capacity;
	return &items[findings->count];
}

__attribute__((format(printf, 4, 0))) static void
add(struct fdp_findings *findings, enum fdp_finding_level level,
    const char *check, const char *format, va_list arguments)
{
	struct fdp_finding *finding = make_room(findings);
	char *text;

	if (!finding || vasprintf(&text, format, arguments) < 0) {
		findings->incomplete = true;
		return;
	}
	*finding = (struct fdp_finding){
		.level = level,
		.check = check,
		.text = text,
	};
	findings->count++;
}

void fdp_found_ok(struct fdp_findings *findings, const char *check,
		  const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(findings, FDP_FINDING_OK, check, format, arguments);
	va_end(arguments);
}

void fdp_found_note(struct fdp_findings *findings, const char *check,
		    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(findings, FDP_FINDING_NOTE, check, format, arguments);
	va_end(arguments);
}

void fdp_found_problem(struct fdp_findings *findings, const char *check,
		       const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(findings, FDP_FINDING_PROBLEM, check, format, arguments);
	va_end(arguments);
}

void fdp_found_advice(struct fdp_findings *findings, const char *format, ...)
{
	va_list arguments;
	char *advice;

	if (findings->count == 0)
		return;
	va_start(arguments, format);
	if (vasprintf(&advice, format, arguments) < 0) {
		findings->incomplete = true;
	} else {
		free(findings->items[findings->count - 1].advice);
		findings->items[findings->count - 1].advice = advice;
	}
	va_end(arguments);
}

bool fdp_findings_have_problem(const struct fdp_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].level == FDP_FINDING_PROBLEM)
			return true;
	return false;
}

int fdp_findings_write_text(const struct fdp_findings *findings, FILE *out)
{
	static const char *const words[] = {
		[FDP_FINDING_OK] = "ok",
		[FDP_FINDING_NOTE] = "note",
		[FDP_FINDING_PROBLEM] = "PROBLEM",
	};

	for (size_t i = 0; i < findings->count; i++) {
		const struct fdp_finding *finding = &findings->items[i];

		fprintf(out, "%-7s  %s: ", words[finding->level],
			finding->check);
		fdp_escape_string(out, finding->text);
		if (finding->advice) {
			fputs("; ", out);
			fdp_escape_string(out, finding->advice);
		}
		putc('\n', out);
	}
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}

void fdp_findings_done(struct fdp_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->items[i].text);
		free(findings->items[i].advice);
	}
	free(findings->items);
	*findings = (struct fdp_findings){ .items = NULL };
}
