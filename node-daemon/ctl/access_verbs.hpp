// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What command lines about nodes elsewhere, and about who may manage a node, ask for.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace redoubt::ctl {

// ---- of a node
struct NodeIdentityOptions {};
struct NodePairingOptions {
    bool open = false;
    bool close = false;
};
struct NodeAuditOptions {
    std::uint64_t from = 0;
    std::uint32_t limit = 0; ///< 0: all
    bool verify = false;     ///< say only whether the chain holds
};
struct RecoveryKeyFetchOptions {
    std::string file;  ///< empty: standard output
    bool keep = false; ///< on the node as well
};
struct ClientLsOptions {};
struct ClientAddOptions {
    std::string file; ///< "-": standard input
    std::string name;
    std::string role = "viewer";
};
struct ClientRmOptions {
    std::vector<std::string> clients;
    bool force = false;
};
using AccessVerb = std::variant<NodeIdentityOptions, NodePairingOptions, NodeAuditOptions, ClientLsOptions,
                                ClientAddOptions, ClientRmOptions, RecoveryKeyFetchOptions>;

// ---- of this user
struct PairOptions {
    std::string address;
    std::string fingerprint; ///< empty: people compare
    std::string profile;     ///< empty: the host's name
    std::string client;      ///< our name there; empty: USER@HOST
};
struct ProfileAddOptions {
    std::string name;
    std::string address;
    std::string fingerprint;
};
struct ProfileLsOptions {
    bool is_quiet = false;
};
struct ProfileRmOptions {
    std::vector<std::string> profiles;
};
struct ProfileCertificateOptions {};
using ProfileVerb = std::variant<PairOptions, ProfileAddOptions, ProfileLsOptions, ProfileRmOptions,
                                 ProfileCertificateOptions>;

} // namespace redoubt::ctl
