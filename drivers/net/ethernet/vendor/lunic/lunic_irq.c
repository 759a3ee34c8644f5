// SPDX-License-Identifier: GPL-2.0
/* Vectors, NAPI contexts and what an interrupt does. */
#include <linux/error-injection.h>
#include <linux/interrupt.h>
#include <linux/irq.h>

#include "lunic.h"
#include "lunic_ring.h"

/* The vector that is raised for the link is the last one, or the only one */
u16 lunic_irq_other(const struct lunic_dev *ld)
{
	return ld->single_irq ? 0 : ld->max_queues;
}

static irqreturn_t lunic_queue_irq(int irq, void *data)
{
	struct lunic_vec *vec = data;

	writel(vec->bit, vec->mask);
	napi_schedule_irqoff(&vec->napi);
	return IRQ_HANDLED;
}

static irqreturn_t lunic_other_irq(int irq, void *data)
{
	struct lunic_dev *ld = data;

	if (ld->chip->irq_cause(ld) & LUNIC_CAUSE_LINK)
		schedule_work(&ld->link_work);
	return IRQ_HANDLED;
}

/* MSI, or INTx that may be another device's */
static irqreturn_t lunic_single_irq(int irq, void *data)
{
	struct lunic_vec *vec = data;
	u32 cause;

	cause = lunic_hw_single_cause(vec->ld);
	if (!cause)
		return IRQ_NONE;
	if (cause & LUNIC_CAUSE_LINK)
		schedule_work(&vec->ld->link_work);
	if (cause & LUNIC_CAUSE_QUEUE)
		return lunic_queue_irq(irq, vec);
	return IRQ_HANDLED;
}

static int lunic_poll(struct napi_struct *napi, int budget)
{
	struct lunic_vec *vec = container_of(napi, struct lunic_vec, napi);
	bool done = lunic_tx_clean(vec->tx, budget);
	int work = 0;

	if (budget && !READ_ONCE(vec->ld->rx_hold))
		work = lunic_rx_clean(vec->rx, napi, budget);

	if (!done || work == budget)
		return budget;
	if (napi_complete_done(napi, work)) {
		if (READ_ONCE(vec->adaptive))
			lunic_coalesce_sample(vec);
		writel(vec->bit, vec->unmask);
	}
	return work;
}

/**
 * lunic_irq_alloc() - vectors and NAPI contexts, as many as there can be
 * @ld: the device
 *
 * One MSI-X vector a queue pair and one for the link; without MSI-X one for
 * the one queue pair and the link. Sets @ld->max_queues.
 *
 * Return: 0 or a negative error.
 */
int lunic_irq_alloc(struct lunic_dev *ld)
{
	int n, err;
	u16 q;

	n = pci_alloc_irq_vectors(ld->pdev, 2, ld->chip->max_queues + 1,
				  PCI_IRQ_MSIX);
	if (n < 0) {
		err = pci_alloc_irq_vectors(ld->pdev, 1, 1,
					    PCI_IRQ_MSI | PCI_IRQ_INTX);
		if (err < 0)
			return err;
		ld->single_irq = true;
		n = 2;
		dev_info(&ld->pdev->dev, "no MSI-X: one queue pair on %s\n",
			 ld->pdev->msi_enabled ? "MSI" : "INTx");
	}
	ld->max_queues = n - 1;

	for (q = 0; q < ld->max_queues; q++) {
		struct lunic_vec *vec = kzalloc_obj(*vec);

		if (!vec)
			goto free_vectors;
		vec->ld = ld;
		vec->idx = q;
		vec->irq = pci_irq_vector(ld->pdev, q);
		lunic_hw_irq_addrs(ld, vec);
		lunic_coalesce_init(vec);
		ld->vec[q] = vec;
	}
	return 0;

free_vectors:
	lunic_irq_free(ld);
	return -ENOMEM;
}
ALLOW_ERROR_INJECTION(lunic_irq_alloc, ERRNO);

void lunic_irq_free(struct lunic_dev *ld)
{
	u16 q;

	for (q = 0; q < ld->max_queues; q++) {
		kfree(ld->vec[q]);
		ld->vec[q] = NULL;
	}
	pci_free_irq_vectors(ld->pdev);
}

static int lunic_irq_request_queue(struct lunic_dev *ld, u16 q)
{
	irq_handler_t handler = ld->single_irq ? lunic_single_irq :
						 lunic_queue_irq;
	unsigned long flags = ld->single_irq ? IRQF_SHARED : 0;
	struct lunic_vec *vec = ld->vec[q];
	int err;

	netif_napi_add_config_locked(ld->netdev, &vec->napi, lunic_poll, q);
	netif_napi_set_irq_locked(&vec->napi, vec->irq);
	snprintf(vec->name, sizeof(vec->name), "%s-TxRx-%u", ld->netdev->name,
		 q);
	/* disable_irq() must mask the vector at once, not when it next fires */
	irq_set_status_flags(vec->irq, IRQ_DISABLE_UNLAZY);
	err = request_irq(vec->irq, handler, flags, vec->name, vec);
	if (err) {
		netif_napi_set_irq_locked(&vec->napi, -1);
		netif_napi_del_locked(&vec->napi);
	}
	return err;
}

static void lunic_irq_release_queue(struct lunic_dev *ld, u16 q)
{
	struct lunic_vec *vec = ld->vec[q];

	netif_napi_set_irq_locked(&vec->napi, -1);
	free_irq(vec->irq, vec);
	irq_clear_status_flags(vec->irq, IRQ_DISABLE_UNLAZY);
	netif_napi_del_locked(&vec->napi);
}

/**
 * lunic_irq_request() - NAPI contexts and handlers
 * @ld: the device
 * @n: queue pairs
 *
 * Context: instance lock held.
 * Return: 0 or a negative error, with nothing requested.
 */
int lunic_irq_request(struct lunic_dev *ld, u16 n)
{
	int irq = pci_irq_vector(ld->pdev, lunic_irq_other(ld)), err;
	u16 q;

	for (q = 0; q < n; q++) {
		err = lunic_irq_request_queue(ld, q);
		if (err)
			goto release;
	}
	if (ld->single_irq)
		return 0;
	irq_set_status_flags(irq, IRQ_DISABLE_UNLAZY);
	err = request_irq(irq, lunic_other_irq, 0, ld->netdev->name, ld);
	if (err)
		goto release;
	return 0;

release:
	while (q--)
		lunic_irq_release_queue(ld, q);
	return err;
}

void lunic_irq_release(struct lunic_dev *ld, u16 n)
{
	int irq = pci_irq_vector(ld->pdev, lunic_irq_other(ld));
	u16 q;

	if (!ld->single_irq) {
		free_irq(irq, ld);
		irq_clear_status_flags(irq, IRQ_DISABLE_UNLAZY);
	}
	for (q = 0; q < n; q++)
		lunic_irq_release_queue(ld, q);
}

void lunic_irq_set_interval(struct lunic_dev *ld)
{
	u16 q;

	for (q = 0; q < ld->rings.n; q++)
		lunic_coalesce_start(ld->vec[q]);
}

/* Routes and unmasks everything; what is latched is raised now */
void lunic_irq_enable(struct lunic_dev *ld)
{
	u16 q;

	ld->chip->irq_setup(ld, ld->rings.n, lunic_irq_other(ld));
	for (q = 0; q < ld->rings.n; q++)
		ld->chip->irq_route(ld, q, q);
	lunic_irq_set_interval(ld);
	lunic_hw_irq_on(ld, ld->rings.n, lunic_irq_other(ld));
}

/* No cause is raised any more and no handler runs. After NAPI, whose last poll
 * unmasks its vector.
 */
void lunic_irq_disable(struct lunic_dev *ld)
{
	u16 q;

	ld->chip->irq_off(ld);
	for (q = 0; q < ld->rings.n; q++) {
		lunic_coalesce_stop(ld->vec[q]);
		ld->chip->irq_interval(ld, q, 0);
		synchronize_irq(ld->vec[q]->irq);
	}
	synchronize_irq(pci_irq_vector(ld->pdev, lunic_irq_other(ld)));
}

/* Sets the mask bits in the MSI-X table, which outlive a kexec. A line that
 * others share is switched off at the device.
 */
void lunic_irq_mask_vectors(struct lunic_dev *ld)
{
	u16 q;

	if (ld->single_irq) {
		if (!ld->pdev->msi_enabled)
			pci_intx(ld->pdev, 0);
		return;
	}
	for (q = 0; q < ld->rings.n; q++)
		disable_irq(ld->vec[q]->irq);
	disable_irq(pci_irq_vector(ld->pdev, lunic_irq_other(ld)));
}

void lunic_irq_unmask_vectors(struct lunic_dev *ld)
{
	u16 q;

	if (ld->single_irq) {
		if (!ld->pdev->msi_enabled)
			pci_intx(ld->pdev, 1);
		return;
	}
	enable_irq(pci_irq_vector(ld->pdev, lunic_irq_other(ld)));
	for (q = 0; q < ld->rings.n; q++)
		enable_irq(ld->vec[q]->irq);
}

void lunic_napi_enable(struct lunic_dev *ld)
{
	u16 q;

	for (q = 0; q < ld->rings.n; q++) {
		struct lunic_vec *vec = ld->vec[q];

		vec->rx = ld->rings.rx[q];
		vec->tx = ld->rings.tx[q];
		page_pool_enable_direct_recycling(vec->rx->pool, &vec->napi);
		napi_enable_locked(&vec->napi);
		netif_queue_set_napi(ld->netdev, q, NETDEV_QUEUE_TYPE_RX,
				     &vec->napi);
		netif_queue_set_napi(ld->netdev, q, NETDEV_QUEUE_TYPE_TX,
				     &vec->napi);
	}
}

void lunic_napi_disable(struct lunic_dev *ld)
{
	u16 q;

	for (q = 0; q < ld->rings.n; q++) {
		struct lunic_vec *vec = ld->vec[q];

		netif_queue_set_napi(ld->netdev, q, NETDEV_QUEUE_TYPE_RX, NULL);
		netif_queue_set_napi(ld->netdev, q, NETDEV_QUEUE_TYPE_TX, NULL);
		napi_disable_locked(&vec->napi);
		page_pool_disable_direct_recycling(vec->rx->pool);
	}
}

/* Each ring is looked at once, whatever causes were lost */
void lunic_kick(struct lunic_dev *ld)
{
	lunic_hw_irq_kick(ld, GENMASK(ld->rings.n - 1, 0));
}
