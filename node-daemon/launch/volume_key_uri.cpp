// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/volume_key_uri.hpp"

#include "common/rcar/resource_uri.hpp"

namespace redoubt::node::launch {

Status check_volume_key(std::string_view uri) {
    // Which broker is the pod's to say, not a volume's.
    if (uri.starts_with("kbs:///") && rcar::resource_path(uri)) return {};
    return fail(Code::invalid_argument, "key '{}' is not kbs:///REPOSITORY/TYPE/TAG", uri.substr(0, 200));
}

} // namespace redoubt::node::launch
