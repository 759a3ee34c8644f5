// SPDX-License-Identifier: GPL-2.0
/* Test module: network devices have no MSI-X when their driver asks for vectors,
 * so that it gets MSI.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/pci.h>

/* Not before: of a device that came in, the PCI core looks late for MSI-X */
static int nomsix_hide(struct kprobe *probe, struct pt_regs *regs)
{
	struct pci_dev *pdev = (void *)regs_get_kernel_argument(regs, 0);

	if (pdev->class >> 16 == PCI_BASE_CLASS_NETWORK && pdev->msix_cap) {
		pdev->msix_cap = 0;
		pci_info(pdev, "nomsix: MSI-X is hidden\n");
	}
	return 0;
}

static struct kprobe nomsix_probe = {
	.symbol_name	= "pci_alloc_irq_vectors_affinity",
	.pre_handler	= nomsix_hide,
};

static int __init nomsix_init(void)
{
	return register_kprobe(&nomsix_probe);
}
module_init(nomsix_init);

static void __exit nomsix_exit(void)
{
	unregister_kprobe(&nomsix_probe);
}
module_exit(nomsix_exit);

MODULE_DESCRIPTION("Hides MSI-X from network drivers");
MODULE_LICENSE("GPL");
