// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/initdata/initdata.hpp"

namespace redoubt::initdata {

/// What initdata says of images: [image] of its entry cdh.toml, as Confidential Containers' data hub has it.
/// Which signatures they need is there itself, or at the broker; not both.
struct ImageSettings {
    std::string policy = {};     ///< image_security_policy: containers-policy.json
    std::string policy_uri = {}; ///< image_security_policy_uri: kbs:///REPOSITORY/TYPE/TAG

    [[nodiscard]] bool has_policy() const { return !policy.empty() || !policy_uri.empty(); }
};

/// Settings of a client of registries (mirrors, credentials, proxies) are passed over: a guest asks none.
/// Errors: invalid_argument "cdh.toml: ..."; nothing of the guest's may go on then, as a policy that cannot
/// be read is not one that is not there.
[[nodiscard]] Result<ImageSettings> parse_image_settings(const Initdata& initdata);

/// The entry cdh.toml with these settings and nothing else.
[[nodiscard]] std::string render_image_settings(const ImageSettings& settings);

} // namespace redoubt::initdata
