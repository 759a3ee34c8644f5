// SPDX-License-Identifier: GPL-2.0
/* lunicctl: reads the command line and runs one command. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "opts.h"
#include "print.h"
#include "session.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define VERSION		"0.1"
#define MAX_TIMEOUT	86400

struct opts opts = {
	.timeout = 5,
	.session_fd = -1,
	.root = "",
};

static const struct command {
	const char *name;
	int (*run)(char **names, size_t n);
	const char *help;
} commands[] = {
	{ "show", cmd_show,
	  "show [DEV...]\n"
	  "  A line a device: its state, and what keeps it from being preserved.\n" },
	{ "check", cmd_check,
	  "check [KERNEL OPTIONS] [DEV...]\n"
	  "  What would keep an update from working, each with its remedy: this\n"
	  "  host, the devices, the kernel to boot. Changes nothing.\n" },
	{ "load", cmd_load,
	  "load [KERNEL OPTIONS] | load --unload\n"
	  "  Checks the kernel to boot and loads it for the next jump.\n" },
	{ "update", cmd_update,
	  "update [KERNEL OPTIONS] [--no-jump] [--dry-run] [DEV...]\n"
	  "  All in one: check, load, preserve, jump.\n" },
	{ "preserve", cmd_preserve,
	  "preserve [--session NAME] [--hold-rx] [--no-network] [DEV...]\n"
	  "  Puts devices into live update sessions, which a background process\n"
	  "  holds. All of them or, if one is refused, none.\n" },
	{ "cancel", cmd_cancel,
	  "cancel [--session NAME | DEV...]\n"
	  "  Ends what preserve began.\n" },
	{ "resume", cmd_resume,
	  "resume [--session NAME] [--no-network] [DEV...]\n"
	  "  In the new kernel: restores the network configuration, delivers what\n"
	  "  was received during the update, and finishes the sessions.\n" },
	{ "report", cmd_report,
	  "report [--svg | --prometheus] [--output FILE] [DEV...]\n"
	  "  How the last live update went: its steps with their times, what was\n"
	  "  caught and what was lost.\n" },
	{ "history", cmd_history,
	  "history [--record] [DEV...]\n"
	  "  The updates of this host so far. With --record, notes the last one.\n" },
	{ "monitor", cmd_monitor,
	  "monitor [DEV...]\n"
	  "  What happens to the devices, as it happens, until interrupted.\n" },
	{ "help", cmd_help,
	  "help [COMMAND]\n"
	  "  This text, or that of one command.\n" },
};

enum {
	KEY_SESSION = 256,
	KEY_TIMEOUT,
	KEY_SYSROOT,
	KEY_NO_NETWORK,
	KEY_KERNEL,
	KEY_INITRD,
	KEY_COMMAND_LINE,
	KEY_REUSE_CMDLINE,
	KEY_APPEND,
	KEY_UNLOAD,
	KEY_NO_JUMP,
	KEY_DRY_RUN,
	KEY_SVG,
	KEY_PROMETHEUS,
	KEY_OUTPUT,
	KEY_RECORD,
	KEY_FD_STORE,
	KEY_SESSION_FD,
	KEY_HOLD_RX,
	KEY_USAGE,
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "Print one JSON array of objects", 0 },
	{ "pretty", 'p', NULL, 0, "Indent the JSON", 0 },
	{ "verbose", 'v', NULL, 0, "Print more", 0 },
	{ "quiet", 'q', NULL, 0, "Print errors only (no effect on JSON)", 0 },
	{ "session", KEY_SESSION, "NAME", 0,
	  "One session for all devices, in the order given"
	  " (default: lunic-ADDRESS for each)", 0 },
	{ "timeout", KEY_TIMEOUT, "SEC", 0,
	  "How long to wait for /dev/liveupdate, or for a session to end"
	  " (default: 5)", 0 },
	{ "no-network", KEY_NO_NETWORK, NULL, 0,
	  "Neither save nor restore addresses, routes and the like", 0 },
	{ "kernel", KEY_KERNEL, "FILE", 0,
	  "The kernel to boot (default: the newest /boot/vmlinuz-*)", 0 },
	{ "initrd", KEY_INITRD, "FILE", 0,
	  "Its initramfs (default: the one beside it)", 0 },
	{ "command-line", KEY_COMMAND_LINE, "TEXT", 0,
	  "Its command line", 0 },
	{ "reuse-cmdline", KEY_REUSE_CMDLINE, NULL, 0,
	  "This kernel's command line (the default)", 0 },
	{ "append", KEY_APPEND, "TEXT", 0,
	  "Add this to the command line", 0 },
	{ "unload", KEY_UNLOAD, NULL, 0,
	  "load: unload what is loaded", 0 },
	{ "no-jump", KEY_NO_JUMP, NULL, 0,
	  "update: all but the jump", 0 },
	{ "dry-run", KEY_DRY_RUN, NULL, 0,
	  "update: check only", 0 },
	{ "svg", KEY_SVG, NULL, 0, "report: a picture", 0 },
	{ "prometheus", KEY_PROMETHEUS, NULL, 0,
	  "report: metrics, for the textfile collector of node_exporter", 0 },
	{ "output", KEY_OUTPUT, "FILE", 0,
	  "report: write to FILE, whole or not at all", 0 },
	{ "record", KEY_RECORD, NULL, 0,
	  "history: note the last update of each device", 0 },
	{ "hold-rx", KEY_HOLD_RX, NULL, 0,
	  "In the next kernel, received frames wait for resume", 0 },
	{ "fd-store", KEY_FD_STORE, NULL, 0,
	  "In a systemd service: use its file descriptor store", 0 },
	{ "session-fd", KEY_SESSION_FD, "FD", 0,
	  "Resume this session, which is open already", 0 },
	{ "sysroot", KEY_SYSROOT, "DIR", 0,
	  "Take /sys, /dev, /run and the like from DIR (for tests)", 0 },
	{ "help", 'h', NULL, 0, "Print this help", -1 },
	{ "usage", KEY_USAGE, NULL, 0, "Print the options in short", -1 },
	{ "version", 'V', NULL, 0, "Print the version", -1 },
	{}
};

static const char doc[] =
	"Live updates of network cards driven by lunic: keep them receiving while the kernel is replaced."
	"\v"
	"DEV is an interface (eth0), a PCI address (0000:01:00.0, 01:00.0) or a devlink handle (pci/0000:01:00.0); without one, or with 'all', every device that lunic drives.\n"
	"\n"
	"Commands, which may be abbreviated: show, check, load, update, preserve, cancel, resume, report, history, monitor, help (lunicctl help says more).\n"
	"\n"
	"Exit codes:\n"
	"    0  done\n"
	"    1  the command line is wrong\n"
	"    2  the kernel or the system reported an error\n"
	"    3  refused: a device is blocked, or there is nothing to do\n"
	"    4  resumed, but the device had to be reset\n"
	"  124  timed out";

struct args {
	char **v;
	size_t n;
};

static int set_timeout(const char *s)
{
	char *end;

	opts.timeout = strtod(s, &end);
	if (end == s || *end || !(opts.timeout >= 0 &&
				  opts.timeout <= MAX_TIMEOUT))
		return fail(&(struct problem){ .code = EXIT_USAGE },
			    "--timeout takes 0 to %d seconds, not '%s'",
			    MAX_TIMEOUT, s);
	return EXIT_OK;
}

static int set_session(const char *s)
{
	opts.session = s;
	return session_check_name(s);
}

static int set_format(enum format format)
{
	if (opts.format && opts.format != format)
		return fail(&(struct problem){ .code = EXIT_USAGE },
			    "--svg and --prometheus don't go together");
	opts.format = format;
	return EXIT_OK;
}

static int set_session_fd(const char *s)
{
	char *end;
	unsigned long fd = strtoul(s, &end, 10);

	if (end == s || *end || fd > INT_MAX || fcntl(fd, F_GETFD) < 0)
		return fail(&(struct problem){ .code = EXIT_USAGE },
			    "--session-fd takes an open file descriptor, not '%s'",
			    s);
	opts.session_fd = fd;
	return EXIT_OK;
}

static void leave(int code)
{
	print_flush();
	exit(code);
}

/* What is booted next, and how far an update goes; false: another option */
static bool parse_kernel_opt(int key, const char *arg)
{
	switch (key) {
	case KEY_KERNEL:
		opts.kernel = arg;
		break;
	case KEY_INITRD:
		opts.initrd = arg;
		break;
	case KEY_COMMAND_LINE:
		opts.command_line = arg;
		break;
	case KEY_REUSE_CMDLINE:
		opts.reuse_cmdline = true;
		break;
	case KEY_APPEND:
		opts.append = arg;
		break;
	case KEY_UNLOAD:
		opts.unload = true;
		break;
	case KEY_NO_JUMP:
		opts.no_jump = true;
		break;
	case KEY_DRY_RUN:
		opts.dry_run = true;
		break;
	default:
		return false;
	}
	return true;
}

/* argp's own errors are about the command line too, and exit with its code */
static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	int ret = EXIT_OK;

	switch (key) {
	case 'j':
		opts.json = true;
		break;
	case 'p':
		opts.pretty = true;
		break;
	case 'v':
		opts.verbose = true;
		break;
	case 'q':
		opts.quiet = true;
		break;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		break;
	case 'V':
		puts("lunicctl " VERSION);
		exit(EXIT_OK);
	case KEY_USAGE:
		argp_state_help(state, stdout,
				ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		break;
	case KEY_SESSION:
		ret = set_session(arg);
		break;
	case KEY_TIMEOUT:
		ret = set_timeout(arg);
		break;
	case KEY_NO_NETWORK:
		opts.no_network = true;
		break;
	case KEY_SVG:
		ret = set_format(FORMAT_SVG);
		break;
	case KEY_PROMETHEUS:
		ret = set_format(FORMAT_PROMETHEUS);
		break;
	case KEY_OUTPUT:
		opts.output = arg;
		break;
	case KEY_RECORD:
		opts.record = true;
		break;
	case KEY_FD_STORE:
		opts.fd_store = true;
		break;
	case KEY_SESSION_FD:
		ret = set_session_fd(arg);
		break;
	case KEY_HOLD_RX:
		opts.hold_rx = true;
		break;
	case KEY_SYSROOT:
		opts.root = arg;
		break;
	case ARGP_KEY_ARGS:
		args->v = state->argv + state->next;
		args->n = state->argc - state->next;
		break;
	default:
		return parse_kernel_opt(key, arg) ? 0 : ARGP_ERR_UNKNOWN;
	}
	if (ret)
		leave(ret);
	return 0;
}

static int bad_command(const char *what, const char *name)
{
	return fail(&(struct problem){
		.code = EXIT_USAGE, .hint = "lunicctl help" },
		"%s command '%s'", what, name);
}

/* A whole name, or the beginning of exactly one */
static const struct command *find(const char *name)
{
	const struct command *found = NULL;
	size_t matches = 0;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strncmp(commands[i].name, name, strlen(name)))
			continue;
		found = &commands[i];
		matches++;
		if (!strcmp(found->name, name))
			return found;
	}
	if (matches == 1)
		return found;
	bad_command(matches ? "ambiguous" : "unknown", name);
	return NULL;
}

int cmd_help(char **names, size_t n)
{
	const struct command *c = n ? find(names[0]) : NULL;

	if (n && !c)
		return EXIT_USAGE;

	opts.json = false;	/* this is for people */
	if (c) {
		printf("Usage: lunicctl [OPTION...] %s", c->help);
		return EXIT_OK;
	}
	printf("Usage: lunicctl [OPTION...] COMMAND [DEV...]\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("%s", commands[i].help);
	printf("\nOptions and exit codes: lunicctl --help\n");
	return EXIT_OK;
}

static int two_command_lines(void)
{
	return fail(&(struct problem){
		.code = EXIT_USAGE,
		.hint = "--append, to add to the one of this kernel" },
		"--command-line and --reuse-cmdline exclude each other");
}

static int run(const struct args *args)
{
	const struct command *c;

	if (!args->n)
		return fail(&(struct problem){
			.code = EXIT_USAGE, .hint = "lunicctl help" },
			"no command given");
	if (opts.command_line && opts.reuse_cmdline)
		return two_command_lines();
	c = find(args->v[0]);
	return c ? c->run(args->v + 1, args->n - 1) : EXIT_USAGE;
}

/* Without these three, a session's fd could be taken for the output */
static void open_stdio(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options, .parser = parse_opt,
		.args_doc = "COMMAND [DEV...]", .doc = doc,
	};
	struct args args = {};
	int ret;

	open_stdio();
	argp_err_exit_status = EXIT_USAGE;
	argv[0] = program_invocation_short_name;
	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &args);
	ret = run(&args);
	print_flush();
	if (fflush(stdout) || ferror(stdout))
		return ret ?: EXIT_KERNEL;
	return ret;
}
