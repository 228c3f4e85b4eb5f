/* Greenlets: how they are shown, written and loaded. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/render/load.h"
#include "reports.h"
#include "suite.h"

static const char shown[] =
	"\n7 greenlets\n"
	"\n"
	"Main greenlet 0x10 (greenlet.greenlet) in thread 4713 \"worker\", "
	"running, the stack is that of the thread\n"
	"\n"
	"Greenlets 0x20, 0x30 (gevent.Greenlet) in thread 4713 \"worker\", "
	"suspended, child of 0x10, most recent call first:\n"
	"  File \"/srv/app/app.py\", line 7, in main\n"
	"\n"
	"Greenlet 0x40 (gevent.Greenlet), suspended, read when the process ran "
	"again, most recent call first:\n"
	"  File \"/srv/app/app.py\", line 7, in main\n"
	"  ... the rest could not be read\n"
	"\n"
	"Greenlets 0x50, 0x60 (greenlet.greenlet), never started, calls main, "
	"child of 0x10\n"
	"\n"
	"Greenlet 0x70 (greenlet.greenlet), running\n";

static struct fdp_report greenlets_report(void)
{
	static struct fdp_frame frame = { .kind = FDP_FRAME_PYTHON,
					  .function = "main",
					  .qualname = "main",
					  .file = "/srv/app/app.py",
					  .line = 7,
					  .column = -1,
					  .end_column = -1 };
	static struct fdp_report_thread thread = { .tid = 4713,
						   .name = "worker" };
	static struct fdp_greenlet list[] = {
		{ .address = 0x10,
		  .type = "greenlet.greenlet",
		  .main = true,
		  .state = FDP_GREENLET_RUNNING,
		  .tid = 4713,
		  .parent = FDP_UNKNOWN },
		{ .address = 0x20,
		  .type = "gevent.Greenlet",
		  .state = FDP_GREENLET_SUSPENDED,
		  .tid = 4713,
		  .frames = &frame,
		  .frame_count = 1 },
		{ .address = 0x30,
		  .type = "gevent.Greenlet",
		  .state = FDP_GREENLET_SUSPENDED,
		  .tid = 4713,
		  .frames = &frame,
		  .frame_count = 1 },
		{ .address = 0x40,
		  .type = "gevent.Greenlet",
		  .state = FDP_GREENLET_SUSPENDED,
		  .late = true,
		  .truncated = true,
		  .parent = FDP_UNKNOWN,
		  .frames = &frame,
		  .frame_count = 1 },
		{ .address = 0x50,
		  .type = "greenlet.greenlet",
		  .function = "main" },
		{ .address = 0x60,
		  .type = "greenlet.greenlet",
		  .function = "main" },
		{ .address = 0x70,
		  .type = "greenlet.greenlet",
		  .state = FDP_GREENLET_RUNNING,
		  .parent = FDP_UNKNOWN },
	};
	struct fdp_report report = unknown_report();

	report.kind = "dump";
	report.threads = &thread;
	report.thread_count = 1;
	report.greenlets = (struct fdp_greenlets){ list, ARRAY_SIZE(list) };
	return report;
}

START_TEST(greenlets_are_shown)
{
	const struct fdp_report report = greenlets_report();
	_cleanup_free_ char *text = render(&report, false, false);
	const char *found = strstr(text, "\n7 greenlets");

	ck_assert_ptr_nonnull(found);
	ck_assert_str_eq(found, shown);
}
END_TEST

START_TEST(greenlets_come_back)
{
	const struct fdp_report report = greenlets_report();

	comes_back(&report);
}
END_TEST

static const struct {
	const char *members, *why;
} refused[] = {
	{ "\"state\":\"dead\"", "'state' in greenlets" },
	{ "\"state\":\"running\",\"parent\":1", "'parent' in greenlets" },
	{ "\"state\":\"running\",\"parent\":\"a\"", "'parent' in greenlets" },
	{ "\"state\":\"running\",\"tid\":\"a\"", "'tid' in greenlets" },
	{ "\"state\":\"running\",\"frames\":1", "'frames' in greenlets" },
};

START_TEST(what_is_no_greenlet_is_refused)
{
	char member[256];

	snprintf(member, sizeof(member), "\"greenlets\":[{%s}]",
		 refused[_i].members);
	is_refused(member, refused[_i].why);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("render_greenlets");
	TCase *tcase = tcase_create("greenlets");

	tcase_add_test(tcase, greenlets_are_shown);
	tcase_add_test(tcase, greenlets_come_back);
	tcase_add_loop_test(tcase, what_is_no_greenlet_is_refused, 0,
			    ARRAY_SIZE(refused));
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
