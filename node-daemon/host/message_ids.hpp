// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <span>
#include <string_view>

namespace redoubt::node::host {

/// A log message that host-image/units/redoubt.catalog explains.
struct MessageId {
    std::string_view message; ///< as the log call says it
    std::string_view id;      ///< 128 bits in hex; never changes and is never used again
};

[[nodiscard]] std::span<const MessageId> message_ids();

/// Empty: the message has none.
[[nodiscard]] std::string_view message_id_of(std::string_view message);

} // namespace redoubt::node::host
