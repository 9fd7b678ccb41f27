// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>

#include "gui/backend/profile.hpp"

namespace grpc {
class Channel;
}

namespace redoubt::gui {

/// The one place that knows how a node is reached. Nothing is sent yet.
/// Errors: as check_profile(); unimplemented for a node elsewhere.
[[nodiscard]] Result<std::shared_ptr<grpc::Channel>> open_channel(const Profile& profile);

} // namespace redoubt::gui
