// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Pods and probes of the management API, both ways. Pure. Errors: invalid_argument naming the field.

#include <google/protobuf/repeated_field.h>

#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/sandbox/pod_spec.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::node::api {

namespace pb = redoubt::node::v1;

[[nodiscard]] Result<sandbox::PodSpec> decode(const pb::PodSpec& spec);
/// Without the content of files, which may be secret.
[[nodiscard]] pb::PodSpec encode(const sandbox::PodSpec& spec);

[[nodiscard]] Result<std::vector<sandbox::Probe>>
decode_probes(const google::protobuf::RepeatedPtrField<pb::Probe>& probes);
void encode_probes(const std::vector<sandbox::Probe>& probes, pb::ContainerSpec& out);

} // namespace redoubt::node::api
