// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A volume as its callers see it. Values only; the shape follows redoubt/node/v1/node.proto.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "node-daemon/sandbox/container_spec.hpp"

namespace redoubt::node::sandbox {

struct VolumeRequest {
    std::string name;             ///< made up when empty
    std::uint64_t size_bytes = 0; ///< 0: the node's default
    std::map<std::string, std::string> labels;
    bool is_encrypted = false;
    bool accepts_existing = false;
    bool is_anonymous = false;
    std::string key_uri = {}; ///< kbs:///repository/type/tag: encrypted by guests, and kept
};

struct VolumeInfo {
    std::string name;
    std::uint64_t size_bytes = 0;
    std::uint64_t used_bytes = 0; ///< of the host's disk
    std::map<std::string, std::string> labels;
    UnixTime created_at = 0;
    bool is_encrypted = false;
    bool is_anonymous = false;
    std::filesystem::path path;
    std::vector<ContainerId> containers; ///< that use it, running or not
    std::string key_uri = {};            ///< as it was asked for
};

} // namespace redoubt::node::sandbox
