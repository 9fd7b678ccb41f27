// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace redoubt::host_image {

/// What the screen of a node tells whoever stands before it; nothing of it is a secret.
struct NodeFacts {
    std::string version;
    std::string host_name;
    std::string id; ///< of this installation: the same for as long as its state is; empty: not known
    std::vector<std::string> addresses; ///< of networks, without loopback and link-local ones, as written
    std::string system_state; ///< systemd's word: "starting", "running", "degraded"; empty: not known
    std::string node_state;   ///< of redoubtd.service: "active", "failed"; empty: not known
    std::string node_text;    ///< what redoubtd says of itself
    std::vector<std::string> failed_units; ///< names
    bool recovery_key_waits = false;       ///< nobody has fetched it yet
    std::string fingerprint;               ///< of the node's certificate; empty: it has none yet
    std::string pairing_code; ///< with it the first client becomes an administrator; empty: none is open

    [[nodiscard]] bool operator==(const NodeFacts&) const = default;
};

/// Whether all that the node is there for works.
[[nodiscard]] bool is_healthy(const NodeFacts& facts);

/// The page for people, lines ended by "\r\n", and in front of it a line for programs, which begins with
/// "redoubt-status: " (docs/formats/status-line.md). What is not printable is replaced by '?': names come
/// from a network.
[[nodiscard]] std::string render_page(const NodeFacts& facts);

} // namespace redoubt::host_image
