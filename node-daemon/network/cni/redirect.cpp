// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/redirect.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <sys/socket.h>

#include <string>

namespace redoubt::node::network::cni {
namespace {

constexpr std::uint32_t k_ingress_handle = 0xffff0000U; // "ffff:", the ingress queue's fixed name
constexpr std::uint32_t k_priority = 1;

} // namespace

netlink::Request make_ingress_request(int link) {
    netlink::Request request(RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
    tcmsg header{};
    header.tcm_family = AF_UNSPEC;
    header.tcm_ifindex = link;
    header.tcm_handle = k_ingress_handle;
    header.tcm_parent = TC_H_INGRESS;
    request.fixed(header).put_text(TCA_KIND, "ingress");
    return request;
}

/// The u32 classifier is the one that every kernel has: a key whose mask is zero matches everything.
netlink::Request make_redirect_request(int from, int to) {
    netlink::Request request(RTM_NEWTFILTER, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
    tcmsg header{};
    header.tcm_family = AF_UNSPEC;
    header.tcm_ifindex = from;
    header.tcm_parent = k_ingress_handle;
    header.tcm_info = TC_H_MAKE(k_priority << 16U, htons(ETH_P_ALL));
    std::string selector(sizeof(tc_u32_sel) + sizeof(tc_u32_key), '\0');
    tc_u32_sel head{};
    head.flags = TC_U32_TERMINAL;
    head.nkeys = 1;
    selector.replace(0, sizeof head, reinterpret_cast<const char*>(&head), sizeof head);
    tc_mirred mirred{};
    mirred.action = TC_ACT_STOLEN;
    mirred.eaction = TCA_EGRESS_REDIR;
    mirred.ifindex = static_cast<std::uint32_t>(to);
    constexpr std::uint16_t k_first_action = 1;
    request.fixed(header).put_text(TCA_KIND, "u32").nest(TCA_OPTIONS, [&] {
        request.put(TCA_U32_SEL, selector).nest(TCA_U32_ACT, [&] {
            request.nest(k_first_action, [&] {
                request.put_text(TCA_ACT_KIND, "mirred").nest(TCA_ACT_OPTIONS, [&] {
                    request.put_value(TCA_MIRRED_PARMS, mirred);
                });
            });
        });
    });
    return request;
}

Status redirect(netlink::Socket& socket, int from, int to) {
    RDT_CHECK(socket.change(make_ingress_request(from))
                  .transform_error(context("add an ingress queue to interface {}", from)));
    return socket.change(make_redirect_request(from, to))
        .transform_error(context("redirect interface {} to {}", from, to));
}

} // namespace redoubt::node::network::cni
