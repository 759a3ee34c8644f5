# SPDX-License-Identifier: GPL-2.0
"""The one exception whose text is meant for the user."""


class LabError(Exception):
    """Something is missing or went wrong; says what and what to do."""
