// SPDX-License-Identifier: GPL-2.0
/* lunicctl report: how the last live update went. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "explain.h"
#include "lasts.h"
#include "metrics.h"
#include "opts.h"
#include "output.h"
#include "print.h"
#include "waterfall.h"

static int no_report(const struct dev *d, int err)
{
	if (err != -ENOTTY)
		return explain_dev(d, err);
	return fail(&(struct problem){
		.code = EXIT_KERNEL, .err = -err, .dev = d->name,
		.hint = "a driver as new as this lunicctl" },
		"the driver keeps no report of updates");
}

/* All that answer; the exit code is that of the first that does not */
int lasts_read(struct lasts *ls, char **names, size_t n)
{
	struct devs devs;
	int ret = devs_to_show(&devs, names, n);

	*ls = (struct lasts){};
	if (ret)
		return ret;
	ls->v = calloc(devs.n + 1, sizeof(*ls->v));
	if (!ls->v)
		abort();
	for (size_t i = 0; i < devs.n; i++) {
		int err = last_read(&devs.v[i], &ls->v[ls->n]);

		if (err)
			ret = ret ?: no_report(&devs.v[i], err);
		else
			ls->n++;
	}
	devs_free(&devs);
	return ret;
}

void lasts_free(struct lasts *ls)
{
	free(ls->v);
	*ls = (struct lasts){};
}

static void print_all(struct lasts *ls)
{
	for (size_t i = 0; i < ls->n; i++) {
		if (opts.json)
			last_json(&ls->v[i], print_object());
		else
			last_text(&ls->v[i], opts.verbose);
	}
}

/* A format of its own, to a file or standard output */
static int write_all(struct lasts *ls)
{
	struct output out;
	int ret = output_open(&out, opts.output);

	if (ret)
		return ret;
	if (opts.format == FORMAT_SVG)
		waterfall_write(out.f, ls);
	else
		metrics_write(out.f, ls);
	return output_close(&out);
}

static int check_options(void)
{
	if (opts.format && opts.json)
		return fail(&(struct problem){ .code = EXIT_USAGE },
			    "one format at a time: --json, --svg or --prometheus");
	if (opts.output && !opts.format)
		return fail(&(struct problem){ .code = EXIT_USAGE },
			    "--output goes with --svg or --prometheus");
	return EXIT_OK;
}

int cmd_report(char **names, size_t n)
{
	struct lasts ls;
	int ret = check_options(), err = EXIT_OK;

	if (ret)
		return ret;
	ret = lasts_read(&ls, names, n);
	if (opts.format && (ls.n || !ret))
		err = write_all(&ls);
	else
		print_all(&ls);
	lasts_free(&ls);
	return ret ?: err;
}
