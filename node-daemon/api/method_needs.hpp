// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What each call of the management API takes, in one table. Pure. Thread: any.

#include <google/protobuf/descriptor.h>

#include <optional>
#include <span>
#include <string_view>

#include "node-daemon/access/role.hpp"

namespace redoubt::node::api {

struct MethodNeed {
    std::string_view method; ///< "Node.ListContainers"
    access::Need need;
};

/// Every method of every service. A viewer sees what the node is and does; what a container's files hold, and
/// streams into its processes, are not for him.
[[nodiscard]] std::span<const MethodNeed> method_needs();

/// The method that takes such a request. None: no method takes it, several do, or it is not in the table;
/// then nobody may call it.
[[nodiscard]] std::optional<MethodNeed> need_of(const google::protobuf::Descriptor& request);

} // namespace redoubt::node::api
