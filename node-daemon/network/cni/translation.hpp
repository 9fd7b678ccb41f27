// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Our own networks on their way out: one rule a network, in tables of ours, where the plugin bridge runs
/// iptables dozens of times for each container. ADR 0014.

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/network/cni/attachments.hpp"
#include "node-daemon/network/cni/nf_tables.hpp"
#include "node-daemon/network/cni/subnet.hpp"

namespace redoubt::node::network::cni {

/// True when forwarded packets may be dropped by rules that are not of plugins: then each container's have to
/// be let through by the plugin firewall.
[[nodiscard]] bool filters_forwarding(const FilterTable& table);
/// The same of this host, as iptables and nftables have it.
[[nodiscard]] Result<bool> is_forwarding_filtered();

/// The transaction that makes the table of a family (NFPROTO_IPV4 or NFPROTO_IPV6) hold these, and nothing
/// else; without any it takes the table away.
[[nodiscard]] std::vector<netlink::Request> translate_to(std::uint8_t family,
                                                         const std::vector<Subnet>& subnets);

/// What leaves a subnet for elsewhere gets the host's address while somebody is attached. Any thread. Blocks.
class Translation {
  public:
    explicit Translation(const Attachments& attachments) : attachments_(attachments) {}

    /// Before the plugins' ADD of a list that says it is translated here. What others have flushed is there
    /// again. Errors: by errno, a kernel that has no such rules.
    Status join(const AttachmentRecord& record);
    /// When the record is gone.
    Status leave(const AttachmentRecord& record);

  private:
    void learn();
    Status write();

    const Attachments& attachments_;
    std::mutex mutex_;
    bool knows_ = false;                                    ///< those that an earlier daemon attached, too
    std::map<std::string, std::vector<std::string>> users_; ///< an attachment -> subnets
    std::set<std::string> written_;
};

} // namespace redoubt::node::network::cni
