#include "text.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"
#include "escape.h"

void fdp_text_style(const struct fdp_text *text, enum fdp_style style)
{
	static const char *const codes[] = {
		[FDP_STYLE_PLAIN] = "\033[0m",
		[FDP_STYLE_HEADLINE] = "\033[1;31m",
		[FDP_STYLE_TITLE] = "\033[1m",
		[FDP_STYLE_CODE] = "\033[35m",
		[FDP_STYLE_MARK] = "\033[1;31m",
		[FDP_STYLE_FAINT] = "\033[2m",
	};

	if (text->color)
		fputs(codes[style], text->out);
}

size_t fdp_text_wrap(const struct fdp_text *text, size_t column, size_t indent,
		     const char *string)
{
	bool first = true;

	while (*string) {
		size_t length = strcspn(string, " ");
		size_t width = fdp_escape(NULL, string, length);

		if (!first && column + 1 + width > FDP_TEXT_WIDTH) {
			fprintf(text->out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			putc(' ', text->out);
			column++;
		}
		fdp_escape(text->out, string, length);
		column += width;
		first = false;
		string += length + (string[length] == ' ');
	}
	return column;
}

static int render_brief(const struct fdp_text *text, const char *log)
{
	int r;

	fdp_text_headline(text);
	fdp_text_cause(text);
	r = fdp_text_crashed(text);
	fdp_text_others_brief(text);
	if (!log)
		return r;
	fputs("\nFull report: ", text->out);
	fdp_escape_string(text->out, log);
	putc('\n', text->out);
	return r;
}

static int render_full(const struct fdp_text *text)
{
	int r;

	fdp_text_headline(text);
	putc('\n', text->out);
	fdp_text_cause(text);
	fdp_text_facts(text);
	r = fdp_text_crashed(text);
	if (r == 0)
		r = fdp_text_others(text);
	if (r == 0)
		r = fdp_text_tasks(text);
	if (r == 0)
		r = fdp_text_greenlets(text);
	if (fdp_report_has_signal(text->report))
		fdp_text_state(text);
	return r;
}

int fdp_render_text(const struct fdp_report *report,
		    const struct fdp_text_options *options, FILE *output)
{
	struct fdp_text text = {
		.out = output,
		.report = report,
		.color = options->color,
		.brief = options->brief,
		.recent_last = options->recent_last,
	};
	int r = 0;

	if (options->brief)
		r = render_brief(&text, options->log);
	else
		r = render_full(&text);
	return ferror(output) ? -EIO : r;
}
