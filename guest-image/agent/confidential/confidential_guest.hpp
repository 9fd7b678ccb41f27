// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What makes a guest confidential: initdata that its own hardware confirms, before anything is served.

#include <memory>
#include <optional>
#include <string>

#include "common/async/task.hpp"
#include "common/initdata/initdata.hpp"
#include "guest-image/attester/attester.hpp"
#include "guest-image/image/image_authority.hpp"
#include "guest-image/key_release/broker_client.hpp"
#include "guest-image/key_release/relay_port.hpp"
#include "guest-image/key_release/resource_source.hpp"
#include "guest-image/policy/gate.hpp"

namespace redoubt::guest::confidential {

/// Where evidence comes from: one of the two, never the other in its place.
enum class Processor : std::uint8_t {
    hardware,
    simulator ///< redoubt.simtee=1
};

struct ConfidentialOptions {
    Processor processor = Processor::hardware;
    Duration patience = std::chrono::seconds(10); ///< for the disk
};

/// A guest that may serve. Members go in the reverse order of their making.
struct ConfidentialGuest {
    std::string tee;                             ///< "snp", "tdx"
    std::optional<initdata::Initdata> confirmed; ///< the initdata; there once the guest may serve
    std::unique_ptr<attester::Attester> attester;
    std::unique_ptr<key_release::RelayPort> relay; ///< null: the VM has no such port
    std::unique_ptr<key_release::ResourceSource> resources;
    key_release::BrokerClient* broker = nullptr; ///< `resources`; null: no broker is named
    image::ImageAuthority images;                ///< which images it takes
    std::unique_ptr<policy::Gate> gate;
};

/// The order of things: the disk is found, evidence made over a number drawn here, the text on the disk
/// compared with what the evidence says of the launch, and only then is anything in it used. Errors: what
/// failed; the guest must not serve then.
Task<ConfidentialGuest> start_confidential(ConfidentialOptions options);

/// Whether `evidence` is of a launch with this initdata. Errors: permission_denied with both digests.
[[nodiscard]] Status check_launch(const initdata::Initdata& initdata, const attester::Evidence& evidence);

} // namespace redoubt::guest::confidential
