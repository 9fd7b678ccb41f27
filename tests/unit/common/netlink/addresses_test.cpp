// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/netlink/addresses.hpp"

#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "common/encoding/hex.hpp"

namespace redoubt::netlink {
namespace {

template <class Part>
struct Decoded {
    Message message;
    Part header{};
    Attributes attributes;
};

/// The attributes borrow `bytes`.
template <class Part>
Decoded<Part> decode(const std::string& bytes) {
    const auto message = split_messages(bytes).value().front();
    auto [header, attributes] = read_payload<Part>(message.payload).value();
    return {message, header, std::move(attributes)};
}

std::string hex(std::string_view bytes) {
    return encoding::to_hex(std::string(bytes));
}

TEST(AddressRequest, CarriesFamilyPrefixAndBytes) {
    const auto bytes =
        make_address_request(RTM_NEWADDR,
                             {.link = 3, .family = Family::v4, .address = "10.87.0.2", .prefix = 16})
            ->finish(1);
    const auto request = decode<ifaddrmsg>(bytes);
    EXPECT_EQ(request.message.type, RTM_NEWADDR);
    EXPECT_EQ(request.header.ifa_family, AF_INET);
    EXPECT_EQ(request.header.ifa_prefixlen, 16);
    EXPECT_EQ(request.header.ifa_index, 3U);
    EXPECT_EQ(hex(request.attributes.bytes(IFA_LOCAL)), "0a570002");
    EXPECT_EQ(hex(request.attributes.bytes(IFA_ADDRESS)), "0a570002");
}

TEST(AddressRequest, AnIpv6AddressIsUsableAtOnce) {
    const auto bytes = make_address_request(
                           RTM_NEWADDR, {.link = 3, .family = Family::v6, .address = "fd00::2", .prefix = 64})
                           ->finish(1);
    const auto request = decode<ifaddrmsg>(bytes);
    EXPECT_EQ(request.header.ifa_family, AF_INET6);
    EXPECT_TRUE(request.header.ifa_flags & IFA_F_NODAD);
    EXPECT_EQ(hex(request.attributes.bytes(IFA_LOCAL)), "fd000000000000000000000000000002");
}

TEST(AddressRequest, RefusesWhatIsNoAddress) {
    const auto message = [](Address address) {
        return make_address_request(RTM_NEWADDR, address).error().message;
    };
    EXPECT_EQ(message({.link = 1, .family = Family::v4, .address = "fd00::2", .prefix = 8}),
              "'fd00::2' is not an IPv4 address");
    EXPECT_EQ(message({.link = 1, .family = Family::v6, .address = "", .prefix = 8}),
              "'' is not an IPv6 address");
    EXPECT_EQ(message({.link = 1, .family = Family::v4, .address = "10.0.0.1", .prefix = 33}),
              "an address has no 33 bits for a prefix");
}

TEST(RouteRequest, HasDestinationGatewaySourceAndMetrics) {
    const auto bytes = make_route_request(RTM_NEWROUTE, {.link = 2,
                                                         .family = Family::v4,
                                                         .destination = "192.0.2.0/24",
                                                         .gateway = "10.0.0.1",
                                                         .source = "10.0.0.2",
                                                         .scope = RT_SCOPE_UNIVERSE,
                                                         .flags = RTNH_F_ONLINK,
                                                         .mtu = 1400,
                                                         .metric = 5})
                           ->finish(1);
    const auto request = decode<rtmsg>(bytes);
    EXPECT_EQ(request.header.rtm_dst_len, 24);
    EXPECT_EQ(request.header.rtm_table, RT_TABLE_MAIN);
    EXPECT_EQ(request.header.rtm_type, RTN_UNICAST);
    EXPECT_EQ(request.header.rtm_flags, static_cast<unsigned>(RTNH_F_ONLINK));
    EXPECT_EQ(request.attributes.number(RTA_OIF), 2U);
    EXPECT_EQ(hex(request.attributes.bytes(RTA_DST)), "c0000200");
    EXPECT_EQ(hex(request.attributes.bytes(RTA_GATEWAY)), "0a000001");
    EXPECT_EQ(hex(request.attributes.bytes(RTA_PREFSRC)), "0a000002");
    EXPECT_EQ(request.attributes.number(RTA_PRIORITY), 5U);
    EXPECT_EQ(request.attributes.nested(RTA_METRICS)->number(RTAX_MTU), 1400U);
}

TEST(RouteRequest, ToEverywhereHasNoDestination) {
    const auto bytes =
        make_route_request(RTM_NEWROUTE,
                           {.link = 2, .family = Family::v6, .destination = {}, .gateway = "fe80::1"})
            ->finish(1);
    const auto request = decode<rtmsg>(bytes);
    EXPECT_EQ(request.header.rtm_dst_len, 0);
    EXPECT_FALSE(request.attributes.has(RTA_DST));
    EXPECT_FALSE(request.attributes.has(RTA_METRICS));
}

TEST(RouteRequest, ADestinationWithoutPrefixIsOneAddress) {
    const auto bytes =
        make_route_request(RTM_NEWROUTE, {.link = 2, .family = Family::v4, .destination = "192.0.2.7"})
            ->finish(1);
    EXPECT_EQ(decode<rtmsg>(bytes).header.rtm_dst_len, 32);
}

TEST(RouteRequest, RefusesWhatIsNoNetwork) {
    for (const char* const text : {"192.0.2.0/", "192.0.2.0/x", "192.0.2.0/33", "/24", "192.0.2/24", "::/0"})
        EXPECT_EQ(make_route_request(RTM_NEWROUTE, {.link = 2, .family = Family::v4, .destination = text})
                      .error()
                      .code,
                  Code::invalid_argument)
            << text;
}

TEST(NeighborRequest, CarriesTheMac) {
    const auto bytes = make_neighbor_request({.link = 4,
                                              .family = Family::v4,
                                              .address = "10.0.0.9",
                                              .mac = "02:0a:00:00:00:FF",
                                              .state = NUD_PERMANENT})
                           ->finish(1);
    const auto request = decode<ndmsg>(bytes);
    EXPECT_EQ(request.header.ndm_ifindex, 4);
    EXPECT_EQ(request.header.ndm_state, NUD_PERMANENT);
    EXPECT_EQ(hex(request.attributes.bytes(NDA_LLADDR)), "020a000000ff");
}

TEST(NeighborRequest, RefusesWhatIsNoMac) {
    for (const char* const text : {"", "02:00:00:00:00", "02:00:00:00:00:0", "02:00:00:00:00:001",
                                   "02:00:00:00:00:00:00", "02-00-00-00-00-00", "0g:00:00:00:00:00"})
        EXPECT_EQ(make_neighbor_request({.link = 1, .family = Family::v4, .address = "10.0.0.9", .mac = text})
                      .error()
                      .message,
                  std::string("'") + text + "' is not a MAC address");
}

} // namespace
} // namespace redoubt::netlink
