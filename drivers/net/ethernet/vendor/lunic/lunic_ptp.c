// SPDX-License-Identifier: GPL-2.0
/* The clock: the device's counter, the time made of it, and the PTP core's
 * operations.
 */
#include <linux/delay.h>
#include <linux/timekeeping.h>

#include "lunic.h"

/* The counter counts nanoseconds, and the multiplier's fraction is fine enough
 * for 4 ppb; 2^36 ns is then the longest time between two looks.
 */
#define LUNIC_PTP_SHIFT		28
#define LUNIC_PTP_MULT		BIT(LUNIC_PTP_SHIFT)
#define LUNIC_PTP_MAX_ADJ	500000000
#define LUNIC_PTP_AUX_PERIOD	(4 * HZ)

/* Two readings in a row that are further apart don't belong together */
#define LUNIC_PTP_STEP_MAX_NS	NSEC_PER_MSEC
#define LUNIC_PTP_REREADS	20

/* A counter that has run on longer than this has not run on at all */
#define LUNIC_PTP_GAP_MAX_NS	(24 * 3600 * NSEC_PER_SEC)

/* How long it may take to read two clocks, before it is done again */
#define LUNIC_PTP_PAIR_NS	(50 * NSEC_PER_USEC)
#define LUNIC_PTP_PAIRS		10

static u64 lunic_ptp_sample(struct lunic_dev *ld,
			    struct ptp_system_timestamp *sts)
{
	u32 low;

	/* Reading the low half keeps the high one for the next read */
	ptp_read_system_prets(sts);
	low = lunic_rd(ld, LUNIC_SYSTIML);
	ptp_read_system_postts(sts);
	return (u64)lunic_rd(ld, LUNIC_SYSTIMH) << 32 | low;
}

static u64 lunic_ptp_cycles(struct lunic_dev *ld,
			    struct ptp_system_timestamp *sts)
{
	u64 last, now = lunic_ptp_sample(ld, sts);
	int left = ld->chip->ptp_reread ? LUNIC_PTP_REREADS : 0;

	while (left--) {
		last = now;
		now = lunic_ptp_sample(ld, sts);
		if (now - last < LUNIC_PTP_STEP_MAX_NS)
			break;
	}
	return now;
}

static u64 lunic_ptp_cc_read(struct cyclecounter *cc)
{
	struct lunic_ptp *ptp = container_of(cc, struct lunic_ptp, cc);

	return lunic_ptp_cycles(container_of(ptp, struct lunic_dev, ptp), NULL);
}

/* The counter as it is, without regard to what clock is made of it */
u64 lunic_ptp_counter(struct lunic_dev *ld)
{
	unsigned long flags;
	u64 cycles;

	spin_lock_irqsave(&ld->ptp.lock, flags);
	cycles = lunic_ptp_cycles(ld, NULL);
	spin_unlock_irqrestore(&ld->ptp.lock, flags);
	return cycles;
}

static u32 lunic_ptp_timinca(u8 tick)
{
	return FIELD_PREP(LUNIC_TIMINCA_PERIOD, 1) |
	       FIELD_PREP(LUNIC_TIMINCA_VALUE, tick);
}

/* Whether the counter keeps pace with the system's clock. A look that took
 * long against the time between the two says nothing: try again, for longer.
 */
static bool lunic_ptp_keeps_pace(struct lunic_dev *ld)
{
	u64 least, most, count;
	u32 us;

	for (us = 1000; us <= 64000; us *= 2) {
		most = ktime_get_raw_ns();
		count = lunic_ptp_cycles(ld, NULL);
		least = ktime_get_raw_ns();
		usleep_range(us, us + us / 4);
		least = ktime_get_raw_ns() - least;
		count = lunic_ptp_cycles(ld, NULL) - count;
		most = ktime_get_raw_ns() - most;
		if (4 * most < 5 * least)
			return 4 * count > 3 * least && 4 * count < 5 * most;
	}
	return false;
}

/* What to tell the device that its tick is. A counter that runs already, as one
 * that was handed over does, is not written to.
 */
static u32 lunic_ptp_find_timinca(struct lunic_dev *ld)
{
	const u8 *ticks = ld->chip->ptp_ticks;
	u32 timinca = lunic_rd(ld, LUNIC_TIMINCA);
	int i;

	for (i = 0; i < LUNIC_PTP_TICKS && ticks[i]; i++)
		if (timinca == lunic_ptp_timinca(ticks[i]))
			return timinca;
	for (i = 0; i < LUNIC_PTP_TICKS && ticks[i]; i++) {
		timinca = lunic_ptp_timinca(ticks[i]);
		lunic_wr(ld, LUNIC_TIMINCA, timinca);
		if (lunic_ptp_keeps_pace(ld))
			return timinca;
	}
	return 0;
}

/* Notes what time it is, by this clock and by the system's */
static void lunic_ptp_note(struct lunic_ptp *ptp)
{
	int left = LUNIC_PTP_PAIRS;
	u64 begin, time, end;

	do {
		begin = ktime_get_boottime_ns();
		time = timecounter_read(&ptp->tc);
		end = ktime_get_boottime_ns();
	} while (end - begin > LUNIC_PTP_PAIR_NS && --left);

	/* A device that is gone reads as all ones: the last note stands */
	if (ptp->tc.cycle_last == U64_MAX)
		return;
	ptp->noted_time = time;
	ptp->noted_boot = end;
}

/* Goes on from the last note */
static void lunic_ptp_go_on(struct lunic_ptp *ptp)
{
	int left = LUNIC_PTP_PAIRS;
	u64 boot;

	do {
		boot = ktime_get_boottime_ns();
		timecounter_init(&ptp->tc, &ptp->cc, ptp->noted_time + boot -
						     ptp->noted_boot);
	} while (ktime_get_boottime_ns() - boot > LUNIC_PTP_PAIR_NS && --left);
}

/**
 * lunic_ptp_pause() - the device's clock is not to be touched from now on
 * @ld: the device; nothing happens where its clock is paused already
 *
 * For what stops the counter, as a reset does, or gives the device away.
 */
void lunic_ptp_pause(struct lunic_dev *ld)
{
	struct lunic_ptp *ptp = &ld->ptp;
	unsigned long flags;

	spin_lock_irqsave(&ptp->lock, flags);
	if (ptp->live) {
		lunic_ptp_note(ptp);
		ptp->live = false;
	}
	spin_unlock_irqrestore(&ptp->lock, flags);
}

static void lunic_ptp_start_anew(struct lunic_dev *ld, bool stood)
{
	struct lunic_ptp *ptp = &ld->ptp;
	unsigned long flags;

	spin_lock_irqsave(&ptp->lock, flags);
	if (ptp->live || !ptp->timinca)
		goto unlock;
	if (lunic_rd(ld, LUNIC_TIMINCA) != ptp->timinca) {
		lunic_wr(ld, LUNIC_TIMINCA, ptp->timinca);
		stood = true;
	}
	if (stood)
		lunic_ptp_go_on(ptp);
	ptp->live = true;
	lunic_tstamp_apply(ld);
unlock:
	spin_unlock_irqrestore(&ptp->lock, flags);
}

/**
 * lunic_ptp_run() - the reverse of lunic_ptp_pause()
 * @ld: the device; nothing happens where its clock runs already
 *
 * The time goes on where it would be: as much later as the system's clock says.
 */
void lunic_ptp_run(struct lunic_dev *ld)
{
	lunic_ptp_start_anew(ld, true);
}

/**
 * lunic_ptp_unpause() - the same where the counter has run on meanwhile
 * @ld: the device; nothing happens where its clock runs already
 *
 * So has the time, without a step.
 */
void lunic_ptp_unpause(struct lunic_dev *ld)
{
	lunic_ptp_start_anew(ld, false);
}

/**
 * lunic_ptp_inherit() - a previous kernel's clock is to go on
 * @ld: the device; its clock is not known yet
 * @past: where that clock stood
 * @scaled_ppm: its frequency adjustment
 *
 * Return: false where that is no clock that this driver has.
 */
bool lunic_ptp_inherit(struct lunic_dev *ld, const struct lunic_ptp_past *past,
		       s64 scaled_ppm)
{
	const s64 most = (LUNIC_PTP_MAX_ADJ / 1000LL) << 16;

	if (scaled_ppm > most || scaled_ppm < -most)
		return false;
	ld->ptp.past = *past;
	ld->ptp.scaled_ppm = scaled_ppm;
	return true;
}

/* The counter has run on from what the previous kernel read; false where it
 * has not
 */
static bool lunic_ptp_catch_up(struct lunic_ptp *ptp)
{
	const struct lunic_ptp_past *past = &ptp->past;
	u64 gone;

	if (!past->timinca || past->timinca != ptp->timinca)
		return false;
	timecounter_init(&ptp->tc, &ptp->cc, 0);
	gone = ptp->tc.cycle_last - past->cycles;
	if (gone > LUNIC_PTP_GAP_MAX_NS)
		return false;
	ptp->tc.nsec = past->ns +
		       mul_u64_u32_shr(gone, ptp->cc.mult, LUNIC_PTP_SHIFT);
	return true;
}

static struct lunic_dev *lunic_from_ptp(struct ptp_clock_info *info)
{
	return container_of(info, struct lunic_dev, ptp.info);
}

static int lunic_ptp_adjfine(struct ptp_clock_info *info, long scaled_ppm)
{
	struct lunic_ptp *ptp = &lunic_from_ptp(info)->ptp;
	int err = -EBUSY;
	unsigned long flags;

	spin_lock_irqsave(&ptp->lock, flags);
	if (ptp->live) {
		/* What has passed until now counts at the old rate */
		timecounter_read(&ptp->tc);
		ptp->cc.mult = adjust_by_scaled_ppm(LUNIC_PTP_MULT, scaled_ppm);
		ptp->scaled_ppm = scaled_ppm;
		err = 0;
	}
	spin_unlock_irqrestore(&ptp->lock, flags);
	return err;
}

static int lunic_ptp_adjtime(struct ptp_clock_info *info, s64 delta)
{
	struct lunic_ptp *ptp = &lunic_from_ptp(info)->ptp;
	int err = -EBUSY;
	unsigned long flags;

	spin_lock_irqsave(&ptp->lock, flags);
	if (ptp->live) {
		timecounter_adjtime(&ptp->tc, delta);
		lunic_ptp_note(ptp);
		err = 0;
	}
	spin_unlock_irqrestore(&ptp->lock, flags);
	return err;
}

static int lunic_ptp_gettimex(struct ptp_clock_info *info,
			      struct timespec64 *ts,
			      struct ptp_system_timestamp *sts)
{
	struct lunic_dev *ld = lunic_from_ptp(info);
	struct lunic_ptp *ptp = &ld->ptp;
	int err = -EBUSY;
	unsigned long flags;
	u64 cycles;

	spin_lock_irqsave(&ptp->lock, flags);
	if (ptp->live) {
		cycles = lunic_ptp_cycles(ld, sts);
		*ts = ns_to_timespec64(timecounter_cyc2time(&ptp->tc, cycles));
		err = 0;
	}
	spin_unlock_irqrestore(&ptp->lock, flags);
	return err;
}

static int lunic_ptp_settime(struct ptp_clock_info *info,
			     const struct timespec64 *ts)
{
	struct lunic_ptp *ptp = &lunic_from_ptp(info)->ptp;
	int err = -EBUSY;
	unsigned long flags;

	spin_lock_irqsave(&ptp->lock, flags);
	if (ptp->live) {
		timecounter_init(&ptp->tc, &ptp->cc, timespec64_to_ns(ts));
		lunic_ptp_note(ptp);
		err = 0;
	}
	spin_unlock_irqrestore(&ptp->lock, flags);
	return err;
}

/* No pins: neither external time stamps nor signals */
static int lunic_ptp_enable(struct ptp_clock_info *info,
			    struct ptp_clock_request *req, int on)
{
	return -EOPNOTSUPP;
}

static long lunic_ptp_aux_work(struct ptp_clock_info *info)
{
	struct lunic_dev *ld = lunic_from_ptp(info);
	struct lunic_ptp *ptp = &ld->ptp;
	unsigned long flags;

	spin_lock_irqsave(&ptp->lock, flags);
	if (ptp->live) {
		lunic_ptp_note(ptp);
		lunic_tstamp_check(ld);
	}
	spin_unlock_irqrestore(&ptp->lock, flags);
	return LUNIC_PTP_AUX_PERIOD;
}

static const struct ptp_clock_info lunic_ptp_info = {
	.owner		= THIS_MODULE,
	.max_adj	= LUNIC_PTP_MAX_ADJ,
	.adjfine	= lunic_ptp_adjfine,
	.adjtime	= lunic_ptp_adjtime,
	.gettimex64	= lunic_ptp_gettimex,
	.settime64	= lunic_ptp_settime,
	.enable		= lunic_ptp_enable,
	.do_aux_work	= lunic_ptp_aux_work,
};

static void lunic_ptp_start(struct lunic_dev *ld)
{
	struct lunic_ptp *ptp = &ld->ptp;

	ptp->cc.read = lunic_ptp_cc_read;
	ptp->cc.mask = CYCLECOUNTER_MASK(64);
	ptp->cc.mult = adjust_by_scaled_ppm(LUNIC_PTP_MULT, ptp->scaled_ppm);
	ptp->cc.shift = LUNIC_PTP_SHIFT;
	ptp->noted_time = ktime_get_real_ns();
	ptp->noted_boot = ktime_get_boottime_ns();
	ptp->timinca = lunic_ptp_find_timinca(ld);
	if (!ptp->timinca)
		dev_warn(&ld->pdev->dev, "no PTP clock: the counter runs at no known rate\n");
	if (lunic_ptp_catch_up(ptp)) {
		lunic_ptp_unpause(ld);
		return;
	}
	if (ptp->past.timinca)
		dev_warn(&ld->pdev->dev, "live update: the clock stood still: it has the system's time now\n");
	lunic_ptp_run(ld);
}

/**
 * lunic_ptp_init() - make the clock known
 * @ld: the device, answering; it may be receiving already
 *
 * Without the kernel's PTP support, or a counter that can be relied on, the
 * device works without a clock.
 *
 * Return: 0 or a negative error, with nothing left behind.
 */
int lunic_ptp_init(struct lunic_dev *ld)
{
	struct lunic_ptp *ptp = &ld->ptp;
	struct ptp_clock *clock;

	if (!IS_ENABLED(CONFIG_PTP_1588_CLOCK))
		return 0;
	lunic_ptp_start(ld);
	if (!ptp->timinca)
		return 0;

	ptp->info = lunic_ptp_info;
	snprintf(ptp->info.name, sizeof(ptp->info.name), LUNIC_DRV_NAME " %s",
		 pci_name(ld->pdev));
	clock = ptp_clock_register(&ptp->info, &ld->pdev->dev);
	if (IS_ERR_OR_NULL(clock)) {
		lunic_ptp_exit(ld);
		return PTR_ERR_OR_ZERO(clock);
	}
	ptp->clock = clock;
	ptp_schedule_worker(clock, LUNIC_PTP_AUX_PERIOD);
	return 0;
}

/* The reverse of lunic_ptp_init(): nothing touches the clock any more */
void lunic_ptp_exit(struct lunic_dev *ld)
{
	struct lunic_ptp *ptp = &ld->ptp;

	if (ptp->clock)
		ptp_clock_unregister(ptp->clock);
	ptp->clock = NULL;
	lunic_ptp_pause(ld);
	ptp->timinca = 0;
}
