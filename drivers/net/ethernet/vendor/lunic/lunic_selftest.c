// SPDX-License-Identifier: GPL-2.0
/* ethtool -t: registers, NVM, interrupts, loopback, link. */
#include <linux/etherdevice.h>
#include <linux/interrupt.h>

#include "lunic.h"
#include "lunic_ethtool.h"
#include "lunic_lu.h"
#include "lunic_nvm.h"
#include "lunic_ring.h"

#define LUNIC_NVM_SUM_WORDS	64
#define LUNIC_NVM_SUM		0xbaba
#define LUNIC_TEST_FRAME	1000
#define LUNIC_TEST_BYTE		0x5a
#define LUNIC_TEST_RX_US	200000

enum lunic_test {
	LUNIC_TEST_REGISTERS,
	LUNIC_TEST_NVM,
	LUNIC_TEST_INTERRUPTS,
	LUNIC_TEST_LOOPBACK,
	LUNIC_TEST_LINK,
	LUNIC_NR_TESTS
};

static const char lunic_test_names[][ETH_GSTRING_LEN] = {
	[LUNIC_TEST_REGISTERS]	= "registers  (offline)",
	[LUNIC_TEST_NVM]	= "NVM        (on/offline)",
	[LUNIC_TEST_INTERRUPTS]	= "interrupts (offline)",
	[LUNIC_TEST_LOOPBACK]	= "loopback   (offline)",
	[LUNIC_TEST_LINK]	= "link       (on/offline)",
};

int lunic_test_count(void)
{
	return LUNIC_NR_TESTS;
}

void lunic_test_strings(u8 *data)
{
	memcpy(data, lunic_test_names, sizeof(lunic_test_names));
}

/* Whether a register keeps what is written to it */
static bool lunic_test_register(struct lunic_dev *ld, u32 reg, u32 mask)
{
	static const u32 patterns[] = { 0x5a5a5a5a, 0xa5a5a5a5, 0, U32_MAX };
	u32 old = lunic_rd(ld, reg), val;
	u16 i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		lunic_wr(ld, reg, patterns[i] & mask);
		val = lunic_rd(ld, reg);
		lunic_wr(ld, reg, old);
		if ((val ^ patterns[i]) & mask) {
			netdev_err(ld->netdev, "register 0x%05x: wrote 0x%08x, read 0x%08x\n",
				   reg, patterns[i] & mask, val & mask);
			return false;
		}
	}
	return true;
}

static int lunic_test_registers(struct lunic_dev *ld)
{
	const struct lunic_reg_test *t = ld->chip->reg_tests;
	u16 i;

	for (; t->n; t++)
		for (i = 0; i < t->n; i++)
			if (!lunic_test_register(ld, t->reg + i * t->stride,
						 t->mask))
				return -EIO;
	return 0;
}

static int lunic_test_nvm(struct lunic_dev *ld)
{
	u16 word, val, sum = 0;
	int err;

	for (word = 0; word < LUNIC_NVM_SUM_WORDS; word++) {
		err = lunic_nvm_read(ld, word, 1, &val);
		if (err)
			return err;
		sum += val;
	}
	return sum == LUNIC_NVM_SUM ? 0 : -EIO;
}

struct lunic_test_irq {
	struct lunic_dev *ld;
	struct completion raised;
};

static irqreturn_t lunic_test_irq(int irq, void *data)
{
	struct lunic_test_irq *t = data;

	if (t->ld->single_irq && !lunic_hw_single_cause(t->ld))
		return IRQ_NONE;
	complete(&t->raised);
	return IRQ_HANDLED;
}

/* Raised by software, one vector must reach its handler */
static int lunic_test_vector(struct lunic_dev *ld, u16 q)
{
	unsigned long flags = ld->single_irq ? IRQF_SHARED : 0;
	struct lunic_test_irq t = { .ld = ld };
	int irq = ld->vec[q]->irq, err;

	init_completion(&t.raised);
	err = request_irq(irq, lunic_test_irq, flags, LUNIC_DRV_NAME "-test",
			  &t);
	if (err)
		return err;
	ld->chip->irq_interval(ld, q, 0);
	ld->chip->irq_route(ld, q, q);
	lunic_hw_irq_on(ld, ld->max_queues, lunic_irq_other(ld));
	lunic_hw_irq_kick(ld, BIT(q));
	if (!wait_for_completion_timeout(&t.raised, HZ / 5))
		err = -EIO;
	ld->chip->irq_off(ld);
	free_irq(irq, &t);
	return err;
}

static int lunic_test_interrupts(struct lunic_dev *ld)
{
	int err = 0;
	u16 q;

	ld->chip->irq_setup(ld, ld->max_queues, lunic_irq_other(ld));
	for (q = 0; !err && q < ld->max_queues; q++)
		err = lunic_test_vector(ld, q);
	return err;
}

static int lunic_test_send(struct lunic_dev *ld, u16 q)
{
	struct net_device *netdev = ld->netdev;
	struct netdev_queue *txq = netdev_get_tx_queue(netdev, q);
	struct sk_buff *skb;
	struct ethhdr *eth;

	skb = netdev_alloc_skb(netdev, LUNIC_TEST_FRAME);
	if (!skb)
		return -ENOMEM;
	memset(skb_put(skb, LUNIC_TEST_FRAME), LUNIC_TEST_BYTE,
	       LUNIC_TEST_FRAME);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	eth = eth_hdr(skb);
	ether_addr_copy(eth->h_dest, netdev->dev_addr);
	ether_addr_copy(eth->h_source, netdev->dev_addr);
	eth->h_proto = htons(ETH_P_LOOPBACK);
	skb->protocol = eth->h_proto;
	skb_set_queue_mapping(skb, q);

	local_bh_disable();
	__netif_tx_lock(txq, smp_processor_id());
	lunic_xmit(skb, netdev);
	__netif_tx_unlock(txq);
	local_bh_enable();
	return 0;
}

/* Whether the frame in a ring's first slot is what was sent */
static bool lunic_test_is_ours(struct lunic_rx_ring *rx)
{
	const struct lunic_rx_buf *buf = &rx->buf[rx->clean];
	u64 upper = le64_to_cpu(rx->desc[rx->clean].wb.upper);
	const u8 *data;

	data = page_address(buf->page) + buf->offset + rx->headroom;
	return FIELD_GET(LUNIC_RXD_LEN, upper) >= LUNIC_TEST_FRAME &&
	       ether_addr_equal(data, rx->ld->netdev->dev_addr) &&
	       !memchr_inv(data + ETH_HLEN, LUNIC_TEST_BYTE,
			   LUNIC_TEST_FRAME - ETH_HLEN);
}

/* A frame that has come in on any queue is taken */
static int lunic_test_receive(struct lunic_dev *ld)
{
	u32 us, step = 1000;
	u16 q;

	for (us = 0; us < LUNIC_TEST_RX_US; us += step) {
		for (q = 0; q < ld->rings.n; q++) {
			struct lunic_rx_ring *rx = ld->rings.rx[q];
			__le64 *upper = &rx->desc[rx->clean].wb.upper;
			bool ours;

			if (!(le64_to_cpu(READ_ONCE(*upper)) & LUNIC_RXD_DD))
				continue;
			dma_rmb();
			ours = lunic_test_is_ours(rx);
			page_pool_put_full_page(rx->pool,
						rx->buf[rx->clean].page, false);
			rx->buf[rx->clean].page = NULL;
			rx->clean = lunic_ring_next(rx->clean, rx->count);
			return ours ? 0 : -EBADMSG;
		}
		usleep_range(step, 2 * step);
	}
	return -ETIMEDOUT;
}

/* A frame through each transmit queue, into the device's own PHY and back; the
 * stack and its NAPI have no part in it
 */
static int lunic_test_loopback(struct lunic_dev *ld)
{
	int err;
	u16 q;

	err = lunic_rings_alloc(ld, &ld->cfg, &ld->rings);
	if (err)
		return err;
	lunic_hw_start(ld);
	err = lunic_phy_loopback(ld);
	for (q = 0; !err && q < ld->rings.n; q++) {
		err = lunic_test_send(ld, q) ?: lunic_test_receive(ld);
		if (err)
			netdev_err(ld->netdev, "loopback, queue %u: %pe\n", q,
				   ERR_PTR(err));
	}
	lunic_hw_silence(ld);
	for (q = 0; q < ld->rings.n; q++)
		lunic_tx_reset(ld->rings.tx[q]);
	lunic_rings_free(ld, &ld->rings);
	return err;
}

/* The interface is down for the hardware, not for the stack; each test finds
 * the device as after a reset
 */
static void lunic_test_offline(struct lunic_dev *ld, u64 *data)
{
	static int (* const tests[])(struct lunic_dev *ld) = {
		[LUNIC_TEST_REGISTERS]	= lunic_test_registers,
		[LUNIC_TEST_NVM]	= lunic_test_nvm,
		[LUNIC_TEST_INTERRUPTS]	= lunic_test_interrupts,
		[LUNIC_TEST_LOOPBACK]	= lunic_test_loopback,
	};
	bool up = ld->up;
	u16 i;

	if (up)
		lunic_down(ld);
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		data[i] = (lunic_hw_prepare(ld) ?: tests[i](ld)) ? 1 : 0;
	lunic_hw_silence(ld);
	if (up && lunic_up(ld)) {
		netdev_err(ld->netdev, "not up again after the self-test; set the interface down and up\n");
		data[LUNIC_TEST_LINK] = 1;
	}
}

void lunic_self_test(struct net_device *netdev, struct ethtool_test *test,
		     u64 *data)
{
	struct lunic_dev *ld = lunic_from_netdev(netdev);
	u16 i;

	memset(data, 0, LUNIC_NR_TESTS * sizeof(*data));
	if (ld->dead || lunic_lu_config_locked(ld, NULL)) {
		netdev_err(netdev, "no self-test: %s\n", ld->dead ?
			   "the device is gone" :
			   "a live update is under way (lunicctl cancel, or lunicctl resume after it)");
		test->flags |= ETH_TEST_FL_FAILED;
		return;
	}

	data[LUNIC_TEST_LINK] = ld->up && !ld->link_up;
	if (test->flags & ETH_TEST_FL_OFFLINE)
		lunic_test_offline(ld, data);
	else
		data[LUNIC_TEST_NVM] = lunic_test_nvm(ld) ? 1 : 0;
	for (i = 0; i < LUNIC_NR_TESTS; i++)
		if (data[i])
			test->flags |= ETH_TEST_FL_FAILED;
}
