// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What an installation is told beforehand, and what the installed node keeps of it:
/// docs/formats/appliance-answers.md.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::appliance {

/// The key broker that has secrets of the node, as [broker] of redoubtd.toml(5) has it.
struct BrokerAnswers {
    std::string url;             ///< "https://..."; empty: no broker
    std::string certificate;     ///< PEM: who may be it
    std::string registry_logins; ///< "kbs:///redoubt-host/TYPE/TAG", as the next two; each may be empty
    std::string tls_identity;
    std::string disk_key;
    [[nodiscard]] bool operator==(const BrokerAnswers&) const = default;
};

/// Everything is checked to be of its form; whether such a disk or network is there is not known here.
struct Answers {
    std::string disk;      ///< its serial number, or a path below /dev; "only": the one disk that there is
    bool erase = false;    ///< what is on the disk may go
    std::string host_name; ///< one label of RFC 1123
    std::string minimum_isolation; ///< weakest level of containers: "runc", "gvisor", "vm", "confidential"
    std::string interface;         ///< hardware address, lower case; empty: every wired one
    std::vector<std::string> addresses; ///< with prefix length, "192.0.2.7/24"; empty: by DHCP
    std::string gateway;                ///< empty: none
    std::vector<std::string> name_servers;
    std::string administrator; ///< certificate of the first one, PEM; empty: to be enrolled by pairing
    BrokerAnswers broker;
    std::string volumes_disk; ///< path below /dev; with broker.disk_key or not at all
    [[nodiscard]] bool operator==(const Answers&) const = default;
};

/// The largest answer file that is read.
inline constexpr std::size_t k_max_answers = 64U << 10U;

/// An answer file (TOML). Errors: invalid_argument "FILE:LINE:COLUMN: ..." or "FILE: disk: ..." for the first
/// thing wrong, a key nobody knows and a certificate that is none included.
[[nodiscard]] Result<Answers> parse_answers(std::string_view text, const std::string& file);

/// The answer file that says this. What is not of its form is written all the same: parse_answers() refuses
/// it. Pure.
[[nodiscard]] std::string render_answers(const Answers& answers);

/// The node's network as systemd-networkd reads it (a .network file).
[[nodiscard]] std::string render_network(const Answers& answers);

} // namespace redoubt::appliance
