// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>

#include "gui/backend/profile.hpp"

namespace grpc {
class Channel;
}

namespace redoubt::gui {

/// The one place that knows how a node is reached. Nothing is sent yet to a node of this machine; one
/// elsewhere is asked for its certificate, for which this waits some seconds at most. Errors: as
/// check_profile(); reading the client's files; as rpc::connect_pinned(). Thread: any.
[[nodiscard]] Result<std::shared_ptr<grpc::Channel>> open_channel(const Profile& profile);

} // namespace redoubt::gui
