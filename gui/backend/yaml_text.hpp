// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

namespace google::protobuf {
class Message;
}

namespace redoubt::gui {

/// A message's fields that are set, as YAML, by their names in the .proto; texts are quoted where YAML would
/// read something else.
[[nodiscard]] std::string yaml_of(const google::protobuf::Message& message);
/// A text as a YAML scalar.
[[nodiscard]] std::string yaml_scalar(std::string_view text);

} // namespace redoubt::gui
