// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The parts of a container's spec about mounts, privileges and restarts, in both directions.

#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/sandbox/container_spec.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::node::api {

namespace pb = redoubt::node::v1;

/// Errors: invalid_argument naming the field.
[[nodiscard]] Result<std::vector<launch::ContainerMount>>
decode_mounts(const google::protobuf::RepeatedPtrField<pb::Mount>& mounts);
[[nodiscard]] std::vector<oci::Rlimit>
decode_limits(const google::protobuf::RepeatedPtrField<pb::Ulimit>& limits);
/// Errors: invalid_argument a policy that is not known.
/// Of decode.cpp.
[[nodiscard]] Result<std::vector<launch::PortMapping>>
decode_ports(const google::protobuf::RepeatedPtrField<pb::PortMapping>& ports);
[[nodiscard]] pb::RestartPolicy::Kind encode_policy(sandbox::RestartPolicy::Kind kind);
[[nodiscard]] Result<sandbox::RestartPolicy> decode_restart(const pb::RestartPolicy& policy);

/// What the functions above read, and the privileges.
void encode_extras(const sandbox::ContainerSpec& spec, pb::ContainerSpec& out);

} // namespace redoubt::node::api
