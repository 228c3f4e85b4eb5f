#include "text.h"

#include "../base/util.h"
#include "escape.h"

#define REGISTERS_PER_LINE 4

static void title(const struct fdp_text *text, const char *words)
{
	putc('\n', text->out);
	fdp_text_style(text, FDP_STYLE_TITLE);
	fputs(words, text->out);
	fdp_text_style(text, FDP_STYLE_PLAIN);
	putc('\n', text->out);
}

static void write_registers(const struct fdp_text *text)
{
	const struct fdp_registers *registers = &text->report->registers;
	FILE *out = text->out;

	if (!text->report->has_registers)
		return;
	title(text, "Registers of the crashed thread:");
	for (size_t i = 0; i < FDP_REGISTER_COUNT; i++) {
		fprintf(out, "  %-3s 0x%016llx", fdp_register_names[i],
			(unsigned long long)registers->general[i]);
		if (i % REGISTERS_PER_LINE == REGISTERS_PER_LINE - 1)
			putc('\n', out);
	}
	fprintf(out, "  eflags 0x%llx  fs_base 0x%llx\n",
		(unsigned long long)registers->flags,
		(unsigned long long)registers->thread_pointer);
}

static void write_code(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;

	if (!report->has_registers)
		return;
	fprintf(text->out, "\nBytes at pc 0x%llx:",
		(unsigned long long)report->registers.general[FDP_REGISTER_PC]);
	for (size_t i = 0; i < report->code_byte_count; i++)
		fprintf(text->out, " %02x", report->code_bytes[i]);
	fputs(report->code_byte_count ? "\n" : " cannot be read\n", text->out);
}

static void write_extensions(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;

	if (report->python.extension_count == 0)
		return;
	title(text,
	      "Extension modules that are not Python's own (name, file):");
	for (size_t i = 0; i < report->python.extension_count; i++) {
		fputs("  ", text->out);
		fdp_escape_string(text->out, report->python.extensions[i].name);
		fputs("  ", text->out);
		fdp_escape_string(text->out, report->python.extensions[i].file);
		putc('\n', text->out);
	}
}

static void write_modules(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;

	if (report->module_count == 0)
		return;
	title(text, "Modules (addresses, build-id, file):");
	for (size_t i = 0; i < report->module_count; i++) {
		const struct fdp_module *module = &report->modules[i];

		fprintf(text->out, "  0x%012llx-0x%012llx  %-40s  ",
			(unsigned long long)module->start,
			(unsigned long long)module->end,
			module->build_id ? module->build_id : "-");
		fdp_escape_string(text->out, module->path ? module->path : "?");
		putc('\n', text->out);
	}
}

void fdp_text_state(const struct fdp_text *text)
{
	write_registers(text);
	write_code(text);
	write_extensions(text);
	write_modules(text);
}
