// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Requests of the management API as the node's values. Pure. Errors: invalid_argument naming the field.

#include "common/base/error.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::node::api {

namespace pb = redoubt::node::v1;

[[nodiscard]] Result<sandbox::ContainerSpec> decode(const pb::ContainerSpec& spec);
[[nodiscard]] Result<sandbox::AttachOptions> decode(const pb::AttachStart& start);
[[nodiscard]] Result<sandbox::ExecOptions> decode(const pb::ExecStart& start);
[[nodiscard]] Result<sandbox::LogOptions> decode(const pb::LogsRequest& request);
[[nodiscard]] Result<sandbox::PullRequest> decode(const pb::PullImageRequest& request);
[[nodiscard]] Result<sandbox::LoginRequest> decode(const pb::CheckLoginRequest& request);
[[nodiscard]] Result<image::Credentials> decode(const pb::RegistryCredentials& credentials);

/// Fails when `value` is empty: "container: must not be empty".
[[nodiscard]] Status require(std::string_view field, const std::string& value);

} // namespace redoubt::node::api
