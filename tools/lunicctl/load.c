// SPDX-License-Identifier: GPL-2.0
/* lunicctl load: checks a kernel and loads it for the next jump. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cmd.h"
#include "kexec.h"
#include "load.h"
#include "lock.h"
#include "opts.h"
#include "print.h"
#include "report.h"

static int load_failed(const struct target *t, int err)
{
	struct problem p = {
		.code = EXIT_KERNEL, .err = -err, .hint = "dmesg | tail",
	};

	switch (err) {
	case -EPERM:
	case -EKEYREJECTED:
	case -ENOKEY:
	case -ENODATA:
		p.hint = "an image signed with a key that this kernel trusts, or lockdown=none";
		break;
	case -ENOEXEC:
		p.hint = "--kernel with a bzImage of this machine's architecture";
		break;
	case -ENOMEM:
		p.hint = "end what uses memory, or a smaller initramfs";
		break;
	case -EADDRNOTAVAIL:
		p.hint = "boot with larger scratch areas, for instance kho_scratch=256M,128M,256M";
		break;
	case -EBUSY:
		p.hint = "wait until the other program has loaded its kernel";
		break;
	}
	return fail(&p, "the kernel refused to load %s: %s", t->image.file,
		    strerror(-err));
}

static void report_loaded(const struct target *t)
{
	const struct image *im = &t->image;
	struct json_object *o;

	say("loaded %s, %s\n  initramfs %s\n  command line %s\n", im->file,
	    im->release, im->initrd[0] ? im->initrd : "none", t->cmdline);
	if (!opts.json)
		return;
	o = print_object();
	report_str(o, "loaded", im->file);
	report_str(o, "release", im->release);
	report_str(o, "initramfs", im->initrd[0] ? im->initrd : NULL);
	report_str(o, "command_line", t->cmdline);
}

int load_target(const struct target *t)
{
	int err = kexec_load_file(t->image.file, t->image.initrd, t->cmdline);

	if (err)
		return load_failed(t, err);
	report_loaded(t);
	return EXIT_OK;
}

int load_undo(void)
{
	int err = kexec_unload();

	if (err)
		return fail(&(struct problem){
			.code = EXIT_KERNEL, .err = -err,
			.hint = "as root: kexec -u" },
			"can't unload the kernel");
	say("unloaded\n");
	return EXIT_OK;
}

static int load_checked(void)
{
	struct checks cs = {};
	struct target t = {};
	int ret;

	check_host(&cs, true);
	check_kernel(&cs, &t);
	ret = checks_judge(&cs);
	if (!ret)
		ret = load_target(&t);
	target_free(&t);
	checks_free(&cs);
	return ret;
}

int cmd_load(char **names, size_t n)
{
	int lock, ret;

	if (n)
		return fail(&(struct problem){
			.code = EXIT_USAGE, .hint = "--kernel FILE" },
			"load takes no devices ('%s')", names[0]);
	ret = lock_take(&lock);
	if (ret)
		return ret;
	ret = opts.unload ? load_undo() : load_checked();
	lock_drop(lock);
	return ret;
}
