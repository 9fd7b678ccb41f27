// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/request_object.hpp"

#include <google/protobuf/descriptor.h>

#include <array>

namespace redoubt::node::api {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t k_longest = 256;

// The first that says something counts: a container is renamed, not its new name; a container that is made
// has a name rather than an image.
constexpr std::array k_names{"container", "name", "volume", "network", "pod", "image", "reference", "path"};
// Where a request keeps them one level down.
constexpr std::array k_parts{"spec", "start"};

std::string named_in(const Message& message) {
    const auto& descriptor = *message.GetDescriptor();
    for (const auto* name : k_names) {
        const auto* field = descriptor.FindFieldByName(name);
        if (field == nullptr || field->is_repeated() || field->type() != FieldDescriptor::TYPE_STRING)
            continue;
        if (auto text = message.GetReflection()->GetString(message, field); !text.empty()) return text;
    }
    return {};
}

} // namespace

std::string object_of(const Message& request) {
    auto found = named_in(request);
    for (const auto* part : k_parts) {
        const auto* field = request.GetDescriptor()->FindFieldByName(part);
        if (!found.empty() || field == nullptr || field->message_type() == nullptr || field->is_repeated())
            continue;
        found = named_in(request.GetReflection()->GetMessage(request, field));
    }
    if (found.size() > k_longest) {
        auto end = k_longest;
        while ((static_cast<unsigned char>(found[end]) & 0xc0U) == 0x80U) --end; // not within a letter
        found.resize(end);
    }
    return found;
}

} // namespace redoubt::node::api
