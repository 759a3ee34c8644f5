// SPDX-License-Identifier: GPL-2.0
/* KUnit: what the report of a live update makes of a handover, of none, and of
 * one that says what can't be.
 */
#include <kunit/test.h>

/* The file under test has no state and no user but these */
#include "../lunic_course.c"

#define MS	1000000ULL

struct lunic_course_test {
	struct lunic_ho_phases phases;
	struct lunic_ho_view view;
	struct lunic_course course;
	struct lunic_ioctl_report report;
};

/* Sealed at 5 s by the device's clock, found at 5.9 s, 0.3 s after the new
 * kernel's clock began
 */
static int lunic_course_init(struct kunit *test)
{
	struct lunic_course_test *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	t->phases = (struct lunic_ho_phases){
		.cycles = 5000 * MS, .timinca = 1, .realtime = 77,
		.ages = { 900 * MS, 850 * MS, 60 * MS, MS },
		.release = "7.3.4-old",
	};
	t->view.phases = &t->phases;
	t->course.arrived = (struct lunic_clocks){
		.timinca = 1, .cycles = 5900 * MS, .boot = 300 * MS,
	};
	test->priv = t;
	return 0;
}

static void take(struct lunic_course_test *t, const char *why)
{
	lunic_course_take(&t->course, &t->view, why);
	lunic_course_fill(&t->course, &t->report);
}

static void lunic_course_whole(struct kunit *test)
{
	struct lunic_course_test *t = test->priv;

	take(t, NULL);
	KUNIT_EXPECT_EQ(test, t->report.outcome, LUNIC_OUTCOME_ADOPTED);
	KUNIT_EXPECT_EQ(test, t->report.phases, BIT(LUNIC_PHASE_PROBE) - 1);
	KUNIT_EXPECT_EQ(test, t->report.flags, LUNIC_REPORT_F_GAP);
	KUNIT_EXPECT_EQ(test, t->report.start, 600 * MS);
	KUNIT_EXPECT_EQ(test, t->report.at[LUNIC_PHASE_PRESERVE], 900 * MS);
	KUNIT_EXPECT_EQ(test, t->report.at[LUNIC_PHASE_QUIET], MS);
	KUNIT_EXPECT_EQ(test, t->report.at[LUNIC_PHASE_SEALED], 0);
	KUNIT_EXPECT_EQ(test, t->report.sealed_time, 77);
	KUNIT_EXPECT_STREQ(test, (char *)t->report.from, "7.3.4-old");
}

/* From a driver that does not tell */
static void lunic_course_missing(struct kunit *test)
{
	struct lunic_course_test *t = test->priv;

	t->view.phases = NULL;
	take(t, NULL);
	KUNIT_EXPECT_EQ(test, t->report.outcome, LUNIC_OUTCOME_ADOPTED);
	KUNIT_EXPECT_EQ(test, t->report.phases, 0);
	KUNIT_EXPECT_EQ(test, t->report.flags, 0);
	KUNIT_EXPECT_EQ(test, t->report.from[0], 0);
}

static void lunic_course_refused(struct kunit *test)
{
	struct lunic_course_test *t = test->priv;
	struct lunic_ho_stats stats = {};

	t->view.stats = &stats;
	take(t, "it was not completed");
	KUNIT_EXPECT_EQ(test, t->report.outcome, LUNIC_OUTCOME_REFUSED);
	KUNIT_EXPECT_STREQ(test, (char *)t->report.reason,
			   "it was not completed");
	KUNIT_EXPECT_EQ(test, t->report.flags, LUNIC_REPORT_F_GAP);
}

/* A clock that was reset, stood still, ran back, or runs at another rate */
static void lunic_course_no_clock(struct kunit *test)
{
	static const struct lunic_clocks wrong[] = {
		{ .timinca = 0, .cycles = 5900 * MS, .boot = 300 * MS },
		{ .timinca = 2, .cycles = 5900 * MS, .boot = 300 * MS },
		{ .timinca = 1, .cycles = 5000 * MS, .boot = 300 * MS },
		{ .timinca = 1, .cycles = 300 * MS, .boot = 300 * MS },
		{ .timinca = 1, .cycles = U64_MAX, .boot = 300 * MS },
	};
	struct lunic_course_test *t = test->priv;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		t->course.arrived = wrong[i];
		take(t, NULL);
		KUNIT_EXPECT_EQ_MSG(test, t->report.flags, 0, "clock %u", i);
	}
	t->course.arrived = (struct lunic_clocks){ .cycles = 5900 * MS };
	t->phases.timinca = 0;
	take(t, NULL);
	KUNIT_EXPECT_EQ(test, t->report.flags, 0);
}

/* No end of the name, phases that never came */
static void lunic_course_odd(struct kunit *test)
{
	struct lunic_course_test *t = test->priv;

	memset(t->phases.release, 'x', sizeof(t->phases.release));
	t->phases.ages[LUNIC_PHASE_FREEZE] = LUNIC_HO_NEVER;
	take(t, NULL);
	KUNIT_EXPECT_EQ(test, strnlen((char *)t->report.from,
				      LUNIC_RELEASE_LEN),
			LUNIC_RELEASE_LEN - 1);
	KUNIT_EXPECT_FALSE(test, t->report.phases & BIT(LUNIC_PHASE_FREEZE));
	KUNIT_EXPECT_EQ(test, t->report.at[LUNIC_PHASE_FREEZE], 0);
}

/* The one with the least room left is told of, a full one as an overrun */
static void lunic_course_rings(struct kunit *test)
{
	struct lunic_course_test *t = test->priv;

	lunic_course_note_ring(&t->course, 0, 0, 1000);
	lunic_course_note_ring(&t->course, 1, 50, 100);
	lunic_course_note_ring(&t->course, 2, 400, 1000);
	KUNIT_EXPECT_EQ(test, t->course.ring_queue, 1);
	KUNIT_EXPECT_EQ(test, t->course.ring_used, 50);
	KUNIT_EXPECT_EQ(test, t->course.flags, 0);
	lunic_course_note_ring(&t->course, 3, 63, 63);
	KUNIT_EXPECT_EQ(test, t->course.ring_queue, 3);
	KUNIT_EXPECT_EQ(test, t->course.ring_posted, 63);
	KUNIT_EXPECT_EQ(test, t->course.flags, LUNIC_REPORT_F_OVERRUN);
}

/* Counters that an older driver does not have count from zero */
static void lunic_course_counts(struct kunit *test)
{
	struct lunic_course_test *t = test->priv;
	struct lunic_ho_stats *stats;

	stats = kunit_kzalloc(test, struct_size(stats, values, 3), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, stats);
	stats->nr = 3;
	stats->values[LUNIC_STAT_RX_MISSED] = 9;
	t->view.stats = stats;
	take(t, NULL);
	KUNIT_EXPECT_TRUE(test, t->report.flags & LUNIC_REPORT_F_COUNTS);
	KUNIT_EXPECT_EQ(test, t->course.before[LUNIC_STAT_RX_MISSED], 9);
	KUNIT_EXPECT_EQ(test, t->course.before[LUNIC_STAT_LINK_DOWN], 0);
}

static struct kunit_case lunic_course_cases[] = {
	KUNIT_CASE(lunic_course_whole),
	KUNIT_CASE(lunic_course_missing),
	KUNIT_CASE(lunic_course_refused),
	KUNIT_CASE(lunic_course_no_clock),
	KUNIT_CASE(lunic_course_odd),
	KUNIT_CASE(lunic_course_rings),
	KUNIT_CASE(lunic_course_counts),
	{}
};

static struct kunit_suite lunic_course_suite = {
	.name		= "lunic-report",
	.init		= lunic_course_init,
	.test_cases	= lunic_course_cases,
};

kunit_test_suite(lunic_course_suite);
