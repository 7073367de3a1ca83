/* By sockets, and by changing the network. */
#define _GNU_SOURCE
#include "../ways.h"
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *opened(int family, int type, int protocol) { return unless_passed("socket", socket(family, type, protocol), 0); }

static const char *raw(void) { return opened(AF_INET, SOCK_RAW, IPPROTO_ICMP); }
static const char *packet(void) { return opened(AF_PACKET, SOCK_RAW, 0); }
static const char *machine(void) { return opened(AF_VSOCK, SOCK_STREAM, 0); }
static const char *audit(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, 9);
	struct sockaddr_nl all = {.nl_family = AF_NETLINK, .nl_groups = 1};
	return fd < 0 ? refused("socket") : unless_passed("bind", bind(fd, (struct sockaddr *)&all, sizeof all), 0);
}

/* Asks for a change of loopback that changes nothing: no flag is named. */
static const char *link_change(void)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
	} request = {{sizeof request, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0}, {.ifi_family = AF_UNSPEC, .ifi_index = 1}};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char more[1024];
	} reply;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return refused("socket");
	if (send(fd, &request, sizeof request, 0) < 0 || recv(fd, &reply, sizeof reply, 0) < (ssize_t)sizeof reply.head)
		return refused("send");
	errno = -reply.error.error;
	return errno == 0 ? got("a link to change") : refused("RTM_NEWLINK");
}

static const struct way list[] = {
	{"raw-socket", raw, 0},
	{"packet-socket", packet, 0},
	{"vsock", machine, 0},
	{"audit", audit, 0},
	{"netlink", link_change, 0},
};

const struct ways network_ways = WAYS(list);
