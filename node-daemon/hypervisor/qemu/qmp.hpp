// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// QEMU's control protocol without I/O: bytes in, messages out; commands in, bytes out.
/// Source: QEMU docs/interop/qmp-spec.rst. One JSON object a line.

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::node::hypervisor::qemu {

/// First message of a connection.
struct QmpGreeting {
    std::int64_t major = 0;
    std::int64_t minor = 0;
    std::int64_t micro = 0;
};

/// Success of the command with this id.
struct QmpReturn {
    std::uint64_t id = 0;
    boost::json::value value;
};

/// Failure of the command with this id.
struct QmpFailure {
    std::uint64_t id = 0;
    std::string error_class; ///< "GenericError", "DeviceNotFound"...
    std::string description; ///< for people, QEMU's own words
};

/// Something happened: "SHUTDOWN", "DEVICE_DELETED"...
struct QmpEvent {
    std::string name;
    boost::json::object data;
};

using QmpMessage = std::variant<QmpGreeting, QmpReturn, QmpFailure, QmpEvent>;

/// Cuts QEMU's byte stream into messages.
/// After an error the stream is unusable: the connection has to be closed.
class QmpDecoder {
  public:
    /// The longest line QEMU is expected to send; query-qmp-schema, which we do not use, is the only longer
    /// one.
    static constexpr std::size_t k_max_line = 1U << 20U;

    /// The messages that end within `bytes`.
    /// Errors: invalid_argument not JSON, not a QMP message; resource_exhausted a line beyond k_max_line.
    Result<std::vector<QmpMessage>> feed(std::string_view bytes);

  private:
    std::string line_;
};

/// One line.
/// Errors: invalid_argument names what is wrong.
[[nodiscard]] Result<QmpMessage> parse_qmp_message(std::string_view line);

/// A text among the members of what QEMU sent; empty when there is none of that name.
[[nodiscard]] std::string string_member(const boost::json::object& object, std::string_view name);

/// A command as the line to send.
[[nodiscard]] std::string render_qmp_command(std::uint64_t id, std::string_view command,
                                             const boost::json::object& arguments);

} // namespace redoubt::node::hypervisor::qemu
