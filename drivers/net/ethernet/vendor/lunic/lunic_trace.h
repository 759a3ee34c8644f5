/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints of the live update. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM lunic

#if !defined(_LUNIC_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _LUNIC_TRACE_H

#include <linux/tracepoint.h>

#include "lunic.h"

/* How a step has ended */
DECLARE_EVENT_CLASS(lunic_step,
		    TP_PROTO(const struct lunic_dev *ld, int err),
		    TP_ARGS(ld, err),
		    TP_STRUCT__entry(__string(pci, pci_name(ld->pdev))
				     __string(dev, ld->netdev->name)
				     __field(u64, bytes)
				     __field(u32, blocks)
				     __field(u16, queues)
				     __field(int, err)),
		    TP_fast_assign(__assign_str(pci);
				   __assign_str(dev);
				   __entry->bytes = ld->lu.preserved_bytes;
				   __entry->blocks = ld->lu.preserved_blocks;
				   __entry->queues = ld->rings.n;
				   __entry->err = err;),
		    TP_printk("%s %s queues=%u blocks=%u bytes=%llu err=%d",
			      __get_str(pci), __get_str(dev), __entry->queues,
			      __entry->blocks, __entry->bytes, __entry->err)
);

DEFINE_EVENT(lunic_step, lunic_preserve,
	     TP_PROTO(const struct lunic_dev *ld, int err),
	     TP_ARGS(ld, err)
);

DEFINE_EVENT(lunic_step, lunic_unpreserve,
	     TP_PROTO(const struct lunic_dev *ld, int err),
	     TP_ARGS(ld, err)
);

DEFINE_EVENT(lunic_step, lunic_freeze,
	     TP_PROTO(const struct lunic_dev *ld, int err),
	     TP_ARGS(ld, err)
);

DEFINE_EVENT(lunic_step, lunic_unfreeze,
	     TP_PROTO(const struct lunic_dev *ld, int err),
	     TP_ARGS(ld, err)
);

/* What came in; the interface has its name only when it is registered */
DECLARE_EVENT_CLASS(lunic_incoming,
		    TP_PROTO(const struct lunic_dev *ld),
		    TP_ARGS(ld),
		    TP_STRUCT__entry(__string(pci, pci_name(ld->pdev))
				     __field(u64, updates)
				     __field(u64, caught)
				     __field(u16, queues)),
		    TP_fast_assign(__assign_str(pci);
				   __entry->updates = ld->lu.updates;
				   __entry->caught = ld->lu.caught;
				   __entry->queues = ld->rings.n;),
		    TP_printk("%s queues=%u updates=%llu caught=%llu",
			      __get_str(pci), __entry->queues,
			      __entry->updates, __entry->caught)
);

DEFINE_EVENT(lunic_incoming, lunic_adopt,
	     TP_PROTO(const struct lunic_dev *ld),
	     TP_ARGS(ld)
);

DEFINE_EVENT(lunic_incoming, lunic_finish,
	     TP_PROTO(const struct lunic_dev *ld),
	     TP_ARGS(ld)
);

/* What has a reason in words */
DECLARE_EVENT_CLASS(lunic_why,
		    TP_PROTO(const struct lunic_dev *ld, const char *why),
		    TP_ARGS(ld, why),
		    TP_STRUCT__entry(__string(pci, pci_name(ld->pdev))
				     __string(why, why)),
		    TP_fast_assign(__assign_str(pci);
				   __assign_str(why);),
		    TP_printk("%s %s", __get_str(pci), __get_str(why))
);

DEFINE_EVENT(lunic_why, lunic_refuse,
	     TP_PROTO(const struct lunic_dev *ld, const char *why),
	     TP_ARGS(ld, why)
);

DEFINE_EVENT(lunic_why, lunic_lose,
	     TP_PROTO(const struct lunic_dev *ld, const char *why),
	     TP_ARGS(ld, why)
);

DEFINE_EVENT(lunic_why, lunic_hold_end,
	     TP_PROTO(const struct lunic_dev *ld, const char *why),
	     TP_ARGS(ld, why)
);

#endif /* _LUNIC_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE lunic_trace
#include <trace/define_trace.h>
