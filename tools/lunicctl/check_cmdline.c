// SPDX-License-Identifier: GPL-2.0
/* Checks the command line that the kernel to boot gets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "cmdline.h"
#include "path.h"

#define NAME		"kernel-command-line"
#define APPEND_HINT	"--append 'kho=on liveupdate=on', and the same in /etc/default/grub for other boots"

/* Words that take the device, or its driver, away from the next kernel */
static const struct {
	const char *key;
	const char *item;
} harmful[] = {
	{ "module_blacklist", "lunic" },
	{ "modprobe.blacklist", "lunic" },
	{ "initcall_blacklist", "lunic_init" },
	{ "pci", "off" },
	{ "pci", "assign-busses" },
	{ "acpi", "off" },
};

static bool is_off(const struct kconfig *kc, const char *line, const char *key,
		   const char *default_option)
{
	bool missing = default_option &&
		       kconfig_get(kc, default_option) == 'y';

	return !cmdline_is_on(line, key, missing);
}

static void check_words(struct checks *cs, const char *line)
{
	for (size_t i = 0; i < sizeof(harmful) / sizeof(harmful[0]); i++) {
		const char *item = harmful[i].item;
		char remedy[128];

		if (!cmdline_lists(line, harmful[i].key, item))
			continue;
		snprintf(remedy, sizeof(remedy),
			 "--command-line without %s=%s", harmful[i].key, item);
		check_fail(cs, NAME, remedy,
			   "%s=%s: the next kernel could not take the devices over",
			   harmful[i].key, item);
	}
}

/* KHO of Linux 7.3 panics early, and unseen, where its own areas lie beyond the
 * end of memory; memtest runs before it knows what not to touch
 */
static void check_memory_words(struct checks *cs, const char *line)
{
	static const char * const keys[] = { "mem", "memmap" };
	char *running = NULL, memtest[16];

	/* One that can't be read lists nothing */
	cmdline_running(&running);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char remedy[96];

		if (cmdline_within(line, running ?: "", keys[i]))
			continue;
		snprintf(remedy, sizeof(remedy),
			 "--command-line without %s=, or with the running kernel's",
			 keys[i]);
		check_fail(cs, NAME, remedy,
			   "%s= is not the running kernel's: the next one could not reach what it is handed",
			   keys[i]);
	}
	free(running);
	if (cmdline_get(line, "memtest", memtest, sizeof(memtest)) &&
	    strcmp(memtest, "0"))
		check_fail(cs, NAME, "--command-line without memtest",
			   "memtest would write over what is handed over");
}

static bool has_iommu(bool *amd)
{
	*amd = !access(path("/sys/firmware/acpi/tables/IVRS").s, F_OK);
	return *amd || !access(path("/sys/firmware/acpi/tables/DMAR").s, F_OK);
}

/* Whether the next kernel turns the IOMMU on, as its defaults and words say */
static bool is_iommu_used(const struct kconfig *kc, const char *line, bool amd)
{
	if (cmdline_lists(line, "iommu", "off"))
		return false;
	if (amd)
		return kconfig_get(kc, "CONFIG_AMD_IOMMU") == 'y' &&
		       !cmdline_lists(line, "amd_iommu", "off");
	if (kconfig_get(kc, "CONFIG_INTEL_IOMMU") != 'y' ||
	    cmdline_lists(line, "intel_iommu", "off"))
		return false;
	return cmdline_lists(line, "intel_iommu", "on") ||
	       kconfig_get(kc, "CONFIG_INTEL_IOMMU_DEFAULT_ON") == 'y';
}

static bool passes_through(const struct kconfig *kc, const char *line)
{
	bool dflt = kconfig_get(kc, "CONFIG_IOMMU_DEFAULT_PASSTHROUGH") == 'y';

	if (cmdline_lists(line, "iommu", "pt"))
		return true;
	if (cmdline_lists(line, "iommu", "nopt"))
		return false;
	return cmdline_is_on(line, "iommu.passthrough", dflt);
}

static void check_next_iommu(struct checks *cs, const char *line,
			     const struct kconfig *kc)
{
	bool amd;

	if (!has_iommu(&amd) || !is_iommu_used(kc, line, amd) ||
	    passes_through(kc, line))
		return;
	check_fail(cs, NAME, "--append iommu=pt",
		   "the next kernel's IOMMU would translate the devices' DMA");
}

static void check_length(struct checks *cs, const char *line, uint32_t max)
{
	if (strlen(line) > max)
		check_fail(cs, NAME, "a shorter --command-line",
			   "%zu bytes are more than the %u that the kernel takes",
			   strlen(line), max);
}

void check_cmdline(struct checks *cs, const struct target *t,
		   const struct kconfig *kc)
{
	size_t before = checks_failed(cs);
	bool kho, luo;

	if (!t->cmdline) {
		check_fail(cs, NAME, "--command-line", "/proc/cmdline can't be read");
		return;
	}
	kho = is_off(kc, t->cmdline, "kho", "CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT");
	luo = is_off(kc, t->cmdline, "liveupdate", NULL);
	if (kho || luo)
		check_fail(cs, NAME, APPEND_HINT, "%s off: it would lose what is handed over",
			   kho && luo ? "kho and liveupdate are" :
			   kho ? "kho is" : "liveupdate is");
	check_words(cs, t->cmdline);
	check_memory_words(cs, t->cmdline);
	check_next_iommu(cs, t->cmdline, kc);
	check_length(cs, t->cmdline, t->image.cmdline_max);
	if (checks_failed(cs) == before)
		check_ok(cs, NAME, "%s", t->cmdline);
}
