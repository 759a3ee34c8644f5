/* SPDX-License-Identifier: GPL-2.0 */
/* Marks on the console, which the runner outside waits for and times. */
#ifndef LAB_MARK_H
#define LAB_MARK_H

void mark(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
