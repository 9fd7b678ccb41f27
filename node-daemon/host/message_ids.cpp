// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/message_ids.hpp"

#include <algorithm>
#include <array>

namespace redoubt::node::host {
namespace {

constexpr std::array<MessageId, 15> k_ids{{
    {"ready", "84bf30c8db3f4920b48f844563e41297"},
    {"stopping: VMs go on", "4485a180125541ce9c3f43ef90ad983d"},
    {"configuration reloaded", "e760320449134fca9f13cc91016ebda0"},
    {"configuration not reloaded", "d642f9de91bb4b9fbc5f9b684affe8a9"},
    {"container created", "ca06a49c2bbd4076b7132c6d1663c6aa"},
    {"container started", "10eb41f263494c4fa7844d73553752ad"},
    {"container exited", "eec8934341284f2aad4e4a68b1ba4a3e"},
    {"container adopted", "c8cc45e0394140458955d9b62328ee7e"},
    {"container lost", "a1ce96fc7f94422c83a9dba92e63bec4"},
    {"reaping what a killed daemon left", "fd43b80b39574e808cacb5591e8efc8a"},
    {"image pulled", "3f99d6a9fe824780bc9be5a88a285b89"},
    {"image imported", "9fc2a70346d5414985f173af550cafca"},
    {"node drained", "8a26694dccbc4ec5b66f71ed1d6ba8c3"},
    {"node resumed", "7a238537941d4ba4a859b23f372fd2d8"},
    {"the system bus is not there", "2d4f3fae07394793b5c9c7ef85f5f323"},
}};

} // namespace

std::span<const MessageId> message_ids() {
    return k_ids;
}

std::string_view message_id_of(std::string_view message) {
    const auto* const found = std::ranges::find(k_ids, message, &MessageId::message);
    return found == k_ids.end() ? std::string_view() : found->id;
}

} // namespace redoubt::node::host
