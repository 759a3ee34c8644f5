# SPDX-License-Identifier: GPL-2.0
"""What the top runner is made of."""
