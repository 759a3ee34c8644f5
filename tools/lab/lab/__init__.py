# SPDX-License-Identifier: GPL-2.0
"""The lab: VMs with an emulated NIC, traffic from outside, and what QEMU saw."""
