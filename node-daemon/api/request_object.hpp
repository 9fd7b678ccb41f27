// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace redoubt::node::api {

/// What a request of the management API is about, in its client's words: the container, pod, volume, network
/// or image that it names, else the name of what it makes. Empty: nothing, or what only a stream's first
/// message says. At most 256 bytes; it is a stranger's text. Pure. Thread: any.
[[nodiscard]] std::string object_of(const google::protobuf::Message& request);

} // namespace redoubt::node::api
