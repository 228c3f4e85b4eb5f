#include <errno.h>
#include <jansson.h>

#include "../daemon/base/util.h"
#include "../daemon/render/escape.h"
#include "findings.h"

/* NULL: no memory; null for a NULL string. */
static json_t *text(const char *string)
{
	_cleanup_free_ char *clean = NULL;
	size_t size;

	if (!string)
		return json_null();
	clean = fdp_utf8_replace(string, &size);
	return clean ? json_stringn(clean, size) : NULL;
}

static json_t *make_finding(const struct fdp_finding *finding)
{
	static const char *const words[] = {
		[FDP_FINDING_OK] = "ok",
		[FDP_FINDING_NOTE] = "note",
		[FDP_FINDING_PROBLEM] = "problem",
	};

	return json_pack("{s:s, s:s, s:o, s:o}", "check", finding->check,
			 "result", words[finding->level], "text",
			 text(finding->text), "advice", text(finding->advice));
}

static json_t *make_findings(const struct fdp_findings *findings)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < findings->count; i++)
		if (json_array_append_new(
			    array, make_finding(&findings->items[i])) < 0) {
			json_decref(array);
			array = NULL;
		}
	return array;
}

int fdp_findings_write_json(const struct fdp_findings *findings, int pid,
			    FILE *out)
{
	json_t *root = json_pack("{s:s, s:s, s:o, s:b, s:o}", "schema",
				 "fdpreload.doctor/1", "version", FDP_VERSION,
				 "pid", pid ? json_integer(pid) : json_null(),
				 "well", !fdp_findings_have_problem(findings),
				 "checks", make_findings(findings));
	int r = root ? json_dumpf(root, out, JSON_ENSURE_ASCII | JSON_COMPACT)
		     : -1;

	json_decref(root);
	if (r == 0)
		putc('\n', out);
	return r < 0 || fflush(out) != 0 ? -EIO : 0;
}
