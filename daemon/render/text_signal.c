#include "text.h"

#include <string.h>

#include "escape.h"

void fdp_text_signal_name(FILE *out, const char *name, int number)
{
	if (name)
		fputs(name, out);
	else
		fprintf(out, "signal %d", number);
}

static void write_signal(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;
	FILE *out = fdp_text_label(text, "Signal:");

	if (report->signal.name)
		fprintf(out, "%s (%d)", report->signal.name,
			report->signal.number);
	else
		fprintf(out, "%d", report->signal.number);
	if (report->signal.code_name)
		fprintf(out, ", %s (%d)", report->signal.code_name,
			report->signal.code);
	else if (!report->signal.code_unknown)
		fprintf(out, ", code %d", report->signal.code);
	if (report->signal.has_address)
		fprintf(out, ", address 0x%llx",
			(unsigned long long)report->signal.address);
	if (report->signal.has_sender)
		fprintf(out, ", sent by process %ld (uid %ld)",
			report->signal.sender_pid, report->signal.sender_uid);
	if (report->signal.blocked)
		fputs(", which the thread had blocked", out);
	putc('\n', out);
}

/* "/path/lib.so+0x1234 (symbol)" */
static void write_handler(FILE *out, const struct fdp_handler *handler)
{
	if (handler->module && handler->module->path) {
		fdp_escape_string(out, handler->module->path);
		fprintf(out, "+0x%llx",
			(unsigned long long)(handler->address -
					     handler->module->bias));
	} else {
		fprintf(out, "0x%llx", (unsigned long long)handler->address);
	}
	if (handler->function) {
		fputs(" (", out);
		fdp_escape_string(out, handler->function);
		putc(')', out);
	}
}

static void write_foreign(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;

	for (size_t i = 0; i < report->foreign_count; i++) {
		const struct fdp_foreign_handler *foreign = &report->foreign[i];
		FILE *out = fdp_text_label(text, i ? "" : "Replaced:");

		fdp_text_signal_name(out, foreign->name, foreign->signal);
		if (foreign->handler.address) {
			fputs(": handler replaced by a raw system call: ", out);
			write_handler(out, &foreign->handler);
		} else {
			fprintf(out, ": set to %s by a raw system call",
				strcmp(foreign->action, "ignore") == 0
					? "SIG_IGN"
					: "SIG_DFL");
		}
		putc('\n', out);
	}
}

void fdp_text_signal(const struct fdp_text *text)
{
	write_signal(text);
	write_foreign(text);
}
