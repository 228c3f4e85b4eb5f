/* Reports from their JSON, and what of a report is to be seen. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/render/load.h"
#include "../../daemon/render/view.h"
#include "reports.h"
#include "suite.h"

static char why[FDP_LOAD_WHY_SIZE];

static int load(const char *text, struct fdp_report *report)
{
	memset(report, 0, sizeof(*report));
	why[0] = '\0';
	return fdp_report_load(text, strlen(text), report, why);
}

/* A stack that could not be followed, twice. */
static struct fdp_report torn_report(void)
{
	static struct fdp_frame frames[] = {
		{ .kind = FDP_FRAME_GAP,
		  .gap_bytes = 432,
		  .found = FDP_FOUND_SCAN },
		{ .kind = FDP_FRAME_GAP, .found = FDP_FOUND_ANCHOR },
	};
	static struct fdp_report_thread thread = { .tid = 8,
						   FRAMES(frames),
						   .merging = { "address", 5, 1,
								2, true } };
	struct fdp_report report = unknown_report();

	report.threads = &thread;
	report.thread_count = 1;
	return report;
}

/* All that has a place in JSON comes back: it makes the same JSON. */
START_TEST(what_is_loaded_is_what_was_written)
{
	struct fdp_report whole = _i == 2 ? torn_report()
				  : _i	  ? unknown_report()
					  : whole_report();
	struct fdp_report loaded;
	_cleanup_free_ char *json = render_json(&whole);
	_cleanup_free_ char *again = NULL;
	int r = load(json, &loaded);

	ck_assert_msg(r == 0, "%d: %s", r, why);
	again = render_json(&loaded);
	compare(again, json);
	fdp_report_done(&loaded);
}
END_TEST

static const struct {
	const char *text, *why;
} refused[] = {
	{ "", "line 1" },
	{ "null", "line 1" },
	{ "[]", "'schema'" },
	{ "{}", "'schema'" },
	{ "{\"schema\":1}", "'schema'" },
	{ "{\"schema\":\"fdpreload.report/2\"}", "'schema'" },
	{ "{\"schema\":\"fdpreload.report/1\"}x", "line 1" },
	{ "{\"schema\":\"fdpreload.report/1\",\"id\":1}",
	  "'id' in the report" },
	{ "{\"schema\":\"fdpreload.report/1\",\"time\":\"now\"}", "'time'" },
	{ "{\"schema\":\"fdpreload.report/1\",\"process\":[]}", "'process'" },
	{ "{\"schema\":\"fdpreload.report/1\",\"process\":{\"pid\":-2}}",
	  "'pid' in process" },
	{ "{\"schema\":\"fdpreload.report/1\",\"process\":{\"pid\":1e3}}",
	  "'pid' in process" },
	{ "{\"schema\":\"fdpreload.report/1\",\"signal\":{\"number\":65}}",
	  "'number' in signal" },
	{ "{\"schema\":\"fdpreload.report/1\",\"code_bytes\":\"0\"}",
	  "'code_bytes'" },
	{ "{\"schema\":\"fdpreload.report/1\",\"code_bytes\":"
	  "\"00112233445566778899aabbccddeeff00\"}",
	  "'code_bytes'" },
	{ "{\"schema\":\"fdpreload.report/1\",\"threads\":[1]}", "'threads'" },
	{ "{\"schema\":\"fdpreload.report/1\",\"threads\":[{\"frames\":"
	  "[{\"kind\":\"other\"}]}]}",
	  "'kind' in threads" },
	{ "{\"schema\":\"fdpreload.report/1\",\"threads\":[{\"frames\":"
	  "[{\"kind\":\"native\",\"pc\":\"0xzz\"}]}]}",
	  "'pc' in threads" },
	{ "{\"schema\":\"fdpreload.report/1\",\"threads\":[{\"frames\":"
	  "[{\"kind\":\"native\",\"pc\":\"0x00000000000000001\"}]}]}",
	  "'pc' in threads" },
	{ "{\"schema\":\"fdpreload.report/1\",\"threads\":[{\"handled\":[0]}]}",
	  "'handled' in threads" },
	{ "{\"schema\":\"fdpreload.report/1\",\"threads\":[{\"exceptions\":"
	  "[{\"cause\":1}]}]}",
	  "'cause' in threads" },
	{ "{\"schema\":\"fdpreload.report/1\",\"threads\":[{\"exceptions\":"
	  "[{\"group\":{\"exceptions\":[-1]}}]}]}",
	  "'exceptions' in threads" },
	{ "{\"schema\":\"fdpreload.report/1\",\"foreign_handlers\":[{}]}",
	  "'action' in foreign_handlers" },
	{ "{\"schema\":\"fdpreload.report/1\",\"annotations\":{\"a\":1}}",
	  "'a' in annotations" },
};

START_TEST(what_is_no_report_is_refused_in_words)
{
	struct fdp_report report;

	ck_assert_int_eq(load(refused[_i].text, &report), -EBADMSG);
	ck_assert_msg(strstr(why, refused[_i].why), "\"%s\" is not in \"%s\"",
		      refused[_i].why, why);
	fdp_report_done(&report);
}
END_TEST

/* Of an earlier version, or of one that says more. */
START_TEST(missing_and_unknown_fields_are_no_error)
{
	struct fdp_report report;

	ck_assert_int_eq(load("{\"schema\":\"fdpreload.report/1\","
			      "\"later\":{},\"threads\":[{}]}",
			      &report),
			 0);
	ck_assert_uint_eq(report.thread_count, 1);
	ck_assert_int_eq(report.threads[0].tid, 0);
	ck_assert_int_eq(report.threads[0].holds_gil, FDP_UNKNOWN);
	ck_assert(!report.threads[0].exceptions.is_raised);
	fdp_report_done(&report);
}
END_TEST

/* Letters: P and its number for a Python frame, n for a native one, - for a
 * gap. */
static struct fdp_report stack_of(struct fdp_report_thread *thread,
				  struct fdp_frame *frames, const char *letters)
{
	struct fdp_report report = unknown_report();

	memset(thread, 0, sizeof(*thread));
	for (size_t i = 0; letters[i]; i++) {
		memset(&frames[i], 0, sizeof(frames[i]));
		frames[i].kind = letters[i] == 'n'   ? FDP_FRAME_NATIVE
				 : letters[i] == '-' ? FDP_FRAME_GAP
						     : FDP_FRAME_PYTHON;
		frames[i].line = letters[i];
		frames[i].source = "source";
		thread->frame_count++;
	}
	thread->frames = frames;
	report.threads = thread;
	report.thread_count = 1;
	return report;
}

static const struct {
	struct fdp_view view;
	const char *stack, *seen;
} views[] = {
	{ { .no_native = false }, "n1n2n", "n1n2n" },
	{ { .no_native = true }, "n1n2n", "12" },
	{ { .no_native = true }, "nnn", "" },
	{ { .no_native = true }, "n-n1", "1" },
	{ { .limited = true, .limit = 1 }, "n1n2n3", "n1n" },
	{ { .limited = true, .limit = 2 }, "123", "12" },
	{ { .limited = true, .limit = 9 }, "n1n2n3", "n1n2n3" },
	{ { .limited = true, .limit = 0 }, "123", "" },
	{ { .limited = true, .limit = -1 }, "1n2n3n", "n3n" },
	{ { .limited = true, .limit = -2 }, "1n2n3n", "n2n3n" },
	{ { .limited = true, .limit = -9 }, "123", "123" },
	{ { .limited = true, .limit = -2, .no_native = true }, "1n2n3", "23" },
	{ { .limited = true, .limit = INT64_MIN }, "123", "123" },
};

START_TEST(limits_are_those_of_traceback)
{
	struct fdp_report_thread thread;
	struct fdp_frame frames[16];
	struct fdp_report report = stack_of(&thread, frames, views[_i].stack);
	char seen[17] = "";

	fdp_view_apply(&views[_i].view, &report);
	for (size_t i = 0; i < thread.frame_count; i++)
		seen[i] = (char)thread.frames[i].line;
	ck_assert_str_eq(seen, views[_i].seen);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("load");
	TCase *tcase = tcase_create("load");

	tcase_add_loop_test(tcase, what_is_loaded_is_what_was_written, 0, 3);
	tcase_add_loop_test(tcase, what_is_no_report_is_refused_in_words, 0,
			    ARRAY_SIZE(refused));
	tcase_add_test(tcase, missing_and_unknown_fields_are_no_error);
	tcase_add_loop_test(tcase, limits_are_those_of_traceback, 0,
			    ARRAY_SIZE(views));
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
