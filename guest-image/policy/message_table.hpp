// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The requests of the agent's API as a policy sees them: each field's number on the wire and its name in
/// JSON. Those of our own contracts beside it, which policies name in the same way. A table, because the
/// guest's protobuf is the lite one, which knows no names. Source: common/contracts/proto; the names are
/// those of the structs that Kata's agent makes of its messages.

#include <cstdint>
#include <span>
#include <string_view>

namespace redoubt::guest::policy {

enum class Kind : std::uint8_t {
    text,
    bytes,
    boolean,
    int32,
    int64,
    uint32,
    uint64,
    text_map,
    message,
    content ///< bytes that a policy knows by their digest: {"digest": "sha256:...", "size": 3}
};

enum class Shape : std::uint8_t {
    single,   ///< absent: the type's empty value, of messages null
    optional, ///< absent: null
    repeated, ///< absent: []
    choice,   ///< of a oneof with one member, "NAME.MEMBER": {"NAME": {"MEMBER": value}}, absent: {"NAME":
              ///< null}
    ours,     ///< not of Kata's contract: absent when it is not set
};

struct Message;

struct Field {
    std::uint32_t number;
    std::string_view name;
    Kind kind;
    Shape shape;
    const Message* message; ///< of Kind::message
};

struct Message {
    std::string_view name;
    std::span<const Field> fields;
};

/// The name of the request that a call takes, "ReadStreamRequest" of ReadStdout; empty: there is no such
/// call. `service`: "grpc.AgentService", or one of ours.
[[nodiscard]] std::string_view request_of_call(std::string_view service, std::string_view method);

/// The request of that name; null: there is none.
[[nodiscard]] const Message* find_request(std::string_view name);
[[nodiscard]] std::span<const Message* const> all_requests();

/// Requests of redoubt.agent.v1.
[[nodiscard]] std::span<const Message* const> own_requests();

// Of oci.proto, what requests hold.
extern const Message k_spec;
extern const Message k_process;
extern const Message k_linux_resources;

} // namespace redoubt::guest::policy
