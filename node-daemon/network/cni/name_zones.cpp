// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/name_zones.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

#include "node-daemon/network/cni/result.hpp"

namespace redoubt::node::network::cni {
namespace {

bool is_v6(const std::string& address) {
    return address.contains(':');
}

} // namespace

Result<NameZones::Member> NameZones::member_from(const AttachmentRecord& record) {
    RDT_TRY(const auto result, parse_result(boost::json::serialize(*record.result)));
    Member member{.named = {.sandbox = record.target.sandbox, .addresses = {}, .names = record.target.names},
                  .gateways = {}};
    for (const auto& address : result.addresses) {
        member.named.addresses.push_back(address.address.substr(0, address.address.find('/')));
        if (!address.gateway.empty()) member.gateways.push_back(address.gateway);
    }
    return member;
}

void NameZones::learn() {
    if (knows_) return;
    knows_ = true;
    for (const auto& sandbox : attachments_.sandboxes()) {
        const auto records = attachments_.find(sandbox);
        if (!records) continue; // whoever needs it says why it cannot be read
        for (const auto& record : *records) {
            if (!record.result) continue;
            if (auto member = member_from(record))
                networks_[record.list.name].insert_or_assign(key_of(record), std::move(*member));
        }
    }
}

NameZone NameZones::zone_of(const Conflist& list) const {
    NameZone zone{.network = list.name, .is_internal = list.is_internal, .listeners = {}, .sandboxes = {}};
    const auto members = networks_.find(list.name);
    if (members == networks_.end()) return zone;
    for (const auto& [key, member] : members->second) {
        zone.sandboxes.push_back(member.named);
        for (const auto& gateway : member.gateways)
            if (!std::ranges::contains(zone.listeners, gateway)) zone.listeners.push_back(gateway);
    }
    // One is enough, and an IPv6 address may not be used in its first second.
    if (!std::ranges::all_of(zone.listeners, is_v6)) std::erase_if(zone.listeners, is_v6);
    // Without a gateway the host is not on the network: nobody would hear.
    if (zone.listeners.empty()) zone.sandboxes.clear();
    return zone;
}

Result<std::vector<std::string>> NameZones::join(const AttachmentRecord& record) {
    const std::lock_guard alone(mutex_);
    learn();
    RDT_TRY(auto member, member_from(record));
    networks_[record.list.name].insert_or_assign(key_of(record), std::move(member));
    auto zone = zone_of(record.list);
    RDT_CHECK(publish_(zone));
    return std::move(zone.listeners);
}

Status NameZones::leave(const AttachmentRecord& record) {
    const std::lock_guard alone(mutex_);
    learn();
    if (const auto members = networks_.find(record.list.name); members != networks_.end()) {
        members->second.erase(key_of(record));
        if (members->second.empty()) networks_.erase(members);
    }
    return publish_(zone_of(record.list));
}

} // namespace redoubt::node::network::cni
