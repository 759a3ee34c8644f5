# SPDX-License-Identifier: GPL-2.0
# The commands of the project; each does the set-up that it needs.

.DEFAULT_GOAL := help
.NOTPARALLEL:

# Which kernel `kernel`, `modules`, `image` make: lab, debug (KASAN, lockdep) or
# kcsan (data races)
VARIANT ?= lab
# How long check-stress, fuzz and fuzz-ioctl run
SECONDS ?= 300
# How many updates soak makes
N ?= 100

export CACHE KSRC QEMU JOBS RATE FLOWS SIZE NIC
# An empty variable means "not given"
$(foreach v,CACHE KSRC QEMU JOBS RATE FLOWS SIZE NIC,\
	$(if $($(v)),,$(eval unexport $(v))))

setup-steps := tools/lab/setup/setup.sh
option = $(if $($(1)),--$(2)=$($(1)))
run-options = $(call option,RATE,rate) $(call option,FLOWS,flows) \
	$(call option,SIZE,size) $(call option,NIC,nic)

.PHONY: help setup setup-debug kernel modules tools image userland
.PHONY: demo bench insns check check-full check-style check-stress kunit
.PHONY: setup-kcsan setup-v9 check-kernel-selftests check-debug check-kcsan
.PHONY: soak fuzz fuzz-ioctl packages chroot check-host
.PHONY: overlay clean distclean-cache

help:
	@echo 'make demo          a live update and a plain kexec, side by side'
	@echo 'make bench         the demo five times: medians and ratios'
	@echo 'make insns         instructions of the hot path beside those of igb'
	@echo 'make check         the tests; ends with "N passed, N failed"'
	@echo 'make check-full    the same and the long ones (half an hour)'
	@echo 'make check-style   the style checks alone'
	@echo 'make kunit         the KUnit tests alone'
	@echo 'make check-stress  settings change at random for SECONDS=300'
	@echo 'make check-debug   the tests of the live update under KASAN, lockdep'
	@echo '                   and kmemleak (two hours)'
	@echo 'make check-kcsan   the same under KCSAN, which looks for data races'
	@echo 'make check-host    a Debian with systemd changes its kernel under traffic'
	@echo 'make soak N=100    so many live updates in a row, settings at random'
	@echo "make fuzz          libFuzzer on the handover's parser, SECONDS=300"
	@echo 'make fuzz-ioctl    random ioctls under KASAN, SECONDS=300'
	@echo 'make check-kernel-selftests'
	@echo "                   all of the kernel's selftests that take a NIC,"
	@echo '                   lunic beside the stock drivers (half an hour)'
	@echo
	@echo 'make setup         all that the above need, without running them'
	@echo 'make setup-debug   the same with a KASAN and lockdep kernel'
	@echo 'make kernel, modules, tools, image, userland'
	@echo '                   one part of it (VARIANT=lab, debug or kcsan)'
	@echo 'make packages      Debian packages: kernel, lunic-dkms, lunic-tools'
	@echo 'make overlay KSRC=/path/to/linux'
	@echo '                   lays lunic over that kernel tree, in place'
	@echo 'make firmware      NVM images, see firmware/README.md'
	@echo 'make clean         removes build/'
	@echo 'make distclean-cache'
	@echo '                   removes kernels and source from the cache too'
	@echo
	@echo 'KSRC=TREE     kernel source, 7.3 or later (a copy of it is built)'
	@echo 'QEMU=PROGRAM  a qemu-system-x86_64 that has the igb device'
	@echo 'CACHE=FOLDER  where built kernels live (~/.cache/lunic)'
	@echo 'JOBS=N        how many compilers at once (one per CPU)'
	@echo 'RATE= FLOWS= SIZE= NIC='
	@echo '              frames a second, flows, bytes, model: demo and bench'

setup:
	@$(setup-steps) lab

setup-debug:
	@$(setup-steps) debug

setup-kcsan:
	@$(setup-steps) kcsan

# A PCI core that knows v9 alone; modules and image are those of setup
setup-v9:
	@$(setup-steps) v9 packages source kernel

kernel:
	@$(setup-steps) $(VARIANT) packages source kernel

modules:
	@$(setup-steps) $(VARIANT) packages source kernel modules

tools:
	@$(setup-steps) $(VARIANT) packages tools

image:
	@$(setup-steps) $(VARIANT) packages source kernel modules tools image

userland:
	@$(setup-steps) $(VARIANT) packages source kernel userland kselftests

chroot:
	@$(setup-steps) lab packages chroot

demo: setup
	@tools/lab/demo $(run-options)

bench: setup
	@tools/lab/bench $(run-options)

insns: setup
	@tools/lab/insns

check: setup setup-debug userland chroot
	@selftests/run $(if $(CI),--retry --jobs 2)

check-full: setup setup-debug setup-v9 userland chroot
	@selftests/run --full

check-style: setup
	@tools/style/check.sh

check-stress: setup setup-debug
	@STRESS_SECONDS='$(SECONDS)' selftests/run stress

check-debug: setup setup-debug
	@LAB_VARIANT=debug selftests/run --live-update $(call option,NIC,nic)

check-kcsan: setup setup-kcsan
	@LAB_VARIANT=kcsan selftests/run --live-update $(call option,NIC,nic)

check-host: setup
	@$(setup-steps) lab packages source host
	@selftests/run $(call option,NIC,nic) host-full host-refused \
		host-ifupdown host-networkmanager host-dracut

soak: setup
	@SOAK_N='$(N)' selftests/run $(call option,NIC,nic) soak

fuzz:
	@FUZZ=y $(setup-steps) lab packages
	@FUZZ_SECONDS='$(SECONDS)' selftests/run fuzz

fuzz-ioctl: setup setup-debug
	@IOCTL_SECONDS='$(SECONDS)' selftests/run $(call option,NIC,nic) ioctl

check-kernel-selftests: setup userland
	@selftests/drivers/net/lunic/kernel.py --all

kunit: setup
	@selftests/run kunit

packages:
	@$(setup-steps) lab packages source
	@packaging/build

overlay:
	@$(if $(KSRC),,echo 'error: name the tree: make overlay \
KSRC=/path/to/linux' >&2; exit 2;) \
	tools/lab/setup/overlay.sh --driver '$(KSRC)'

# One image a source
firmware-images := $(patsubst firmware/%.nvm.txt,build/firmware/lunic/%.nvm,\
	$(wildcard firmware/*.nvm.txt))

.PHONY: firmware
firmware: $(firmware-images)

build/firmware/lunic/%.nvm: firmware/%.nvm.txt firmware/lunic-nvm
	@mkdir -p $(@D)
	@firmware/lunic-nvm build $< $@

clean:
	rm -rf build

distclean-cache: clean
	@tools/lab/setup/distclean.sh
