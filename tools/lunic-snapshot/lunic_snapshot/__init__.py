# SPDX-License-Identifier: GPL-2.0
"""A network device as its users see it, before and after."""
